/** What the network itself says of the picture on show: its first classes, while the picture forms. */
import { classOf, guessesOf, hasClasses, lineOf } from '../models/guesses';
import type { Loaded } from '../models/models';
import type { Frame } from '../phaselens';
import { Asking } from '../run/asking';
import type { Picture } from '../run/state';

export interface VerdictParts {
  box: HTMLElement;
  title: HTMLElement;
  guesses: HTMLElement;
}

interface Question {
  loaded: Loaded;
  right: string | undefined; // the class that the picture is of
  frame: Frame;
}

const shown = 5;
const pause = 1000; // milliseconds

export class Verdict {
  readonly #asking = new Asking<Question>(pause, (question) => this.#answer(question));

  constructor(private readonly parts: VerdictParts) {}

  /** Of a model that has no names for classes there is none. */
  set model(loaded: Loaded) {
    const { box, title, guesses } = this.parts;
    box.hidden = !hasClasses(loaded);
    title.textContent = `${loaded.source.title} says`;
    guesses.replaceChildren();
    this.#asking.begin();
  }

  /** Of a frame in passing, now and then. */
  ask({ loaded, picture }: { loaded: Loaded; picture: Picture }, frame: Frame): void {
    if (!this.parts.box.hidden) this.#asking.ask({ loaded, right: classOf(loaded, picture), frame });
  }

  /** Of the latest frame, which stays. */
  settle(): void {
    this.#asking.settle();
  }

  async #answer({ loaded, right, frame }: Question): Promise<void> {
    const guesses = await guessesOf(loaded, frame, shown).catch(() => undefined);
    if (!guesses) return; // the model has gone, or the picture tells what is wrong
    this.parts.guesses.replaceChildren(...guesses.map((guess) => lineOf(guess, right)));
  }
}
