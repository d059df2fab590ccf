/** Work that takes turns: many pictures of one page need the memory and the time of one after another. */
import { readSignal, reasonOf, throwIfAborted } from '../base/signal.js';

/** All optional. */
export interface TurnOptions {
  /** Waits no more: the turn passes to the next, and `take` throws the signal's reason. Work that has begun is not touched. */
  signal?: AbortSignal;
  /** Before all that wait now: for what somebody has just asked for. */
  first?: boolean;
}

/** One piece of work at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Does `work` when its turn has come, which ends when the work does, however it does. */
  async take<T>(work: () => T | Promise<T>, { signal, first = false }: TurnOptions = {}): Promise<T> {
    await this.#come(readSignal(signal), first);
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  async #come(signal: AbortSignal | undefined, first: boolean): Promise<void> {
    throwIfAborted(signal);
    if (!this.#taken) {
      this.#taken = true;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const come = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        signal?.removeEventListener('abort', leave);
        this.#waiting.splice(this.#waiting.indexOf(come), 1);
        reject(reasonOf(signal));
      };
      signal?.addEventListener('abort', leave);
      if (first) this.#waiting.unshift(come);
      else this.#waiting.push(come);
    });
  }

  /** To the next, without a moment in which someone new could come between. */
  #pass(): void {
    const come = this.#waiting.shift();
    if (come) come();
    else this.#taken = false;
  }
}
