/**
 * The score by step: as it is, which depends on the luck of the crops, and over it the mean of the latest steps; behind them that of
 * earlier pictures of the same unit, for comparison, and the means of the pictures beside it.
 */
import uPlot from 'uplot';
import { axisOf, bare, lineOf, roomForValues } from '../parts/axes';
import { counted } from '../parts/words';

const earlierShown = 3;
const besideColours = ['--ink', '--third'];
const meanOver = 8; // steps
const height = 148;
const wholeSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

export class Chart {
  readonly #plot: uPlot;
  #steps = 100;
  #curve = new Curve();
  #beside = besideColours.map(() => new Curve());
  #earlier: number[][] = [];

  constructor(private readonly parent: HTMLElement) {
    this.#plot = new uPlot(
      options(parent, () => this.#steps),
      this.#data(),
      parent,
    );
    new ResizeObserver(() => this.#plot.setSize({ width: parent.clientWidth, height })).observe(parent);
  }

  /** A new picture: of the same unit, or of another, which leaves nothing to compare with. */
  start(steps: number, sameUnit: boolean): void {
    if (!sameUnit) this.#earlier = [];
    else if (this.#curve.means.length > 1) this.#earlier = [this.#curve.means, ...this.#earlier].slice(0, earlierShown);
    this.#steps = steps;
    this.#curve = new Curve();
    this.alone();
    this.parent.setAttribute('aria-label', 'Score by step: no step yet');
  }

  /** The picture goes on, with more steps. */
  extend(steps: number): void {
    this.#steps = steps;
    this.#draw();
  }

  /** `index` counts from 0: a run may go on from a checkpoint. */
  add(index: number, score: number): void {
    this.#curve.add(index, score);
    this.#draw();
  }

  /** `side`: 1 is the first of those beside the picture. */
  addBeside(index: number, score: number, side: number): void {
    this.#beside[side - 1]?.add(index, score);
    this.#draw();
  }

  /** Without those that stood beside it. */
  alone(): void {
    this.#beside = besideColours.map(() => new Curve());
    this.#draw();
  }

  /** Says in words what the curves show. */
  end(): void {
    const curve = this.#curve.words;
    const beside = this.#beside.map(({ words }) => words && `; beside it ${words}`).join('');
    if (curve) this.parent.setAttribute('aria-label', `Score by step: ${curve}${beside}`);
  }

  /** Takes up changed colours. */
  redraw(): void {
    this.#plot.redraw(false);
  }

  #draw(): void {
    this.#plot.setData(this.#data());
  }

  #data(): uPlot.AlignedData {
    const curves = [
      ...Array.from({ length: earlierShown }, (_, i) => this.#earlier[i] ?? []),
      ...this.#beside.map(({ means }) => means),
    ];
    const length = Math.max(this.#steps, ...curves.map((curve) => curve.length));
    const filled = (curve: number[]) => Array.from({ length }, (_, i) => curve[i] ?? null);
    const { scores, means } = this.#curve;
    return [Array.from({ length }, (_, i) => i + 1), ...curves.map(filled), filled(scores), filled(means)];
  }
}

/** Empty before the step that it begins with. */
class Curve {
  readonly scores: number[] = [];
  readonly means: number[] = [];
  #first: number | undefined;

  add(index: number, score: number): void {
    this.#first ??= index;
    this.scores[index] = score;
    const latest = this.scores.slice(Math.max(this.#first, index + 1 - meanOver), index + 1);
    this.means[index] = latest.reduce((sum, value) => sum + value, 0) / latest.length;
  }

  get words(): string {
    const { means } = this;
    if (this.#first === undefined) return '';
    return `from ${means[this.#first]!.toFixed(2)} to ${means.at(-1)!.toFixed(2)} in ${counted(means.length - this.#first, 'step')}`;
  }
}

function options(parent: HTMLElement, steps: () => number): uPlot.Options {
  const axis: uPlot.Axis = { ...axisOf(parent), labelSize: 16, gap: 3 };
  const earlier = lineOf(parent, '--ghost', 1);
  return {
    width: Math.max(parent.clientWidth, 200),
    height,
    padding: [6, 14, 0, 0],
    ...bare,
    scales: {
      x: { time: false, range: (_plot, _min, max) => [0, Math.max(steps(), max || 1)] },
      y: {
        range: (_plot, min, max) => (min === null ? [0, 10] : uPlot.rangeNum(Math.min(min, 0), Math.max(max, 0), 0.1, true)),
      },
    },
    axes: [
      { ...axis, label: 'step', size: 18, space: 60, incrs: wholeSteps, grid: { show: false } },
      { ...axis, label: 'score', size: roomForValues, space: 22 },
    ],
    series: [
      {},
      ...Array.from({ length: earlierShown }, () => earlier),
      ...besideColours.map((colour) => lineOf(parent, colour, 2)),
      lineOf(parent, '--raw', 1),
      lineOf(parent, '--accent', 2),
    ],
  };
}
