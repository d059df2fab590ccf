/** The picture, and beside it another one: of the same unit by another parametrization on the same budget. */

import type { Step } from '../phaselens';
import { known, parametrizations, rivalOf } from '../run/parametrizations';
import type { Run } from '../run/refined';
import type { Frames, Side } from '../run/session';
import type { Stage } from './canvas';

/** MaCo · phase only · 99,072 values · score 27.16 */
export interface CaptionParts {
  caption: HTMLElement;
  name: HTMLElement;
  values: HTMLElement;
  score: HTMLElement;
}

export interface ComparisonParts {
  box: HTMLElement;
  figure: HTMLElement; // of the one beside
  captions: Record<Side, CaptionParts>;
  picture: Stage;
  beside: Stage;
}

export class Comparison {
  #on = false;
  #failed = false;
  #titles = { picture: 'MaCo', beside: 'Fourier' };

  constructor(private readonly parts: ComparisonParts) {}

  get on(): boolean {
    return this.#on;
  }

  set on(on: boolean) {
    const { box, figure, captions, beside } = this.parts;
    if (on && (!this.#on || this.#failed)) beside.empty();
    this.#on = on;
    this.#failed = false;
    box.classList.toggle('two', on);
    figure.hidden = !on;
    captions.picture.caption.hidden = !on;
    for (const { name, values, score } of Object.values(captions)) name.textContent = values.textContent = score.textContent = '';
  }

  /** What the picture is compared with, or could be. */
  get rival(): string {
    return this.#titles.beside;
  }

  /** What the pictures on show are made by, where there are two. */
  get ways(): string[] {
    return this.#on && !this.#failed ? [this.#titles.picture, this.#titles.beside] : [];
  }

  get canvases(): HTMLCanvasElement[] {
    const { picture, beside } = this.parts;
    return this.ways.length > 0 ? [picture.canvas, beside.canvas] : [picture.canvas];
  }

  /** Before either begins: what the picture is decides what stands beside it. */
  expect({ config }: Run, what: string): void {
    this.#titles = { picture: known(config).title, beside: parametrizations[rivalOf(config)].title };
    this.parts.beside.waiting(this.rival, 0);
    this.parts.beside.describe(`${what}, by ${this.rival}`);
  }

  begun({ config }: Run, values: number, side: Side): void {
    const { title, optimized } = known(config);
    const { name, values: count } = this.parts.captions[side];
    const mark = Object.assign(document.createElement('span'), { textContent: ' · ', hidden: true }); // a line ends there
    name.replaceChildren(
      Object.assign(document.createElement('b'), { textContent: title }),
      optimized && ` · ${optimized}`,
      mark,
    );
    count.textContent = `${values.toLocaleString('en')} values`;
  }

  score(score: number, side: Side): void {
    this.parts.captions[side].score.textContent = ` · score ${score.toFixed(2).replace('-', '−')}`;
  }

  progress({ index, steps }: Step): void {
    this.parts.beside.progress((index + 1) / steps, `step ${index + 1} of ${steps}`);
  }

  /** Beside the picture. */
  show(frames: Frames): void {
    this.parts.beside.show(frames);
  }

  delayed(): void {
    this.parts.beside.empty();
    this.parts.beside.waiting(`${this.rival} comes after ${this.#titles.picture}: there is no memory for both at once.`, 0);
  }

  failed(): void {
    this.#failed = true;
    this.parts.beside.failed();
  }

  transparent(on: boolean): void {
    this.parts.picture.transparent(on);
    this.parts.beside.transparent(on);
  }
}
