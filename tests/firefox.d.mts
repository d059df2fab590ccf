export const executablePath: string;
/** Whether this machine has it. */
export const available: boolean;
export const extraPrefsFirefox: Record<string, boolean | string>;
