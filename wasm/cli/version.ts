/** Which package this is. */
import { readFileSync } from 'node:fs';

/** The command lies beside it. */
const about = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string };

export const version: string = about.version;
