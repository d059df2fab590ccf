/** The picture, and beside it another one: of the same unit by another parametrization on the same budget. */
import type { Stage } from './canvas';
import { known } from './parametrizations';
import type { Visualization } from './phaselens';
import type { Place } from './session';

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
  captions: Record<Place, CaptionParts>;
  stages: Record<Place, Stage>;
}

export class Comparison {
  #on = false;

  constructor(private readonly parts: ComparisonParts) {}

  get on(): boolean {
    return this.#on;
  }

  set on(on: boolean) {
    const { box, figure, captions, stages } = this.parts;
    if (on && !this.#on) stages.beside.empty();
    this.#on = on;
    box.classList.toggle('two', on);
    figure.hidden = !on;
    captions.picture.caption.hidden = !on;
    for (const { name, values, score } of Object.values(captions)) name.textContent = values.textContent = score.textContent = '';
  }

  get canvases(): HTMLCanvasElement[] {
    const { picture, beside } = this.parts.stages;
    return this.#on ? [picture.canvas, beside.canvas] : [picture.canvas];
  }

  /** Before it begins. */
  expect(title: string, what: string): void {
    const { beside } = this.parts.stages;
    beside.waiting(title, 0);
    beside.describe(`${what}, by ${title}`);
  }

  begun({ config }: Visualization, values: number, place: Place): void {
    const { title, optimized } = known(config);
    const { name, values: count } = this.parts.captions[place];
    name.replaceChildren(Object.assign(document.createElement('b'), { textContent: title }), optimized && ` · ${optimized}`, ' ·');
    count.textContent = `${values.toLocaleString('en')} values`;
  }

  score(score: number, place: Place): void {
    this.parts.captions[place].score.textContent = ` · score ${score.toFixed(2).replace('-', '−')}`;
  }
}
