/** Images as they come in and go out. */
import { PhaselensError } from './errors.js';
import { isClampedBytes, isFloats } from './kinds.js';
import { readWhole } from './option-values.js';
import type { PlainImage } from './protocol.js';

/** Floats, height x width x 3, RGB in [0, 1], row after row. */
export interface FloatImage {
  /** height x width x 3 values. */
  readonly data: Float32Array;
  /** In pixels, 1 to 16384. */
  readonly height: number;
  /** In pixels, 1 to 16384. */
  readonly width: number;
}

/** RGBA8, height x width x 4: what a canvas takes and gives. ImageData is one. */
export interface Frame {
  /** height x width x 4 values; alpha is not premultiplied. */
  readonly data: Uint8ClampedArray;
  /** In pixels, 1 to 16384. */
  readonly height: number;
  /** In pixels, 1 to 16384. */
  readonly width: number;
}

/** Of a side. */
const mostPixels = 16384;

/** A copy as floats that can be sent away; alpha is left out. */
export function readImage(image: FloatImage | Frame): PlainImage {
  const { data, height, width } = image ?? {};
  const fail = (what: string): never => {
    throw new PhaselensError('invalid-argument', `An image is {data, height, width}: ${what}.`);
  };
  readWhole("An image's height", height, 1, mostPixels);
  readWhole("An image's width", width, 1, mostPixels);
  const floats = isFloats(data);
  if (!floats && !isClampedBytes(data)) fail('data is a Float32Array (RGB) or a Uint8ClampedArray (RGBA)');
  const channels = floats ? 3 : 4;
  if (data.length !== height * width * channels) {
    fail(`${height} x ${width} x ${channels} are ${height * width * channels} values, and data holds ${data.length}`);
  }
  return { data: floats ? new Float32Array(data) : rgbOf(data), height, width };
}

function rgbOf(rgba: ArrayLike<number>): Float32Array {
  const rgb = new Float32Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]! / 255;
    rgb[to + 1] = rgba[from + 1]! / 255;
    rgb[to + 2] = rgba[from + 2]! / 255;
  }
  return rgb;
}
