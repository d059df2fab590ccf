/** Power by frequency, of the picture on show and of a photograph, both axes by the logarithm. */
import uPlot from 'uplot';
import { axisOf, bare, lineOf, roomForValues } from '../parts/axes';

const height = 200;

export class PowerChart {
  readonly #plot: uPlot;
  #picture: Float32Array | undefined;
  #photo: Float32Array | undefined;

  constructor(private readonly parent: HTMLElement) {
    this.#plot = new uPlot(options(parent), this.#data(), parent);
    new ResizeObserver(() => this.#plot.setSize({ width: Math.max(parent.clientWidth, 1), height })).observe(parent);
  }

  /** By cycles per 256 pixels, as `Fourier.radialPower` gives it. */
  set picture(power: Float32Array) {
    this.#picture = power;
    this.#draw();
  }

  set photo(power: Float32Array) {
    this.#photo = power;
    this.#draw();
  }

  redraw(): void {
    this.#plot.redraw(false);
  }

  #draw(): void {
    this.#plot.setData(this.#data());
    const [picture, photo] = [this.#picture?.[100], this.#photo?.[100]];
    if (picture && photo)
      this.parent.ariaLabel = `Power by frequency: at 100 cycles the picture has ${(picture / photo).toPrecision(2)} times the photograph’s`;
  }

  #data(): uPlot.AlignedData {
    const radii = Array.from({ length: 128 }, (_, i) => i + 1);
    const of = (power: Float32Array | undefined) => radii.map((radius) => power?.[radius] || null);
    return [radii, of(this.#photo), of(this.#picture)];
  }
}

/** A ten-thousandth is no 0, which such an axis does not have. */
const decades: uPlot.Axis.DynamicValues = (_, splits) =>
  splits.map((split) => (split ? String(Number(split.toPrecision(1))) : ''));

function options(parent: HTMLElement): uPlot.Options {
  const axis: uPlot.Axis = { ...axisOf(parent), labelSize: 16, gap: 3 };
  return {
    width: Math.max(parent.clientWidth, 200),
    height,
    padding: [6, 14, 0, 0],
    ...bare,
    scales: { x: { time: false, distr: 3, log: 2 }, y: { distr: 3 } },
    axes: [
      { ...axis, label: 'cycles per 256 pixels', size: 18 },
      { ...axis, label: 'power', size: roomForValues, values: decades },
    ],
    series: [{}, lineOf(parent, '--ink', 2), lineOf(parent, '--accent', 2)],
  };
}
