/** The photos that come with the page: photos.py makes them, LICENCES.md beside them says whose they are. */
import type { Frame } from '../phaselens';

export interface Photo {
  name: string;
  frame: Frame;
}

const names = [
  'cat',
  'raccoon',
  'dahlia',
  'coffee',
  'astronaut',
  'photographer',
  'pavilion',
  'rocket',
  'galaxies',
  'grass',
  'gravel',
  'bricks',
] as const;

const addressOf = (name: string): string => new URL(`photos/${name}.jpg`, document.baseURI).href;

export const catUrl = addressOf('cat');

const pixels = new Map<string, Promise<Frame>>();

export const catPhoto = (): Promise<Frame> => read('cat');

/** All of them. */
export function packagedPhotos(): Promise<Photo[]> {
  return Promise.all(names.map(async (name) => ({ name, frame: await read(name) })));
}

/** Once each; what could not be had may be asked for again. */
function read(name: string): Promise<Frame> {
  const known = pixels.get(name);
  if (known !== undefined) return known;
  const frame = fetched(addressOf(name));
  pixels.set(name, frame);
  frame.catch(() => pixels.delete(name));
  return frame;
}

async function fetched(url: string): Promise<Frame> {
  const photo = new Image();
  photo.src = url;
  await photo.decode();
  const context = new OffscreenCanvas(photo.naturalWidth, photo.naturalHeight).getContext('2d')!;
  context.drawImage(photo, 0, 0);
  return context.getImageData(0, 0, photo.naturalWidth, photo.naturalHeight);
}
