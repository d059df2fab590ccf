/** What the unit makes of photos and noise, measured in spare time: the scale of its score, and the photos that excite it most. */
import type { Photos } from '../fields/photos';
import type { Loaded } from '../models/models';
import { noiseOf } from '../models/noise';
import { type Photo, packagedPhotos } from '../models/photos';
import type { Api, Frame } from '../phaselens';
import type { AgainstPhotos } from '../picture/against-photos';
import type { Excited, Exciting } from '../picture/excited';
import { type Measured, type Scale, valueText } from '../picture/scale';
import { Responses, rangeOfValues, regionOf } from '../run/responses';
import type { Spare, SpareTime } from '../run/spare';
import type { Picture } from '../run/state';
import { type UnitShown, unitShown } from './unit-shown';

export interface EvidenceParts {
  spare: SpareTime;
  photos: Photos;
  scale: Scale;
  excited: Excited;
  against: AgainstPhotos;
  api(): Promise<Api>;
}

const photosThatCome = 12;

export class Evidence implements Spare {
  #place: UnitShown | undefined;
  #frame: Frame | undefined; // of the picture on show, once it is of that unit
  #packaged: readonly Photo[] = [];
  #noise: readonly Frame[] = [];
  #lacks = { photos: true, noise: true }; // what comes with the page and is not here yet
  readonly #responses = new Responses();

  constructor(private readonly parts: EvidenceParts) {}

  /** What is asked for. */
  show(loaded: Loaded, picture: Picture): void {
    this.#place = unitShown(loaded, picture);
    this.#frame = undefined;
    this.#lacks = { photos: this.#packaged.length === 0, noise: this.#noise.length === 0 };
    this.changed();
  }

  /** What photos reach, in words; nothing before it is known. */
  get photoRange(): string {
    const range = this.#place && this.#measured(this.#place, 'mean').photos;
    return range ? `${valueText(range.lowest)} to ${valueText(range.highest)}` : '';
  }

  /** The picture on show as it forms. */
  grow(frame: Frame): void {
    this.#frame = frame;
  }

  /** Other photos, or another unit. */
  changed(): void {
    this.#tell();
    this.parts.spare.wake(this);
  }

  next(): (() => Promise<void>) | undefined {
    const place = this.#place;
    if (!place) return undefined;
    const image = this.#images.find((image) => !this.#known(place, image));
    if (image) return () => this.#measure(place, image);
    if (this.#lacks.photos) return () => this.#fetchPhotos();
    return this.#lacks.noise && this.#packaged.length > 0 ? () => this.#makeNoise() : undefined;
  }

  /** A piece is short. */
  stop(): void {}

  // ---- in spare time

  /** Where that fails, the picture tells what is wrong with a layer or a model. */
  async #measure(place: UnitShown, image: Frame): Promise<void> {
    try {
      await this.#responses.measure(place.loaded.model, place.asked, image);
    } catch {
      if (this.#place === place) this.#place = undefined;
    }
    this.#tell();
  }

  /** What cannot be had is done without, until another picture is asked for. */
  async #fetchPhotos(): Promise<void> {
    this.#packaged = await packagedPhotos().catch(() => []);
    this.#lacks.photos = false;
    this.#tell();
  }

  async #makeNoise(): Promise<void> {
    const frames = this.#packaged.map(({ frame }) => frame);
    this.#noise = await noiseOf(frames, await this.parts.api()).catch(() => []);
    this.#lacks.noise = false;
  }

  // ---- what is known

  get #photos(): readonly Photo[] {
    const { named } = this.parts.photos;
    return [...named, ...this.#packaged.filter(({ frame }) => !named.some((photo) => photo.frame === frame))]; // one may be both
  }

  get #images(): Frame[] {
    const photos = this.#photos.map(({ frame }) => frame);
    return [...(this.#frame ? [this.#frame] : []), ...photos, ...this.#noise];
  }

  #known({ loaded: { model }, asked }: UnitShown, image: Frame) {
    return this.#responses.of(model, asked, image);
  }

  #tell(): void {
    const { scale, excited, against } = this.parts;
    const place = this.#place;
    const photos = place && this.#exciting(place);
    scale.show(place && this.#measured(place, 'mean'));
    void excited.show(photos);
    against.show(place && { frame: this.#frame, measured: this.#measured(place, 'highest'), photos });
  }

  /** Ranges of all photos and all noise, or none. */
  #measured(place: UnitShown, of: 'mean' | 'highest'): Measured {
    const value = (image: Frame) => this.#known(place, image)?.[of][place.picture.unit];
    const range = (images: readonly Frame[]) => {
      const values = images.map(value).filter((value) => value !== undefined);
      return values.length === images.length ? rangeOfValues(values) : undefined;
    };
    const photos = this.#lacks.photos ? [] : this.#photos.map(({ frame }) => frame);
    return { picture: this.#frame && value(this.#frame), photos: range(photos), noise: range(this.#noise) };
  }

  /** The most exciting first; as long as not all are measured, how many there will be. Nothing where there are none. */
  #exciting(place: UnitShown): Exciting[] | number | undefined {
    const photos = this.#photos;
    const known = photos.flatMap(({ name, frame }) => {
      const response = this.#known(place, frame);
      return response ? [{ name, frame, value: response.highest[place.picture.unit]!, response }] : [];
    });
    if (this.#lacks.photos) return this.parts.photos.named.length + photosThatCome;
    if (known.length < photos.length) return photos.length;
    if (photos.length === 0) return undefined;
    return known
      .sort((a, b) => b.value - a.value)
      .map(({ name, frame, value, response: { grid, at } }) => ({
        name,
        frame,
        value: valueText(value),
        region: regionOf(frame, grid, at[place.picture.unit]!),
      }));
  }
}
