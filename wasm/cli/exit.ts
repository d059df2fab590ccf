/** How a command ends, for scripts: 0 done, 1 failed, 2 wrong use, 130 interrupted. */
import { PhaselensError } from '../api/index.js';

export const failed = 1;
export const wrongUse = 2;
export const interrupted = 130;

/** An end that needs a sentence. */
export class Exit extends Error {
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** What the user wrote cannot be. */
export const misuse = (message: string): Exit => new Exit(wrongUse, message);

/** The package's errors that are about what the user wrote. */
const aboutUse: readonly string[] = ['invalid-argument', 'unknown-layer', 'unknown-unit'];

export function statusOf(error: unknown): number {
  if (error instanceof Exit) return error.status;
  return error instanceof PhaselensError && aboutUse.includes(error.code) ? wrongUse : failed;
}

/** The reason of a failed call of the system, without its path, which our sentences say themselves. */
export function reasonOf(error: unknown): string {
  const { code, message } = Object(error) as { code?: string; message?: string };
  return (code && reasons[code]) ?? message ?? String(error);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'it is not allowed',
  EPERM: 'it is not allowed',
  EROFS: 'the disk can only be read',
  ENOSPC: 'the disk is full',
  EADDRINUSE: 'another program has this port',
};
