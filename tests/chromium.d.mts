export const executablePath: string;
export const args: readonly string[];
