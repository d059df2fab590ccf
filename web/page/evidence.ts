/** What the unit makes of photos and noise, measured in spare time: the scale of its score, and the photos that excite it most. */
import type { Excited, Exciting } from '../fields/excited';
import type { Photos } from '../fields/photos';
import type { Loaded } from '../models/models';
import { noiseOf } from '../models/noise';
import { type Photo, packagedPhotos } from '../models/photos';
import type { Api, Frame } from '../phaselens';
import { type Scale, valueText } from '../picture/scale';
import { type Question, Responses, rangeOfValues, regionOf } from '../run/responses';
import type { Spare, SpareTime } from '../run/spare';
import { isOfUnit, type Picture } from '../run/state';

export interface EvidenceParts {
  spare: SpareTime;
  photos: Photos;
  scale: Scale;
  excited: Excited;
  api(): Promise<Api>;
}

/** A unit, and what of it is asked for. */
interface Place {
  loaded: Loaded;
  asked: Question;
  unit: number;
}

const photosThatCome = 12;

export class Evidence implements Spare {
  #place: Place | undefined;
  #frame: Frame | undefined; // of the picture on show, once it is of that unit
  #packaged: readonly Photo[] = [];
  #noise: readonly Frame[] = [];
  #lacks = { photos: true, noise: true }; // what comes with the page and is not here yet
  readonly #responses = new Responses();

  constructor(private readonly parts: EvidenceParts) {}

  /** What is asked for. */
  show(loaded: Loaded, picture: Picture): void {
    const { layer, unit, tokens } = picture;
    const info = loaded.layers.find(({ name }) => name === layer);
    const one = isOfUnit(picture) && info?.runs && unit < info.units;
    this.#place = one ? { loaded, asked: { layer: info, tokens }, unit } : undefined;
    this.#frame = undefined;
    this.#lacks = { photos: this.#packaged.length === 0, noise: this.#noise.length === 0 };
    this.changed();
  }

  /** What photos reach, in words; nothing before it is known. */
  get photoRange(): string {
    const range = this.#place && this.#measured(this.#place).photos;
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
  async #measure(place: Place, image: Frame): Promise<void> {
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

  #known({ loaded: { model }, asked }: Place, image: Frame) {
    return this.#responses.of(model, asked, image);
  }

  #tell(): void {
    const { scale, excited } = this.parts;
    const place = this.#place;
    scale.show(place && this.#measured(place));
    void excited.show(place && this.#exciting(place));
  }

  /** Ranges of all photos and all noise, or none. */
  #measured(place: Place) {
    const mean = (image: Frame) => this.#known(place, image)?.mean[place.unit];
    const range = (images: readonly Frame[]) => {
      const values = images.map(mean).filter((value) => value !== undefined);
      return values.length === images.length ? rangeOfValues(values) : undefined;
    };
    const photos = this.#lacks.photos ? [] : this.#photos.map(({ frame }) => frame);
    return { picture: this.#frame && mean(this.#frame), photos: range(photos), noise: range(this.#noise) };
  }

  /** The most exciting first; as long as not all are measured, how many there will be. Nothing where there are none. */
  #exciting(place: Place): Exciting[] | number | undefined {
    const photos = this.#photos;
    const known = photos.flatMap(({ name, frame }) => {
      const response = this.#known(place, frame);
      return response ? [{ name, frame, value: response.highest[place.unit]!, response }] : [];
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
        region: regionOf(frame, grid, at[place.unit]!),
      }));
  }
}
