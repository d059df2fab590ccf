/** What networks name each of the pictures beside each other: their own, and those that judge where they are asked. */
import { classOf } from '../models/guesses';
import { type Judge, nameOf } from '../models/judges';
import type { Frame, Step } from '../phaselens';
import type { Comparison } from '../picture/comparison';
import { Asking } from '../run/asking';
import type { RunState, SessionEvents, Side } from '../run/session';
import type { Start } from './asked';

export interface ComparedParts {
  comparison: Comparison;
  /** What the pictures are of, once they have begun. */
  onShow(): Start | undefined;
  judges(): readonly Judge[];
}

/** Frames by their sides. */
interface Question {
  start: Start;
  frames: readonly (Frame | undefined)[];
}

const pause = 2000; // milliseconds

export class Compared implements Partial<SessionEvents> {
  #frames: (Frame | undefined)[] = [];
  readonly #asking = new Asking<Question>(pause, (question) => this.#answer(question));

  constructor(private readonly parts: ComparedParts) {}

  begun(_run: unknown, _values: number, side: Side): void {
    if (side === 0) {
      this.#frames = [];
      this.#asking.begin();
    }
    this.#frames[side] = undefined;
  }

  step({ frame }: Step): void {
    this.#hear(frame, 0);
  }

  stepBeside({ frame }: Step, side: Side): void {
    this.#hear(frame, side);
  }

  state(state: RunState): void {
    if (state === 'finished' || state === 'stopped') this.changed();
  }

  /** Who is asked has changed, or all have ended. */
  changed(): void {
    const question = this.#question;
    if (!question) return;
    this.#asking.ask(question);
    this.#asking.settle();
  }

  #hear(frame: Frame, side: Side): void {
    this.#frames[side] = frame;
    const question = this.#question;
    if (question) this.#asking.ask(question);
  }

  get #question(): Question | undefined {
    const start = this.parts.comparison.on ? this.parts.onShow() : undefined;
    return start && { start, frames: [...this.#frames] };
  }

  /** Nobody answers whose model has gone; the page tells elsewhere what is wrong with it. */
  async #answer({ start, frames }: Question): Promise<void> {
    const { comparison, judges, onShow } = this.parts;
    const namers = [start.loaded, ...judges()];
    for (const [side, frame] of frames.entries()) {
      if (!frame) continue;
      const namings = await Promise.all(namers.map((namer) => nameOf(namer, frame))).catch(() => undefined);
      if (namings && start === onShow()) comparison.name(namings, classOf(start.loaded, start.picture), side);
    }
  }
}
