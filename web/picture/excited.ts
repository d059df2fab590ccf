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

export class Excited {
  #shown: readonly Exciting[] | number | undefined;

  /** Each of so many pixels a side. */
  constructor(
    private readonly parts: ExcitedParts,
    private readonly side: number,
  ) {}

  /** Nothing where there is no unit; places for so many, as long as they are not measured. */
  async show(photos: readonly Exciting[] | number | undefined): Promise<void> {
    const { box, list } = this.parts;
    if (isSame(photos, this.#shown)) return;
    this.#shown = photos;
    box.hidden = photos === undefined;
    if (photos === undefined) return;
    const { side } = this;
    const items =
      typeof photos === 'number' ? Array.from({ length: photos }, () => empty(side)) : photos.map((one) => made(one, side));
    const all = await Promise.all(items);
    if (photos !== this.#shown) return;
    list.replaceChildren(...all);
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

function empty(side: number): HTMLElement {
  const item = document.createElement('li');
  const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
  item.append(canvas, document.createElement('span'), Object.assign(document.createElement('b'), { textContent: '–' }));
  return item;
}

async function made({ name, frame, value, region }: Exciting, side: number): Promise<HTMLElement> {
  const item = empty(side);
  const picture = item.querySelector('canvas')!;
  const pixels = imageDataOf(frame);
  const image = await createImageBitmap(pixels, region.x, region.y, region.side, region.side);
  picture.getContext('2d')!.drawImage(image, 0, 0, side, side);
  image.close();
  picture.dataset.state = 'picture';
  picture.role = 'img';
  picture.ariaLabel = name;
  item.title = name;
  item.querySelector('span')!.textContent = name;
  item.querySelector('b')!.textContent = value;
  return item;
}
