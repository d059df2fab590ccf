/**
 * Which picture is asked for, and how it is shown: what fields, buttons, files and the address say comes here, and from here it goes
 * to the run and back to the address.
 */
import type { Controls } from '../fields/controls';
import { classOf } from '../models/guesses';
import { found, goodUnit, missingModel, type Wish } from '../models/linked';
import type { Loaded, Source } from '../models/models';
import { sentence } from '../parts/notice';
import type { Frame, Objective, Progress } from '../phaselens';
import { fromHash, isFurther, type Linked, toHash, type View } from '../run/hash';
import { hasClassToken, namesPhotos, needsPhoto, objectiveIn } from '../run/objective';
import { photoRecipe, startsFromPhoto } from '../run/photo';
import type { Run } from '../run/refined';
import { Runs } from '../run/runs';
import type { Session } from '../run/session';
import {
  anotherSeed,
  furtherBy,
  type PhotoUse,
  type Picture,
  type Recipe,
  recipesOf,
  sameObjective,
  stepsOf,
  type Tokens,
} from '../run/state';
import type { OwnFiles } from './lacking';
import type { Opening } from './opening';

/** Whether the browser's history grows: by what the reader chose, and once by steps from unit to unit; not by what an address asked for. */
export type Entry = 'push' | 'step' | 'replace';

/** A picture that is to begin. */
export interface Start {
  loaded: Loaded;
  picture: Picture;
  steps: number;
  transparency: boolean;
  compare: boolean;
  /** It goes on with the one on show. */
  goesOn: boolean;
  /** From a checkpoint. */
  resumed: boolean;
  /** A generator makes its image. */
  generator: boolean;
  /** Its scores can be compared with those of the picture before. */
  same: boolean;
}

export interface AskedParts extends OwnFiles {
  opening: Opening;
  session: Session;
  controls: Controls;
}

export interface AskedEvents {
  starts(start: Start): void;
  /** Its options are known. */
  prepared(run: Run): void;
  transparent(on: boolean): void;
  /** The picture on show stands beside others from now on, or no longer. */
  compared(on: boolean): void;
  /** What it needs beside its model is on its way. */
  fetching(progress: Progress): void;
  missing(sentence: string): void;
  /** It is made with a photo, and there is none. */
  waits(loaded: Loaded, picture: Picture): void;
}

/** A picture that begins once there is a photo. */
interface Waiting {
  picture: Picture;
  checkpoint: Uint8Array | undefined;
}

export class Asked {
  picture: Picture | undefined; // the latest that was started
  view: View = { transparency: false, compare: false };
  #linked: (Linked & Wish) | undefined; // by the address, as long as its model is not here
  #left: Partial<Linked> = {}; // what the fields said of the model before
  #brought: Wish = {}; // the class that was shown of it, and what was made of a photo
  #before: Picture | undefined; // the latest without a photo, of this model
  #waiting: Waiting | undefined;
  #photo: Frame | undefined; // the first when the picture began
  #stepped = false; // the latest entry of the history is of steps

  constructor(
    private readonly parts: AskedParts,
    private readonly on: AskedEvents,
  ) {}

  // ---- the address

  /** What the address says that needs no model: the reader may change it while one is loaded, or open another. */
  read(): void {
    this.#take(fromHash(location.hash));
    this.#stepped = false;
  }

  /** It asks for a model that was opened here once. */
  get wantsFile(): boolean {
    return this.#linked?.model?.startsWith('file:') ?? false;
  }

  /** As if a link of this page's was followed. */
  visit(linked: Wish): void {
    this.#take({ recipe: {}, transparency: false, compare: false, ...linked });
    this.follow('push');
  }

  /** Shows what the address asks for, as far as it can be had. */
  follow(entry: Entry = 'replace'): void {
    const { opening } = this.parts;
    const { models } = opening;
    if (!models || !this.#linked) return;
    const linked = this.#linked;
    const source = linked.model === undefined ? models.first : models.find(linked.model);
    if (source) this.#linked = undefined;
    this.#once(source ?? models.first, (fields) => {
      this.showLinked(said(linked, fields), entry);
      if (!source) this.on.missing(missingModel(linked.model ?? '', opening.loaded));
    });
  }

  #take(linked: Linked & Wish): void {
    this.#linked = linked;
    this.view = { ...this.view, compare: linked.compare };
    this.transparency = linked.transparency;
    this.parts.controls.asked = linked;
  }

  // ---- models

  /** Another model, with the seed, the recipe and the class of before; a link that asked for it before it was here says the rest. */
  open(source: Source | undefined, then?: () => unknown): void {
    const opened = this.#opened(source);
    this.parts.opening.open(source, () => {
      opened();
      then?.();
    });
  }

  /** Pauses, resumes, or goes on with a picture that was stopped. */
  async pauseOrGoOn(): Promise<void> {
    const { session } = this.parts;
    if (session.state === 'running') session.pause();
    else if (session.state === 'paused') session.resume();
    else if (session.resumable && this.picture) this.show(this.picture, 'replace', await session.checkpoint());
  }

  /** Goes on from a checkpoint. */
  goOn(source: Source, linked: Wish, checkpoint: Uint8Array): void {
    this.view = { ...this.view, compare: false };
    this.#once(source, () => this.showLinked(linked, 'push', checkpoint));
  }

  /** When the model is there, which it may be; with what the fields then say of the one before. */
  #once(source: Source, then: (fields: Partial<Linked>) => void): void {
    const { opening } = this.parts;
    if (source.id !== opening.loaded?.source.id) return opening.open(source, () => then(this.#left));
    opening.stay();
    then(this.#fields);
  }

  /** The model again, with new workers, and the picture from a checkpoint on, or from its beginning. */
  reopen(checkpoint: Uint8Array | undefined): void {
    const { opening } = this.parts;
    opening.open(opening.wanted, () => this.showLinked(this.picture ?? {}, 'replace', checkpoint));
  }

  /** Weights that a model lacked. False where none did. */
  complete(data: File[]): boolean {
    return this.parts.opening.complete(data, this.#opened(undefined));
  }

  /** The work for the model before ends. */
  async leave(): Promise<void> {
    await this.parts.session.stop();
    const { loaded } = this.parts.opening;
    this.#left = this.#fields;
    this.#brought = loaded && this.picture ? broughtOf(loaded, this.picture) : {};
    this.#before = undefined;
  }

  /** The picture on show, of a model that was loaded anew. */
  readonly anew = (): void => this.showLinked(this.picture ?? {});

  /** The seed and the recipe of the fields, for another model. */
  get #fields(): Partial<Linked> {
    return { seed: this.parts.controls.seed, recipe: this.picture?.photo ? {} : this.parts.controls.changed };
  }

  #opened(source: Source | undefined): () => void {
    return () => {
      const linked = this.#linked?.model === source?.id ? this.#linked : undefined;
      if (linked) this.#linked = undefined;
      this.showLinked(linked ? said(linked, this.#left) : { ...this.#left, ...this.#brought });
    };
  }

  // ---- pictures

  /** Another layer or unit, by the recipe of the fields. A layer alone leaves the unit to the page. */
  choose({ layer, unit }: { layer: string; unit?: number }): void {
    if (!this.picture) return;
    const shown = unit === undefined ? this.picture : this.#ofUnit(this.picture);
    this.#showOf(shown, { layer, unit: unit ?? goodUnit(this.parts.opening.loaded, layer) });
  }

  /** A unit beside the one before. */
  step(chosen: { layer: string; unit: number }): void {
    if (this.picture) this.#showOf(this.#ofUnit(this.picture), chosen, 'step');
  }

  /** Nothing for the tokens of the patches. */
  over(tokens: Tokens | undefined): void {
    if (!this.picture) return;
    const { tokens: _, ...picture } = this.picture;
    this.#showOf(picture, tokens ? { tokens } : {});
  }

  anotherSeed(): void {
    const { picture } = this;
    if (picture) this.show({ ...picture, recipe: this.parts.controls.recipe, seed: anotherSeed(picture.seed) });
  }

  /** What the photo is for, and where in the network that is; the fields then say how it is made. */
  use(photo: PhotoUse, { layer, unit = goodUnit(this.parts.opening.loaded, layer) }: { layer: string; unit?: number }): void {
    const { picture } = this;
    const { loaded } = this.parts.opening;
    if (!picture || !loaded) return;
    const chosen = { layer, unit };
    const recipe = photoRecipe(photo, loaded.model);
    if (!needsPhoto(picture)) this.#before = { ...picture, recipe: this.parts.controls.recipe };
    this.show({ ...picture, ...chosen, objective: undefined, photo, recipe, seed: this.parts.controls.seed });
  }

  /** Everything as it was before a photo was used, which may be in a link. */
  leavePhoto(): void {
    if (this.picture && needsPhoto(this.picture)) this.show(this.#before ?? this.#withoutPhoto(this.picture));
  }

  /** There may be another photo now: what waited for one begins, and what is made of one is made of this one. */
  supplied(): void {
    const { first } = this.parts.photos;
    if (!first || !this.picture || first.frame === this.#photo) return;
    if (this.#waiting) this.show(this.#waiting.picture, 'replace', this.#waiting.checkpoint);
    else if (this.picture.photo) this.show(this.picture);
  }

  /** The picture on show goes on, at a larger size or with more steps; one that was stopped does its own steps first. */
  async further(stage: 'f' | 'm'): Promise<void> {
    const { picture } = this;
    const { session } = this.parts;
    const checkpoint = session.resumable ? await session.checkpoint() : undefined;
    if (picture && picture === this.picture)
      this.show({ ...picture, recipe: furtherBy(stage, picture.recipe) }, 'push', checkpoint);
  }

  /** What the fields say; an objective that is no JSON is told beside its field. */
  readonly start = (): void => {
    const { controls } = this.parts;
    if (!this.picture || !controls.check()) return;
    try {
      this.show({ ...this.picture, objective: controls.objective, recipe: controls.recipe, seed: controls.seed });
    } catch (error) {
      controls.refusal = sentence(error);
    }
  };

  /** What the fields say, but for the objective. */
  startWith(objective: Objective, further: Partial<Recipe>): void {
    const { recipe, seed } = this.parts.controls;
    if (this.picture)
      this.show({
        ...this.picture,
        photo: undefined,
        objective: JSON.stringify(objective),
        recipe: { ...recipe, ...further },
        seed,
      });
  }

  /** Starts what is asked for, as far as it can be had, and says what cannot. */
  showLinked(linked: Wish, entry: Entry = 'push', checkpoint?: Uint8Array): void {
    const { loaded } = this.parts.opening;
    if (!loaded) return;
    const { picture, missing } = found(linked, loaded);
    this.show(picture, entry, checkpoint);
    if (missing) this.on.missing(missing);
  }

  show(asked: Picture, entry: Entry = 'push', checkpoint?: Uint8Array): void {
    const { opening, session } = this.parts;
    const { loaded } = opening;
    if (!loaded) return;
    const picture = { ...fitted(asked, loaded), ...this.#sampled(asked) };
    const before = this.picture;
    const steps = stepsOf(picture.recipe);
    const goesOn = !checkpoint && session.state === 'finished' && before !== undefined && isFurther(picture, before, this.view);
    this.picture = picture;
    this.#remember(before ? entry : 'replace');
    this.#waiting = needsPhoto(picture) && !this.parts.photos.first ? { picture, checkpoint } : undefined;
    this.#photo = this.parts.photos.first?.frame;
    if (this.#waiting) return this.#wait(loaded, picture);
    const runs = this.#runs(picture, loaded);
    const { transparency, compare } = this.view;
    const same = before !== undefined && sameObjective(before, picture);
    const generator = this.parts.generator.file !== undefined;
    const resumed = checkpoint !== undefined;
    this.on.starts({ loaded, picture, steps, transparency, compare, goesOn, resumed, generator, same });
    session.start({
      steps,
      begin: async (shown) => this.#prepared(checkpoint ? await runs.resume(checkpoint) : runs.begin(shown)),
      goesOn,
      beside: compare ? runs.beside : [],
      note: toHash(picture, { ...this.view, compare: false }),
    });
  }

  /** Whether the photo is the one that comes with the page; before there is one, the address says it. */
  #sampled({ photo, sample }: Picture): Pick<Picture, 'sample'> {
    const { first } = this.parts.photos;
    return { sample: photo && (first ? first.sample : sample) ? true : undefined };
  }

  #withoutPhoto(picture: Picture): Picture {
    const { loaded } = this.parts.opening;
    const recipe = this.#before?.recipe ?? recipesOf(loaded?.model).quick;
    return { ...picture, objective: undefined, photo: undefined, recipe };
  }

  /** What a layer keeps of the photo is of no unit. */
  #ofUnit(picture: Picture): Picture {
    return picture.photo === 'inversion' ? this.#withoutPhoto(picture) : picture;
  }

  #wait(loaded: Loaded, picture: Picture): void {
    void this.parts.session.stop();
    this.on.waits(loaded, picture);
  }

  #showOf(picture: Picture, chosen: Partial<Picture>, entry: Entry = 'push'): void {
    const recipe = picture.photo === this.picture?.photo ? this.parts.controls.recipe : picture.recipe;
    this.show({ ...picture, ...chosen, objective: undefined, recipe }, entry);
  }

  // ---- how it is shown

  /** Beside others, or alone: the picture on show stays, and goes on as it would have. */
  async compare(on: boolean): Promise<void> {
    const { opening, session } = this.parts;
    this.view = { ...this.view, compare: on };
    if (!this.picture || !opening.loaded) return;
    const stays = !this.#waiting && session.takesCompanions;
    if (on && !stays) return this.show(this.picture, 'replace', session.resumable ? await session.checkpoint() : undefined);
    this.#remember('replace');
    this.on.compared(on);
    if (on) session.accompany(this.#runs(this.picture, opening.loaded).beside);
    else await session.leave();
  }

  set transparency(on: boolean) {
    this.view = { ...this.view, transparency: on };
    if (this.picture) history.replaceState(null, '', toHash(this.picture, this.view));
    this.on.transparent(on);
  }

  #remember(entry: Entry): void {
    const hash = this.picture ? toHash(this.picture, this.view) : '';
    const grows = entry === 'push' || (entry === 'step' && !this.#stepped);
    if (hash !== location.hash) history[grows ? 'pushState' : 'replaceState'](null, '', hash);
    this.#stepped = entry === 'step' || (entry === 'replace' && this.#stepped);
  }

  #prepared(run: Run): Run {
    this.on.prepared(run);
    return run;
  }

  #runs(picture: Picture, { model, early }: Loaded): Runs {
    const { photos, magnitude, generator } = this.parts;
    const objective = objectiveIn(picture, model, early);
    const own = {
      photos: namesPhotos(objective) ? photos.frames : undefined,
      start: startsFromPhoto(picture) ? photos.first?.frame : undefined,
      magnitude: magnitude.file,
      generator: generator.file,
      generatorData: generator.data,
    };
    const { transparency } = this.view;
    return new Runs(model, objective, picture, own, { transparency, onProgress: this.on.fetching });
  }
}

/** What a link says, and what the fields say by now, which have none for how a picture is gone on with. */
function said(linked: Linked & Wish, fields: Partial<Linked>): Wish {
  const recipe = fields.recipe ?? linked.recipe;
  return { ...linked, ...fields, recipe: { ...recipe, onward: linked.recipe.onward } };
}

/** To another model, which may have a class of the same name. */
function broughtOf(loaded: Loaded, picture: Picture): Wish {
  const label = classOf(loaded, picture);
  const { photo, sample } = picture;
  return { ...(label === undefined ? {} : { label }), photo, sample };
}

/** As the model can make it: an address may name any preset, and tokens of a layer that has none. */
function fitted(picture: Picture, { model, layers, cropSize = picture.recipe.cropSize }: Loaded): Picture {
  const { preset, ...numbers } = picture.recipe;
  const known = preset !== undefined && model.presets.includes(preset);
  const { tokens, ...rest } = picture;
  return {
    ...rest,
    ...(tokens && hasClassToken(layers, picture.layer) ? { tokens } : {}),
    recipe: { ...numbers, cropSize, ...(known ? { preset } : {}) },
  };
}
