/** Signals that stop work, of any realm: `fetch` and others take those of their own alone. */
import { PhaselensError, show } from './errors.js';
import { isSignal } from './kinds.js';

/** Throws 'invalid-argument' for what is no signal. */
export function readSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || isSignal(signal)) return signal;
  throw new PhaselensError('invalid-argument', `The option signal is an AbortSignal, not ${show(signal)}.`);
}

/** What an abort throws. */
export function reasonOf(signal: AbortSignal | undefined): unknown {
  return signal?.reason ?? new DOMException('This operation was aborted.', 'AbortError');
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}

/** Does work with a signal of this realm that follows `signal` as long as the work lasts. */
export async function following<T>(signal: AbortSignal | undefined, work: (own: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const stop = () => own.abort(reasonOf(signal));
  throwIfAborted(signal);
  signal?.addEventListener('abort', stop);
  try {
    return await work(own.signal);
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/** What `promise` gives, unless the signal comes first; the work itself runs to its end. */
export function orAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(reasonOf(signal));
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
