/** Photos in the order of how much they excite the unit, each cut to where they do. */
import { imageDataOf } from '../parts/pixels';
import type { Frame } from '../phaselens';

export interface ExcitedParts {
  box: HTMLElement;
  list: HTMLElement;
}

export interface Exciting {
  name: string;
  frame: Frame;
  value: string;
  region: { x: number; y: number; side: number };
}

const side = 60; // pixels of a small picture

export class Excited {
  #shown: readonly Exciting[] | number | undefined;

  constructor(private readonly parts: ExcitedParts) {}

  /** Nothing where there is no unit; places for so many, as long as they are not measured. */
  async show(photos: readonly Exciting[] | number | undefined): Promise<void> {
    const { box, list } = this.parts;
    if (isSame(photos, this.#shown)) return;
    this.#shown = photos;
    box.hidden = photos === undefined;
    if (photos === undefined) return;
    const items = await Promise.all(typeof photos === 'number' ? Array.from({ length: photos }, empty) : photos.map(made));
    if (photos !== this.#shown) return;
    list.replaceChildren(...items);
    list.scrollLeft = 0;
  }
}

function isSame(a: readonly Exciting[] | number | undefined, b: readonly Exciting[] | number | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.length === b.length && a.every((photo, i) => isSamePhoto(photo, b[i]!));
}

function isSamePhoto(a: Exciting, b: Exciting): boolean {
  return a.frame === b.frame && a.value === b.value && a.region.x === b.region.x && a.region.y === b.region.y;
}

function empty(): HTMLElement {
  const item = document.createElement('li');
  item.append(canvas(), Object.assign(document.createElement('span'), { textContent: '–' }));
  return item;
}

async function made({ name, frame, value, region }: Exciting): Promise<HTMLElement> {
  const item = empty();
  const [picture, words] = [item.querySelector('canvas')!, item.querySelector('span')!];
  const pixels = imageDataOf(frame);
  const image = await createImageBitmap(pixels, region.x, region.y, region.side, region.side);
  picture.getContext('2d')!.drawImage(image, 0, 0, side, side);
  image.close();
  picture.dataset.state = 'picture';
  picture.role = 'img';
  picture.ariaLabel = name;
  item.title = name;
  words.textContent = value;
  return item;
}

const canvas = (): HTMLCanvasElement => Object.assign(document.createElement('canvas'), { width: side, height: side });
