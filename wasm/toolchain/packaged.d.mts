/** The file that is made of models/manifest.json, and what it holds. */
export const file: string;
export function packaged(): string;
