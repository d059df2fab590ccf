/** The picture, and beside it others: of the same unit by other parametrizations on the same budget. */

import { lineOf } from '../models/guesses';
import type { Naming } from '../models/judges';
import { counted, listed } from '../parts/words';
import type { Step } from '../phaselens';
import { known, parametrizations, rivalsOf } from '../run/parametrizations';
import type { Run } from '../run/refined';
import type { Frames, Side } from '../run/session';
import type { Stage } from './canvas';

/** MaCo · phase only · 99,072 values · mean score 27.16 */
export interface FigureParts {
  figure: HTMLElement;
  caption: HTMLElement;
  name: HTMLElement;
  values: HTMLElement;
  score: HTMLElement;
  opinions: HTMLElement;
  stage: Stage;
}

export interface ComparisonParts {
  box: HTMLElement;
  /** By their sides: the picture's first. */
  figures: readonly FigureParts[];
}

/** What stands beside the picture: all steps' scores are luck in part. */
const meanOver = 16; // steps

export class Comparison {
  #on = false;
  readonly #failed = new Set<Side>();
  #titles: string[] = ['MaCo', 'Fourier', 'Pixels'];
  #scores: number[][] = [];

  constructor(private readonly parts: ComparisonParts) {}

  get on(): boolean {
    return this.#on;
  }

  /** Nothing is there yet beside the picture. */
  set on(on: boolean) {
    this.#lay(on);
    if (!on) return;
    for (const { stage } of this.#beside) stage.empty();
    this.#clear(this.#beside);
    this.#scores.length = Math.min(this.#scores.length, 1);
  }

  /** All begin anew: what was there is on show until then. */
  begin(on: boolean): void {
    const { figures } = this.parts;
    for (const [side, { stage }] of figures.entries()) if (side > 0 && on && (!this.#on || this.#failed.has(side))) stage.empty();
    this.#lay(on);
    this.#clear(figures);
    this.#scores = [];
  }

  /** What the picture is compared with, or could be. */
  get rivals(): string {
    return listed(this.#titles.slice(1));
  }

  titleOf(side: Side): string {
    return this.#titles[side] ?? '';
  }

  /** What the pictures on show are made by, where there are several. */
  get ways(): string[] {
    const there = this.#titles.filter((_, side) => !this.#failed.has(side));
    return this.#on && there.length > 1 ? there : [];
  }

  get canvases(): HTMLCanvasElement[] {
    return this.parts.figures
      .filter((_, side) => side === 0 || (this.#on && !this.#failed.has(side)))
      .map(({ stage }) => stage.canvas);
  }

  /** Before any begins: what the picture is decides what stands beside it. */
  expect({ config }: Run, what: string): void {
    const rivals = rivalsOf(config).map((name) => parametrizations[name].title);
    this.#titles = [known(config).title, ...rivals];
    this.#beside.forEach(({ stage }, i) => {
      stage.waiting(rivals[i] ?? '', 0);
      stage.describe(`${what}, by ${rivals[i]}`);
    });
  }

  begun({ config }: Run, values: number, side: Side): void {
    const { title, optimized } = known(config);
    const { name, values: count } = this.#at(side);
    const mark = Object.assign(document.createElement('span'), { textContent: ' · ', hidden: true }); // a line ends there
    name.replaceChildren(
      Object.assign(document.createElement('b'), { textContent: title }),
      optimized && ` · ${optimized}`,
      mark,
    );
    count.textContent = `${values.toLocaleString('en')} values`;
  }

  score(score: number, side: Side): void {
    const latest = [...(this.#scores[side] ?? []), score].slice(-meanOver);
    this.#scores[side] = latest;
    const mean = latest.reduce((sum, value) => sum + value, 0) / latest.length;
    const over = counted(latest.length, 'step');
    this.#at(side).score.textContent = ` · mean score ${mean.toFixed(2).replace('-', '−')} of the last ${over}`;
  }

  /** What networks have first; `right` is the class that the pictures are of. */
  name(namings: readonly Naming[], right: string | undefined, side: Side): void {
    const lines = namings.flatMap(({ title, guesses: [first] }) => (first ? [lineOf(first, right, title)] : []));
    this.#at(side).opinions.replaceChildren(...lines);
  }

  progress({ index, steps }: Step, side: Side): void {
    this.#at(side).stage.progress((index + 1) / steps, `step ${index + 1} of ${steps}`);
  }

  /** Beside the picture. */
  show(frames: Frames, side: Side): void {
    this.#at(side).stage.show(frames);
  }

  delayed(side: Side): void {
    const { stage } = this.#at(side);
    stage.empty();
    stage.waiting(`${this.titleOf(side)} comes after the others: there is no memory for all at once.`, 0);
  }

  failed(side: Side): void {
    this.#failed.add(side);
    this.#at(side).stage.failed();
  }

  /** None of those beside the picture goes on. */
  ended(): void {
    this.#beside.forEach((_, i) => void this.failed(i + 1));
  }

  transparent(on: boolean): void {
    for (const { stage } of this.parts.figures) stage.transparent(on);
  }

  get #beside(): readonly FigureParts[] {
    return this.parts.figures.slice(1);
  }

  #at(side: Side): FigureParts {
    return this.parts.figures[side]!;
  }

  #lay(on: boolean): void {
    const [picture] = this.parts.figures;
    this.#on = on;
    this.#failed.clear();
    this.parts.box.classList.toggle('compared', on);
    picture!.caption.hidden = !on;
    picture!.opinions.hidden = !on;
    for (const { figure } of this.#beside) figure.hidden = !on;
  }

  #clear(figures: readonly FigureParts[]): void {
    for (const { name, values, score, opinions } of figures) {
      name.textContent = values.textContent = score.textContent = '';
      opinions.replaceChildren();
    }
  }
}
