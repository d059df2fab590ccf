/** Where a run's work halts: while it is paused, for good once it is stopped. */
import { breathe } from '../base/platform.js';

export class Gate {
  #paused = false;
  #stopped = false;
  #wake: (() => void)[] = [];

  get stopped(): boolean {
    return this.#stopped;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    this.changed();
  }

  stop(): void {
    this.#stopped = true;
    this.changed();
  }

  /** Those who wait look again. */
  changed(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }

  /** Receives messages, then waits until work may go on (`open` tells more reasons to wait); false once it is stopped. */
  async pass(open: () => boolean = () => true): Promise<boolean> {
    await breathe();
    return this.wait(() => !this.#paused && open());
  }

  /** Waits for something that `changed` announces; false once it is stopped. */
  async wait(ready: () => boolean): Promise<boolean> {
    while (!this.#stopped && !ready()) await new Promise<void>((resolve) => this.#wake.push(resolve));
    return !this.#stopped;
  }
}
