/** How far the networks that judge pictures agree with the picture's own, on the picture and on photos: measured in spare time. */
import { classOf } from '../models/guesses';
import { type Judge, type Namer, type Naming, nameOf, sentenceOf } from '../models/judges';
import type { Loaded } from '../models/models';
import { type Photo, packagedPhotos } from '../models/photos';
import type { Frame } from '../phaselens';
import type { JudgedView } from '../picture/judged';
import type { Spare, SpareTime } from '../run/spare';
import type { Picture } from '../run/state';

export interface JudgedParts {
  spare: SpareTime;
  /** The fold that it stands in: nothing is measured while that is closed. */
  fold: HTMLDetailsElement;
  possible(): boolean;
  judges(): readonly Judge[];
}

interface Shown {
  loaded: Loaded;
  picture: Picture;
  frame: Frame;
}

export class Judged implements Spare {
  #shown: Shown | undefined;
  #photos: readonly Photo[] | undefined;
  readonly #namings = new WeakMap<Namer, WeakMap<Frame, Naming>>();

  constructor(
    private readonly view: JudgedView,
    private readonly parts: JudgedParts,
  ) {
    parts.fold.addEventListener('toggle', () => this.changed());
  }

  /** Another picture begins. */
  begin(): void {
    this.#shown = undefined;
    this.changed();
  }

  /** The picture on show as it forms. */
  grow(shown: Omit<Shown, 'frame'>, frame: Frame): void {
    this.#shown = { ...shown, frame };
  }

  /** Who is asked has changed, or a picture has ended. */
  changed(): void {
    this.#tell();
    this.parts.spare.wake(this);
  }

  next(): (() => Promise<void>) | undefined {
    const shown = this.#shown;
    if (!shown || !this.parts.fold.open || this.parts.judges().length === 0) return undefined;
    if (!this.#photos) return () => this.#fetchPhotos();
    const image = this.#images(shown).find((image) => !this.#isKnown(shown.loaded, image));
    return image && (() => this.#measure(shown, image));
  }

  /** A piece is short. */
  stop(): void {}

  /** What cannot be had is done without. */
  async #fetchPhotos(): Promise<void> {
    this.#photos = await packagedPhotos().catch(() => []);
  }

  /** Where somebody cannot answer, the page tells why elsewhere. */
  async #measure(shown: Shown, image: Frame): Promise<void> {
    try {
      const namers = this.#namers(shown.loaded);
      const namings = await Promise.all(namers.map((namer) => nameOf(namer, image)));
      namers.forEach((namer, i) => void this.#of(namer).set(image, namings[i]!));
    } catch {
      if (this.#shown === shown) this.#shown = undefined;
    }
    this.#tell();
  }

  #namers(loaded: Loaded): Namer[] {
    return [loaded, ...this.parts.judges()];
  }

  #images({ frame }: Shown): Frame[] {
    return [frame, ...(this.#photos ?? []).map((photo) => photo.frame)];
  }

  #of(namer: Namer): WeakMap<Frame, Naming> {
    const known = this.#namings.get(namer) ?? new WeakMap<Frame, Naming>();
    this.#namings.set(namer, known);
    return known;
  }

  #isKnown(loaded: Loaded, image: Frame): boolean {
    return this.#namers(loaded).every((namer) => this.#of(namer).has(image));
  }

  // ---- what is told

  #tell(): void {
    const judges = this.parts.judges();
    const shown = this.#shown;
    const asked = { possible: this.parts.possible(), asked: judges.length > 0 };
    if (!asked.asked || !shown) return this.view.rest(asked, asked.asked ? 'Once the picture has ended.' : '');
    if (!this.#photos || !this.#images(shown).every((image) => this.#isKnown(shown.loaded, image)))
      return this.view.rest(asked, 'Asking them');
    const namings = judges.map((judge) => this.#of(judge).get(shown.frame)!);
    const right = classOf(shown.loaded, shown.picture);
    this.view.show(this.#shares(shown, right), sentenceOf(namings, right));
  }

  /** Only names that the judges have can be had by them. */
  #shares({ loaded, frame }: Shown, right: string | undefined) {
    const known = new Set(
      this.parts.judges().flatMap((judge) =>
        this.#of(judge)
          .get(frame)!
          .guesses.map(({ name }) => name),
      ),
    );
    if (!loaded.labels?.some((name) => known.has(name))) return [];
    const photos = (this.#photos ?? []).map((photo) => this.#alike(photo.frame, this.#first(loaded, photo.frame)));
    const judges = this.parts.judges().length;
    return [
      { what: 'This picture', alike: this.#alike(frame, right ?? this.#first(loaded, frame)), of: judges },
      { what: 'Photos', alike: photos.reduce((a, b) => a + b, 0), of: photos.length * judges },
      { what: 'Guessing', alike: 1, of: known.size },
    ].filter(({ of }) => of > 0);
  }

  /** How many of the judges have this name first. */
  #alike(image: Frame, name: string | undefined): number {
    return this.parts.judges().filter((judge) => this.#first(judge, image) === name).length;
  }

  #first(namer: Namer, image: Frame): string | undefined {
    return this.#of(namer).get(image)?.guesses[0]?.name;
  }
}
