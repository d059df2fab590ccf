/** The reader's photo: what is known of it is asked of the network, what can be made of it is asked for, and all ends when one leaves it. */

import type { Network } from '../fields/network';
import type { Photos } from '../fields/photos';
import type { YourPhotoView } from '../fields/your-photo';
import { guessesOf } from '../models/guesses';
import type { Loaded } from '../models/models';
import { catPhoto, catUrl } from '../models/photos';
import { type Notice, sentence } from '../parts/notice';
import { imageDataOf } from '../parts/pixels';
import type { Frame } from '../phaselens';
import { namesOf } from '../picture/readouts';
import { needsPhoto, objectiveIn } from '../run/objective';
import { saliencyOf } from '../run/saliency';
import { isOfUnit, type PhotoUse, type Picture } from '../run/state';
import type { Asked } from './asked';

export interface YourPhotoPageParts {
  view: YourPhotoView;
  blocks: Network;
  photos: Photos;
  notice: Notice;
  asked(): Asked;
}

const guessesShown = 5;

export class YourPhoto {
  #loaded: Loaded | undefined;
  #picture: Picture | undefined; // that is asked for
  #unit: Picture | undefined; // the latest that was of a unit
  #told = ''; // of which unit and photo the view tells

  constructor(private readonly parts: YourPhotoPageParts) {}

  set loaded(loaded: Loaded) {
    this.#loaded = loaded;
    this.#unit = undefined;
    this.parts.blocks.layers = loaded.model.layers;
  }

  /** What is asked for. */
  show(loaded: Loaded, picture: Picture): void {
    this.#loaded = loaded;
    this.#picture = picture;
    const isUnit = isOfUnit(picture);
    this.#unit = isUnit || this.#unit === undefined ? { ...picture, objective: undefined, photo: undefined } : this.#unit;
    this.parts.blocks.layer = picture.photo === 'inversion' ? picture.layer : undefined;
    this.#tell();
  }

  /** It is asked for, and there is no photo. */
  waits(loaded: Loaded, picture: Picture): void {
    const { notice, view } = this.parts;
    this.show(loaded, picture);
    if (picture.sample) return void this.takeSample();
    view.invite();
    notice.warn('This picture is made with a photo, which a link cannot hold: choose, drop or paste one.', {
      text: 'Take the sample',
      take: () => void this.takeSample(),
    });
  }

  /** There are other photos now. */
  changed(): void {
    this.#told = '';
    this.parts.view.photo = this.parts.photos.first;
    this.#tell();
    this.parts.asked().supplied();
  }

  use(photo: PhotoUse): void {
    const { early } = this.#loaded ?? {};
    if (photo !== 'inversion' && this.#unit) this.parts.asked().use(photo, this.#unit);
    else if (early !== undefined) this.walk(early);
  }

  /** Deeper, or back. */
  walk(layer: string): void {
    this.parts.asked().use('inversion', { layer });
  }

  async takeSample(): Promise<void> {
    try {
      this.parts.photos.take({ name: 'cat.jpg', url: catUrl, frame: await catPhoto() });
    } catch (error) {
      this.parts.notice.warn(`The sample photo cannot be had. ${sentence(error)}`);
    }
  }

  leave(): void {
    const { asked, photos } = this.parts;
    asked().leavePhoto();
    photos.clear();
  }

  #tell(): void {
    const { view, photos } = this.parts;
    const [loaded, picture, unit] = [this.#loaded, this.#picture, this.#unit];
    if (!loaded || !picture || !unit) return;
    const { title } = namesOf(loaded, unit);
    const inUse = needsPhoto(picture);
    view.name(loaded.early, title);
    view.use = picture.photo;
    view.beside = inUse ? { text: wordsOf(photos.first?.name), photo: photos.first } : undefined;
    void this.#ask(loaded, unit, title);
  }

  /** Once of each unit and photo. */
  async #ask(loaded: Loaded, unit: Picture, title: string): Promise<void> {
    const { photos, view } = this.parts;
    const { first } = photos;
    const objective = objectiveIn(unit, loaded.model);
    const key = JSON.stringify([loaded.source.id, loaded.labels?.length, first?.url, objective]);
    if (!first || key === this.#told) return;
    this.#told = key;
    const { model, source } = loaded;
    const seen = await seenBy(loaded, first.frame);
    const says = async () => {
      const guesses = await guessesOf(loaded, seen, guessesShown);
      if (this.#told === key) view.says(`${source.title} says`, guesses);
    };
    const where = async () => {
      const { gradient } = await model.gradient(seen, objective);
      if (this.#told === key) await view.showWhere(title, seen, saliencyOf(gradient));
    };
    await Promise.all([says(), where()]).catch(() => {}); // the picture tells what is wrong with a layer or a model
  }
}

const wordsOf = (name: string | undefined): string =>
  name === undefined ? 'Made with a photo' : `Made with your photo, ${name}`;

/** At the size of the network's input: its gradient then has no more pixels than the network sees. */
async function seenBy({ model: { input } }: Loaded, frame: Frame): Promise<Frame> {
  const whole = await createImageBitmap(imageDataOf(frame));
  const context = new OffscreenCanvas(input.width, input.height).getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(whole, 0, 0, input.width, input.height);
  whole.close();
  return context.getImageData(0, 0, input.width, input.height);
}
