/** The photo: what it is, what the network says of it, where the unit looks, and what can be made of it. */

import { type Guess, lineOf } from '../models/guesses';
import { imageDataOf } from '../parts/pixels';
import type { Frame } from '../phaselens';
import { cells } from '../run/saliency';
import type { PhotoUse } from '../run/state';
import type { Photo } from './photos';

export interface YourPhotoParts {
  /** Before there is one. */
  invitation: HTMLElement;
  sample: HTMLButtonElement;
  card: HTMLElement;
  image: HTMLImageElement;
  name: HTMLElement;
  says: HTMLElement;
  guessesTitle: HTMLElement;
  guesses: HTMLElement;
  where: HTMLElement;
  map: HTMLCanvasElement;
  whereTitle: HTMLElement;
  uses: Record<PhotoUse, HTMLButtonElement>;
  /** The layers that can be walked through. */
  walk: HTMLElement;
  /** Beside the picture, while a photo is in use. */
  banner: HTMLElement;
  bannerImage: HTMLImageElement;
  bannerWords: HTMLElement;
  leave: readonly HTMLButtonElement[];
}

export interface YourPhotoEvents {
  sample(): void;
  use(use: PhotoUse): void;
  leave(): void;
}

const dimmest = 0.88; // of the dark that lies over what does not matter

export class YourPhotoView {
  constructor(
    private readonly parts: YourPhotoParts,
    on: YourPhotoEvents,
  ) {
    parts.sample.addEventListener('click', () => on.sample());
    for (const [use, button] of Object.entries(parts.uses)) button.addEventListener('click', () => on.use(use as PhotoUse));
    for (const button of parts.leave) button.addEventListener('click', () => on.leave());
  }

  set photo(photo: Photo | undefined) {
    const { invitation, card, image, name } = this.parts;
    invitation.hidden = photo !== undefined;
    card.hidden = photo === undefined;
    this.#clear();
    if (!photo) return;
    image.src = photo.url;
    image.alt = photo.name;
    name.textContent = photo.name;
  }

  /** One is needed. */
  invite(): void {
    this.parts.sample.scrollIntoView({ block: 'nearest' });
  }

  /** What the buttons are about: a layer that shows the photo, and the unit. */
  name(layer: string | undefined, unit: string): void {
    const { uses } = this.parts;
    uses.inversion.textContent = `What ${layer ?? 'a layer'} keeps of it`;
    uses.inversion.disabled = layer === undefined;
    uses.accentuation.textContent = `What “${unit}” would rather see`;
    uses.start.textContent = `Start “${unit}” from it`;
  }

  /** Of the picture that is asked for. */
  set use(use: PhotoUse | undefined) {
    const { uses, walk } = this.parts;
    for (const [name, button] of Object.entries(uses)) button.ariaPressed = String(name === use);
    walk.hidden = use !== 'inversion';
  }

  /** Beside the picture; nothing while no photo is in use. */
  set beside(words: { text: string; photo: Photo | undefined } | undefined) {
    const { banner, bannerImage, bannerWords } = this.parts;
    banner.hidden = words === undefined;
    if (!words) return;
    bannerWords.textContent = words.text;
    bannerImage.hidden = !words.photo;
    if (words.photo) bannerImage.src = words.photo.url;
  }

  /** Nothing where the model's classes have no names. */
  says(title: string, guesses: readonly Guess[]): void {
    this.parts.says.hidden = guesses.length === 0;
    this.parts.guessesTitle.textContent = title;
    this.parts.guesses.replaceChildren(...guesses.map((guess) => lineOf(guess)));
  }

  /** The photo, dark where the unit does not look. */
  async showWhere(unit: string, seen: Frame, map: Float32Array): Promise<void> {
    const { map: canvas, where, whereTitle } = this.parts;
    const { width, height } = seen;
    const photo = await createImageBitmap(imageDataOf(seen));
    const shade = new OffscreenCanvas(cells, cells);
    shade.getContext('2d')!.putImageData(shadeOf(map), 0, 0);
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext('2d')!;
    context.drawImage(photo, 0, 0);
    context.imageSmoothingQuality = 'high';
    context.drawImage(shade, 0, 0, width, height);
    photo.close();
    whereTitle.textContent = `Where “${unit}” hangs on it`;
    canvas.ariaLabel = `The photo, bright where “${unit}” hangs on it`;
    where.hidden = false;
  }

  #clear(): void {
    this.parts.where.hidden = true;
    this.parts.says.hidden = true;
  }
}

function shadeOf(map: Float32Array): ImageData {
  const pixels = new Uint8ClampedArray(4 * map.length);
  map.forEach((value, i) => (pixels[4 * i + 3] = 255 * dimmest * (1 - value)));
  return new ImageData(pixels, cells, cells);
}
