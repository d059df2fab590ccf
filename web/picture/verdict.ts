/** What the network itself says of the picture on show: its first classes, while the picture forms. */
import { lineOf, top } from '../models/guesses';
import type { Loaded } from '../models/models';
import type { Frame } from '../phaselens';

export interface VerdictParts {
  box: HTMLElement;
  title: HTMLElement;
  guesses: HTMLElement;
}

interface Question {
  loaded: Loaded;
  frame: Frame;
}

const shown = 5;

/** Milliseconds between two questions at least, and how much longer than an answer takes: the picture is not to wait for them. */
const pause = 1000;
const patience = 10;

export class Verdict {
  #latest: Question | undefined;
  #next: Question | undefined; // to be answered
  #busy = false;
  #ready = 0; // when the next may be asked

  constructor(private readonly parts: VerdictParts) {}

  /** Of a model that has no names for classes there is none. */
  set model({ model, labels, layers, source }: Loaded) {
    const { box, title, guesses } = this.parts;
    box.hidden = !labels || !layers.find(({ name }) => name === model.logits)?.runs;
    title.textContent = `${source.title} says`;
    guesses.replaceChildren();
    this.#latest = undefined;
    this.#ready = performance.now() + pause; // the first steps are not to wait
  }

  /** Of a frame in passing, now and then. */
  ask(loaded: Loaded, frame: Frame): void {
    this.#latest = { loaded, frame };
    if (!this.#busy && performance.now() >= this.#ready) this.settle();
  }

  /** Of the latest frame, which stays. */
  settle(): void {
    if (this.parts.box.hidden) return;
    this.#next = this.#latest;
    if (!this.#busy) void this.#answer();
  }

  async #answer(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const { loaded, frame } = this.#next;
      this.#next = undefined;
      const begun = performance.now();
      const logits = await loaded.model.activations(frame, loaded.model.logits!).catch(() => undefined);
      this.#ready = performance.now() + Math.max(pause, patience * (performance.now() - begun));
      // Where there is no answer, the model has gone or the picture tells what is wrong.
      if (logits) this.parts.guesses.replaceChildren(...top(logits.data, loaded.labels ?? [], shown).map(lineOf));
    }
    this.#busy = false;
  }
}
