/** The picture on show held against photos: those that excite its unit most, and what photos and noise reach at all. */
import { imageDataOf } from '../parts/pixels';
import type { Frame } from '../phaselens';
import { Excited, type Exciting } from './excited';
import { type Measured, Scale, type ScaleParts, valueText } from './scale';

export interface AgainstPhotosParts {
  box: HTMLElement;
  picture: HTMLCanvasElement;
  value: HTMLElement; // of the picture
  photos: HTMLElement;
  words: HTMLElement;
  scale: ScaleParts;
}

export interface Held {
  frame: Frame | undefined;
  measured: Measured;
  /** The most exciting first; as long as not all are measured, how many there will be. Nothing where there are none. */
  photos: readonly Exciting[] | number | undefined;
}

const most = 6; // photos beside the picture
const side = 160; // pixels of each: what the panel shows at most

export class AgainstPhotos {
  readonly #photos: Excited;
  readonly #scale: Scale;

  constructor(private readonly parts: AgainstPhotosParts) {
    this.#photos = new Excited({ box: parts.photos, list: parts.photos }, side);
    this.#scale = new Scale(parts.scale);
  }

  /** Nothing where there is no unit. The picture has no value before there is something to hold it against. */
  show(held: Held | undefined): void {
    this.parts.box.hidden = held === undefined;
    if (!held) return;
    const { photos, noise } = held.measured;
    const picture = (photos ?? noise) && held.measured.picture;
    this.#draw(picture === undefined ? undefined : held.frame);
    this.parts.value.textContent = picture === undefined ? '–' : valueText(picture);
    this.parts.words.textContent = wordsOf(held.photos, picture);
    void this.#photos.show(typeof held.photos === 'number' ? Math.min(most, held.photos) : held.photos?.slice(0, most));
    this.#scale.show({ picture, photos, noise });
  }

  #draw(frame: Frame | undefined): void {
    const { picture } = this.parts;
    Object.assign(picture, { width: frame?.width ?? side, height: frame?.height ?? side });
    if (frame) picture.getContext('2d')!.putImageData(imageDataOf(frame), 0, 0);
    picture.dataset.state = frame ? 'picture' : 'waiting';
  }
}

function wordsOf(photos: Held['photos'], picture: number | undefined): string {
  if (photos === undefined)
    return 'The photos that come with the page could not be had. A photo of yours, dropped anywhere, is measured too.';
  if (typeof photos === 'number') return 'Not measured yet: that is done while no picture is made.';
  return picture === undefined ? 'The picture is measured once it has ended.' : 'Photos of yours count too: drop them anywhere.';
}
