/** Images that the element begins from or stays near: addresses, files, or pixels. */
import { type FloatImage, type Frame, loadImage, type VisualizeOptions } from '../api/index.js';
import type { GivenImage, GivenImages } from './attributes.js';

const numbers = new WeakMap<object, number>();
let count = 0;

/** What tells an image from others in a text: its address, or a number of its own. */
export function nameOf(image: GivenImage): string {
  if (typeof image !== 'object' || image === null || 'href' in image) return String(image);
  const number = numbers.get(image) ?? ++count;
  numbers.set(image, number);
  return `#${number}`;
}

const isPixels = (image: GivenImage): image is FloatImage | Frame =>
  typeof image === 'object' && image !== null && 'data' in image;

/** Fetched by the page's rules, all at once. Errors: those of loadImage. */
export async function loadImages(
  { start, photos }: GivenImages,
  signal: AbortSignal,
): Promise<Pick<VisualizeOptions, 'start' | 'photos'>> {
  const load = (image: GivenImage) => (isPixels(image) ? image : loadImage(image, { signal }));
  const [first, others] = await Promise.all([start && load(start), photos && Promise.all(photos.map(load))]);
  return { ...(first && { start: first }), ...(others && { photos: others }) };
}
