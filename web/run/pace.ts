/** How long steps take, told by those that were: the latest of each size, for as long as a model is there. */

/** What a step computes with, in pixels: of all images, and of all that the network sees of them. */
export interface StepSize {
  images: number;
  crops: number;
}

interface Known {
  size: StepSize;
  laps: number[]; // seconds
}

const latest = 16; // laps that are kept of each size

/**
 * Seconds that a step of EfficientNet-Lite0 takes beside the network, in the page on two busy cores (sizes of 128 to 512 pixels, crops
 * of 96 and 224): what is done whatever its size, and for each pixel of the images.
 */
const beside = { step: 0.027, pixel: 1.1e-7 };
const mostBeside = 0.75; // of a step: on faster machines all of it is faster

export class Pace {
  readonly #known = new Map<string, Known>();

  add(size: StepSize, seconds: number): void {
    const known = this.#known.get(keyOf(size)) ?? { size, laps: [] };
    known.laps = [...known.laps, seconds].slice(-latest);
    this.#known.set(keyOf(size), known);
  }

  /** Of steps of that size; nothing before there were any. */
  rate(size: StepSize): number | undefined {
    const known = this.#known.get(keyOf(size));
    return known && 1 / meanOf(known.laps);
  }

  /** Of a step of that size: measured, or told by those of the size that is nearest. Nothing before there was any step. */
  seconds(size: StepSize): number | undefined {
    const known = this.#known.get(keyOf(size)) ?? this.#nearest(size);
    return known && told(known, size);
  }

  #nearest({ images, crops }: StepSize): Known | undefined {
    const far = ({ size }: Known) => Math.abs(Math.log(size.crops / crops)) + Math.abs(Math.log(size.images / images));
    return [...this.#known.values()].sort((a, b) => far(a) - far(b))[0];
  }
}

const keyOf = ({ images, crops }: StepSize): string => `${images} ${crops}`;

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** The network's part of a step grows with what it sees, the rest with the images. */
function told({ size, laps }: Known, other: StepSize): number {
  const seconds = meanOf(laps);
  const rest = ({ images }: StepSize) => beside.step + beside.pixel * images;
  const speed = Math.min(1, (mostBeside * seconds) / rest(size));
  const network = seconds - speed * rest(size);
  return speed * rest(other) + (network * other.crops) / size.crops;
}
