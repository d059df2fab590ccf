/** Sentences about what keeps dist/ from being published. */
export function problems(): string[];
