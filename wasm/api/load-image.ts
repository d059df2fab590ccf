/** Photos as people have them, made pixels. */
import { cut, PhaselensError } from '../base/errors.js';
import type { Frame } from '../base/image.js';
import { isUrl } from '../base/kinds.js';
import { inNode } from '../base/platform.js';
import { readSource, type Source } from '../base/source.js';
import { explainFile } from './recognize.js';

/**
 * The pixels of an image file (height x width x 4, RGBA8), for the options `start` and `photos` and for whatever takes an image: an
 * address, relative to the page, or a File, a Blob, a Response or the bytes, in a format that the browser reads. Colours are those of the file,
 * whatever profile it has, and grey lies under what is transparent. In browsers and their workers alone: Node decodes no images.
 * Errors: 'network' (missing, a web page in its place, another origin that does not allow it), 'invalid-argument' (no image); an abort
 * throws the signal's reason.
 */
export async function loadImage(source: Source, { signal }: { signal?: AbortSignal } = {}): Promise<Frame> {
  if (inNode) {
    const message = 'Node decodes no images: give {data, height, width}, which a library such as fast-png makes of a file.';
    throw new PhaselensError('invalid-argument', message);
  }
  const file = await readSource(source, signal);
  const bitmap = await createImageBitmap(file, { colorSpaceConversion: 'none' }).catch(async (cause: unknown) => {
    const message = `${nameOf(source)} is no image that this browser can read.`;
    const more = await explainFile(file, 'image');
    throw new PhaselensError('invalid-argument', more === undefined ? message : `${message} ${more}`, { cause });
  });
  return pixelsOf(bitmap);
}

function nameOf(source: Source): string {
  if (isUrl(source)) return cut(source.href);
  return typeof source === 'string' ? cut(source) : 'What was given';
}

function pixelsOf(bitmap: ImageBitmap): Frame {
  const { height, width } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = '#808080';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
