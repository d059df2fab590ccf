/** A magnitude of one's own: the mean over images, made in a worker. */

import { PhaselensError } from '../base/errors.js';
import { type FloatImage, type Frame, readImage } from '../base/image.js';
import { readWhole } from '../base/option-values.js';
import { readSignal, throwIfAborted } from '../base/signal.js';
import { type LoneOptions, startLone } from '../workers/lone.js';

/** All optional. */
export interface AverageOptions extends LoneOptions {
  /** Height and width of the images whose magnitude it is, 2 to 4096, the width even. Default 512. */
  size?: number;
  /** In place of `size`. */
  height?: number;
  /** In place of `size`; even. */
  width?: number;
  /** In decorrelated colour, as visualizations take it; else in RGB. Default true. */
  decorrelate?: boolean;
  /** Ends it: the signal's reason is thrown. */
  signal?: AbortSignal;
}

/**
 * The mean Fourier magnitude of images, as an npy file, which the option magnitude takes. Of each image its middle counts, as large as
 * the aspect ratio allows. Images are taken one at a time, and so may be a generator's.
 * Errors: 'invalid-argument' (a size, no image at all, what is no image), 'out-of-memory', 'no-simd', 'worker-failed', 'network'; an
 * abort throws the signal's reason.
 */
export async function averageSpectrum(
  images: Iterable<FloatImage | Frame> | AsyncIterable<FloatImage | Frame>,
  options: AverageOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { size = 512, height = size, width = size, decorrelate = true } = options;
  const signal = readSignal(options.signal);
  for (const [name, value] of Object.entries({ height, width })) readWhole(`The option ${name}`, value, 2, 4096);
  throwIfAborted(signal);
  const worker = await startLone(options);
  try {
    await worker.call('averageStart', { height, width, decorrelate });
    for await (const image of images) {
      throwIfAborted(signal);
      const copy = readImage(image);
      await worker.call('averageAdd', { image: copy }, [copy.data.buffer as ArrayBuffer]);
    }
    return (await worker.call('averageFinish', null)) as Uint8Array<ArrayBuffer>;
  } finally {
    await worker.terminate(new PhaselensError('disposed', 'The average is done.'));
  }
}
