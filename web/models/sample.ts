/** What a model of one's own sees in a photo, the reader's or one of a cat: with a wrong normalization it is seldom what it is. */

import type { Frame } from '../phaselens';
import { type Guess, hasClasses, lineOf, percentText, top } from './guesses';
import { type Loaded, normalizations } from './models';
import { catPhoto, catUrl } from './photos';

export interface SampleParts {
  box: HTMLElement;
  photo: HTMLImageElement;
  title: HTMLElement;
  guesses: HTMLElement;
  /** What it saw by the choice before. */
  before: HTMLElement;
}

const shown = 3;

/** What the model answered to a photo by a normalization. */
interface Answer {
  loaded: Loaded;
  choice: string;
  photo: string;
  logits: Promise<Float32Array>;
}

export class Sample {
  #latest: Answer | undefined;
  #before = ''; // in words

  constructor(
    private readonly parts: SampleParts,
    private readonly own: () => { name: string; url: string; frame: Frame } | undefined,
  ) {}

  /** For a model of one's own whose classes have names. */
  async show(loaded: Loaded): Promise<void> {
    const { box, guesses, before, title, photo } = this.parts;
    const { logits } = loaded.model;
    box.hidden = !loaded.source.own || !hasClasses(loaded);
    if (box.hidden || logits === undefined) return;
    const own = this.own();
    photo.src = own?.url ?? catUrl;
    photo.alt = own?.name ?? 'A cat with striped fur looks up';
    title.textContent = loaded.reason ? 'This is a guess. With it the model sees here:' : 'With that it sees here:';
    box.ariaBusy = 'true';
    const answer = this.#ask(loaded, logits, own);
    try {
      const best = top(await answer.logits, loaded.labels ?? [], shown);
      if (this.#latest !== answer) return;
      guesses.replaceChildren(...best.map((guess) => lineOf(guess)));
      before.textContent = this.#before;
      box.ariaBusy = 'false';
    } catch {
      if (this.#latest === answer) box.hidden = true; // the picture tells what is wrong
    }
  }

  /** Once of each; what another choice came to for the same file and photo is told beside it. */
  #ask(loaded: Loaded, layer: string, own: { url: string; frame: Frame } | undefined): Answer {
    const [former, photo] = [this.#latest, own?.url ?? catUrl];
    if (former?.loaded === loaded && former.photo === photo) return former;
    const choice = choiceOf(loaded);
    const logits = this.#classify(loaded, layer, own?.frame);
    this.#latest = { loaded, choice, photo, logits };
    this.#before = '';
    const isOther = former?.loaded.source.id === loaded.source.id && former.photo === photo && former.choice !== choice;
    if (isOther) void this.#tell(former, this.#latest);
    return this.#latest;
  }

  async #tell({ logits, loaded, choice }: Answer, now: Answer): Promise<void> {
    const best = await logits.then(
      (values) => top(values, loaded.labels ?? [], 1),
      () => [],
    );
    if (this.#latest !== now) return;
    this.#before = best
      .map(({ name, probability }: Guess) => `By “${choice}” before: ${name}, ${percentText(probability)}`)
      .join('');
    this.parts.before.textContent = this.#before;
  }

  async #classify({ model }: Loaded, layer: string, frame: Frame | undefined): Promise<Float32Array> {
    return (await model.activations(frame ?? (await catPhoto()), layer)).data;
  }
}

/** As the list calls it. */
function choiceOf({ source: { own } }: Loaded): string {
  const chosen = own?.settings.normalization;
  return normalizations.find(({ id }) => id === chosen)?.title ?? 'Typed in';
}
