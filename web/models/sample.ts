/** What a model sees in a photo of a cat: with a wrong normalization it is seldom a cat. */

import { lineOf, top } from './guesses';
import type { Loaded } from './models';
import { catPhoto, catUrl } from './photos';

export interface SampleParts {
  box: HTMLElement;
  photo: HTMLImageElement;
  guesses: HTMLElement;
}

const shown = 3;

export class Sample {
  #latest: Loaded | undefined;
  #logits: Promise<Float32Array> | undefined; // of #latest

  constructor(private readonly parts: SampleParts) {}

  /** For a model of one's own whose classes have names. */
  async show(loaded: Loaded): Promise<void> {
    const { box, guesses } = this.parts;
    const layer = loaded.layers.find(({ name }) => name === loaded.model.logits);
    box.hidden = !loaded.source.own || !layer?.runs || !loaded.labels;
    if (box.hidden || !layer) return;
    this.parts.photo.src = catUrl;
    box.ariaBusy = 'true';
    try {
      if (this.#latest !== loaded) this.#logits = this.#classify(loaded, layer.name);
      this.#latest = loaded;
      const best = top(await this.#logits!, loaded.labels ?? [], shown);
      if (this.#latest !== loaded) return;
      guesses.replaceChildren(...best.map((guess) => lineOf(guess)));
      box.ariaBusy = 'false';
    } catch {
      if (this.#latest === loaded) box.hidden = true; // the picture tells what is wrong
    }
  }

  async #classify({ model }: Loaded, layer: string): Promise<Float32Array> {
    return (await model.activations(await catPhoto(), layer)).data;
  }
}
