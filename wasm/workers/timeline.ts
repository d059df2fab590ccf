/** What a worker's time goes into, step by step, for those who ask. */
import type { Span } from '../base/protocol.js';

export class Timeline {
  readonly #on: boolean;
  #spans: Span[] = [];

  constructor(on: boolean) {
    this.#on = on;
  }

  /** Does `work` and notes when. */
  async measure<T>(what: Span['what'], work: () => T | Promise<T>): Promise<T> {
    if (!this.#on) return work();
    const start = performance.now();
    const result = await work();
    this.#spans.push({ worker: 0, what, start: performance.timeOrigin + start, duration: performance.now() - start });
    return result;
  }

  /** Those of another worker. */
  add(worker: number, spans: readonly Span[]): void {
    for (const span of spans) this.#spans.push({ ...span, worker });
  }

  /** What was noted since the last time; undefined where nobody asks. */
  take(): Span[] | undefined {
    const spans = this.#spans;
    this.#spans = [];
    return this.#on ? spans : undefined;
  }
}
