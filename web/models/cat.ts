/** The photo that comes with the page: the cat Chelsea, by Stéfan van der Walt, CC0. */
import type { Frame } from '../phaselens';

export const catUrl = new URL('cat.jpg', document.baseURI).href;

let pixels: Promise<Frame> | undefined;

/** Read once. */
export function catPhoto(): Promise<Frame> {
  return (pixels ??= read());
}

async function read(): Promise<Frame> {
  const photo = new Image();
  photo.src = catUrl;
  await photo.decode();
  const context = new OffscreenCanvas(photo.naturalWidth, photo.naturalHeight).getContext('2d')!;
  context.drawImage(photo, 0, 0);
  return context.getImageData(0, 0, photo.naturalWidth, photo.naturalHeight);
}
