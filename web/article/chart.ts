/** Power by radius, both logarithmic, each line taken to 1 at radius 4. */
import uPlot from 'uplot';
import { axisOf, bare, lineOf } from '../parts/axes';
import { whenColoursChange } from '../parts/theme';

const first = 4;
const radii = Array.from({ length: 125 }, (_, i) => first + i);
const height = 260;

export type Line = 'photos' | 'fourier' | 'maco';
const lines: readonly Line[] = ['photos', 'fourier', 'maco'];
const mostPhotos = 7;

export const relative = (power: ArrayLike<number>): number[] => radii.map((radius) => power[radius]! / power[first]!);

export class PowerChart {
  readonly #plot: uPlot;
  readonly #lines: Partial<Record<Line, number[]>> = {};
  #photos: readonly (readonly number[])[] = [];

  constructor(parent: HTMLElement) {
    parent.replaceChildren();
    this.#plot = new uPlot(options(parent), this.#data(), parent);
    new ResizeObserver(() => this.#plot.setSize({ width: parent.clientWidth, height })).observe(parent);
    whenColoursChange(() => this.#plot.redraw(false));
  }

  set(line: Line, power: readonly number[]): void {
    this.#lines[line] = [...power];
    this.#plot.setData(this.#data());
  }

  /** Each by itself, and the mean of their logarithms. */
  setPhotos(photos: readonly (readonly number[])[]): void {
    this.#photos = photos;
    this.set('photos', meanOf(photos));
  }

  /** How far above or below photos' a line is at a radius, as a factor; undefined before both are there. */
  beside(line: Line, radius: number): number | undefined {
    const [own, photos] = [this.#lines[line], this.#lines.photos];
    return own && photos && own[radius - first]! / photos[radius - first]!;
  }

  #data(): uPlot.AlignedData {
    const nothing = radii.map(() => null);
    const photos = Array.from({ length: mostPhotos }, (_, i) => [...(this.#photos[i] ?? nothing)]);
    return [radii, ...photos, ...lines.map((line) => this.#lines[line] ?? nothing)];
  }
}

const meanOf = (all: readonly (readonly number[])[]): number[] =>
  radii.map((_, i) => Math.exp(all.reduce((sum, one) => sum + Math.log(one[i]!), 0) / all.length));

function options(parent: HTMLElement): uPlot.Options {
  const axis: uPlot.Axis = { ...axisOf(parent, 12), labelSize: 20 };
  const line = (name: string, width: number) => lineOf(parent, name, width);
  const power = (value: number) => (value > 0 ? `10${superscript(Math.round(Math.log10(value)))}` : '');
  return {
    width: Math.max(parent.clientWidth, 200),
    height,
    padding: [8, 12, 0, 0],
    ...bare,
    scales: {
      x: { time: false, distr: 3, log: 2, range: () => [first, 128] },
      y: { distr: 3, range: () => [1e-5, 10] },
    },
    axes: [
      {
        ...axis,
        label: 'fineness: cycles per 256 pixels',
        splits: () => [4, 8, 16, 32, 64, 128],
        values: (_, splits) => splits.map(String),
      },
      {
        ...axis,
        label: 'power',
        size: 44,
        splits: () => [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10],
        values: (_, splits) => splits.map(power),
      },
    ],
    series: [
      {},
      ...Array.from({ length: mostPhotos }, () => line('--ghost', 0.75)),
      line('--edge', 3),
      line('--ink', 1.5),
      line('--accent', 2),
    ],
  };
}

const superscript = (value: number): string =>
  String(value).replace(/[-0-9]/g, (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(sign)]!));
