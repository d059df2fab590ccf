/**
 * The score by step: as it is, which depends on the luck of the crops, and over it the mean of the latest steps; behind them that of
 * earlier pictures of the same unit, for comparison.
 */
import uPlot from 'uplot';

const earlierShown = 3;
const meanOver = 8; // steps
const height = 148;

export class Chart {
  readonly #plot: uPlot;
  #steps = 100;
  #scores: number[] = [];
  #means: number[] = [];
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
    else if (this.#means.length > 1) this.#earlier = [this.#means, ...this.#earlier].slice(0, earlierShown);
    this.#steps = steps;
    this.#scores = [];
    this.#means = [];
    this.#draw();
    this.parent.setAttribute('aria-label', 'Score by step: no step yet');
  }

  add(score: number): void {
    this.#scores.push(score);
    const latest = this.#scores.slice(-meanOver);
    this.#means.push(latest.reduce((sum, value) => sum + value, 0) / latest.length);
    this.#draw();
  }

  /** Says in words what the curve shows. */
  end(): void {
    const first = this.#means[0];
    const last = this.#means.at(-1);
    if (first === undefined || last === undefined) return;
    const steps = this.#means.length;
    this.parent.setAttribute('aria-label', `Score by step: from ${first.toFixed(2)} to ${last.toFixed(2)} in ${steps} steps`);
  }

  /** Takes up changed colours. */
  redraw(): void {
    this.#plot.redraw(false);
  }

  #draw(): void {
    this.#plot.setData(this.#data());
  }

  #data(): uPlot.AlignedData {
    const curves = Array.from({ length: earlierShown }, (_, i) => this.#earlier[i] ?? []);
    const length = Math.max(this.#steps, ...curves.map((curve) => curve.length));
    const filled = (curve: number[]) => Array.from({ length }, (_, i) => curve[i] ?? null);
    return [Array.from({ length }, (_, i) => i + 1), ...curves.map(filled), filled(this.#scores), filled(this.#means)];
  }
}

function options(parent: HTMLElement, steps: () => number): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(parent).getPropertyValue(name);
  const font = '11px system-ui, sans-serif';
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    font,
    labelFont: font,
    labelSize: 16,
    gap: 3,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const earlier: uPlot.Series = { stroke: colour('--ghost'), width: 1, points: { show: false } };
  return {
    width: Math.max(parent.clientWidth, 200),
    height,
    padding: [6, 14, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_plot, _min, max) => [0, Math.max(steps(), max || 1)] },
      y: {
        range: (_plot, min, max) => (min === null ? [0, 10] : uPlot.rangeNum(Math.min(min, 0), Math.max(max, 0), 0.1, true)),
      },
    },
    axes: [
      { ...axis, label: 'step', size: 18, space: 60, grid: { show: false } },
      { ...axis, label: 'score', size: 30, space: 22 },
    ],
    series: [
      {},
      ...Array.from({ length: earlierShown }, () => earlier),
      { stroke: colour('--raw'), width: 1, points: { show: false } },
      { stroke: colour('--accent'), width: 2, points: { show: false } },
    ],
  };
}
