/** Images as magnitude and phase, computed in a worker. */

import { PhaselensError } from '../base/errors.js';
import { type FloatImage, type Frame, readImage } from '../base/image.js';
import { isFloats } from '../base/kinds.js';
import { readWhole } from '../base/option-values.js';
import type { Member } from '../workers/crew.js';
import { type LoneOptions, startLone } from '../workers/lone.js';

/**
 * The Fourier transform of an image of height x width, of each channel by itself, unscaled. Both arrays are 3 x height x (width/2 + 1),
 * the half rounded down, rows in the order of frequencies 0, 1, ..., -2, -1; what is not there is the mirror image of what is.
 */
export interface Polar {
  /** How strong each wave is. */
  readonly magnitude: Float32Array;
  /** Where its crests lie: an angle from -pi to pi. */
  readonly phase: Float32Array;
  /** Of the image, in pixels. */
  readonly height: number;
  /** Of the image, in pixels. */
  readonly width: number;
}

/** Of the worker that transforms. */
export type FourierOptions = LoneOptions;

const mostPixels = 16384;

/**
 * A worker that transforms images, until it is disposed of.
 * Errors: 'no-simd', 'worker-failed', 'network'.
 */
export async function openFourier(options: FourierOptions = {}): Promise<Fourier> {
  return new Fourier(await startLone(options));
}

/** What `openFourier` makes. Errors of all: 'invalid-argument', 'out-of-memory', 'disposed', 'worker-failed'. */
export class Fourier {
  readonly #worker: Member;

  /** @internal */
  constructor(worker: Member) {
    this.#worker = worker;
  }

  /** An image as magnitude and phase; its sides have 2 pixels at least. */
  async transform(image: FloatImage | Frame): Promise<Polar> {
    const copy = readImage(image);
    const { height, width } = copy;
    const polar = await this.#worker.call('fourierForward', { image: copy }, [copy.data.buffer as ArrayBuffer]);
    return { ...polar, height, width };
  }

  /** The image that has this magnitude and phase. Values outside of [0, 1] are left as they are. */
  async inverse({ magnitude, phase, height, width }: Polar): Promise<FloatImage> {
    readWhole('The height', height, 2, mostPixels);
    readWhole('The width', width, 2, mostPixels);
    const size = 3 * height * (Math.floor(width / 2) + 1);
    for (const [name, values] of Object.entries({ magnitude, phase }))
      if (!isFloats(values) || values.length !== size)
        throw new PhaselensError('invalid-argument', `For ${height} x ${width}, ${name} is a Float32Array of ${size} values.`);
    const data = await this.#worker.call('fourierInverse', { magnitude, phase, height, width });
    return { data, height, width };
  }

  /**
   * Mean power at each radius, 0 to 128 cycles per 256 pixels, of the image's brightness (0.299 R + 0.587 G + 0.114 B), less its mean
   * and under a Hann window, for photos do not go on over their borders; divided by height x width. 0 where no frequency has the radius.
   */
  async radialPower(image: FloatImage | Frame): Promise<Float32Array> {
    const copy = readImage(image);
    return this.#worker.call('fourierRadialPower', { image: copy }, [copy.data.buffer as ArrayBuffer]);
  }

  /** Ends the worker; what is not answered yet is rejected with 'disposed'. */
  async dispose(): Promise<void> {
    await this.#worker.terminate(new PhaselensError('disposed', 'This transform was disposed of.'));
  }
}
