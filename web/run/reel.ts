/** Frames of a run, from its first step on: all of them while there is room, then evenly fewer. */
import type { Frames } from './session';

export interface Kept {
  done: number; // steps, when it was shown
  frames: Frames;
}

const most = 64;
const largest = 64 << 20; // bytes

export class Reel {
  #kept: Kept[] = [];
  #latest: Kept | undefined;
  #every = 1; // steps

  clear(): void {
    this.#kept = [];
    this.#latest = undefined;
    this.#every = 1;
  }

  add(kept: Kept): void {
    if (kept.frames[0] === this.#latest?.frames[0]) return; // of a step that was too quick to be shown
    this.#latest = kept;
    const last = this.#kept.at(-1);
    if (last && kept.done < last.done + this.#every) return;
    this.#kept.push(kept);
    while (this.#kept.length > 1 && (this.#kept.length > most || this.#bytes > largest)) this.#thin();
  }

  /** In order, the latest at the end. */
  get all(): readonly Kept[] {
    const latest = this.#latest;
    return latest && latest !== this.#kept.at(-1) ? [...this.#kept, latest] : this.#kept;
  }

  /** The one that was on show when so many steps were done. */
  at(done: number): Kept | undefined {
    return this.all.findLast((kept) => kept.done <= done) ?? this.#kept[0];
  }

  get #bytes(): number {
    return this.#kept.reduce((sum, { frames }) => sum + frames.reduce((bytes, { data }) => bytes + data.length, 0), 0);
  }

  #thin(): void {
    this.#kept = this.#kept.filter((_, i) => i % 2 === 0);
    this.#every *= 2;
  }
}
