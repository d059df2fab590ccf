/** The photos of the article, and the reader's own. */
import type { Frame } from '../phaselens';

export const side = 256;

export const photos: Readonly<Record<string, string>> = {
  cat: 'a cat',
  pavilion: 'a pavilion',
  coffee: 'a cup of coffee',
  astronaut: 'an astronaut',
  dahlia: 'a dahlia',
  rocket: 'a rocket',
  grass: 'grass',
};

/** The middle of an image, as large as it is square. */
function square(image: ImageBitmap): Frame {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const shorter = Math.min(image.width, image.height);
  context.drawImage(image, (image.width - shorter) / 2, (image.height - shorter) / 2, shorter, shorter, 0, 0, side, side);
  image.close();
  return context.getImageData(0, 0, side, side);
}

export const addressOf = (name: string): string => `photos/${name}.jpg`;

export async function loadPhoto(name: string): Promise<Frame> {
  const response = await fetch(addressOf(name));
  return square(await createImageBitmap(await response.blob()));
}

/** Rejects what is no image. */
export const readPhoto = async (file: Blob): Promise<Frame> => square(await createImageBitmap(file));
