/** Files of the user. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { access, open, readFile, unlink, writeFile } from 'node:fs/promises';
import { Exit, failed, misuse, reasonOf } from './exit.js';

export async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path));
  } catch (cause) {
    throw new Exit(failed, `${path} could not be read: ${reasonOf(cause)}.`, { cause });
  }
}

export async function write(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

const unwritable = (path: string, cause: unknown): Exit =>
  new Exit(failed, `${path} cannot be written: ${reasonOf(cause)}.`, { cause });

/** Tries it, for that is the only way to know; a file that was not there is not there afterwards. */
export async function checkWritable(path: string): Promise<void> {
  const isNew = await access(path).then(
    () => false,
    () => true,
  );
  try {
    await (await open(path, 'a')).close();
    if (isNew) await unlink(path);
  } catch (cause) {
    throw unwritable(path, cause);
  }
}

/** Of a file here; undefined for what lies elsewhere. */
export async function hashOf(source: string): Promise<string | undefined> {
  if (!existsSync(source)) return undefined;
  const hash = createHash('sha256');
  for await (const part of createReadStream(source)) hash.update(part as Uint8Array);
  return hash.digest('hex');
}

/** JSON of the command line: itself, or the file that holds it. */
export async function readJson(flag: string, given: string): Promise<unknown> {
  const text = /^\s*[[{]/.test(given) ? given : new TextDecoder().decode(await readBytes(given));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw misuse(`--${flag} is JSON, or a file that holds it: ${(cause as Error).message}.`);
  }
}
