/** <phase-lens>: a picture of what a unit looks for, as an element of a page. This file defines no element by itself: see define.ts. */

import {
  type ConfigOptions,
  type FrameOptions,
  frameNames,
  type LoadOptions,
  type Model,
  type Objective,
  objectiveOf,
  PhaselensError,
  type Progress,
  rivalOf,
  type Step,
  type VisualizeOptions,
} from '../api/index.js';
import { adoptProperties, attributes, defineProperties, forgetPixels, type GivenImages, readOptions } from './attributes.js';
import { loadImages, nameOf } from './photos.js';
import { type Plan, Player, type State } from './player.js';
import { wantsLess, watch } from './seen.js';
import { View } from './view.js';
import { nameUnit, numbersOf, pictureOf, titleOf } from './words.js';

/** What the attributes say, as properties; setting one sets its attribute, undefined removes it. */
export interface PhaseLensProperties extends ConfigOptions, FrameOptions, GivenImages {
  /** Id of a packaged model, or the address of an ONNX file. */
  model?: string | undefined;
  /** Address of the names of the model's classes. */
  labels?: string | undefined;
  /** What the model expects; see LoadOptions. */
  preprocessing?: LoadOptions['preprocessing'] | undefined;
  /** Workers at most, 1 to 256. */
  workers?: number | undefined;
  /** The layer of the unit; the logits, where it is left out. */
  layer?: string | undefined;
  /** A unit of the layer: its number, or the name of a class. */
  unit?: number | string | undefined;
  /** Instead of layer and unit. */
  objective?: Objective | undefined;
  /** What a second picture beside it is made by: a parametrization or a preset. */
  compare?: string | undefined;
  /** Address of the image that is shown before there is a picture; of a comparison, both side by side. */
  poster?: string | undefined;
  /** What the picture shows, for those who do not see it; the name of the unit, where it is left out. */
  alt?: string | undefined;
  /** Begins when it is seen, where the reader has not asked for less motion or data. */
  autoplay?: boolean | undefined;
  /** Buttons and numbers below the picture. */
  controls?: boolean | undefined;
  /** The recipe; see VisualizeOptions. */
  preset?: string | undefined;
  /** Height and width in pixels, 32 to 4096. */
  size?: number | undefined;
  /** Instead of steps: about so long it may take. */
  seconds?: number | undefined;
  /** Address of a mean Fourier magnitude; see VisualizeOptions. */
  magnitude?: string | undefined;
  /** Address of the ONNX file that makes images; see VisualizeOptions. */
  generator?: string | undefined;
  /** Milliseconds from one frame to the next at least. */
  frameInterval?: number | undefined;
}

/** What the event `load` tells. */
export interface Loaded {
  /** Shared by the page's elements, which dispose of it. */
  model: Model;
}

/** The element's events by their names. All bubble but `error`, which the page's own window would take for one of its. */
export interface PhaseLensEventMap {
  /** The model is there. */
  load: CustomEvent<Loaded>;
  /** How far loading is. */
  progress: CustomEvent<Progress>;
  /** After each step that is shown. */
  step: CustomEvent<Step>;
  /** After the last step. */
  finish: CustomEvent<Step>;
  /** What is wrong. */
  error: CustomEvent<PhaselensError>;
}

/** Where there is no document, as in Node, the class can be imported and not made. */
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

export interface PhaseLens extends PhaseLensProperties {
  /** Of the element's own events. */
  addEventListener<K extends keyof PhaseLensEventMap>(
    type: K,
    listener: (this: PhaseLens, event: PhaseLensEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  /** Of all others. */
  addEventListener(...listener: Parameters<HTMLElement['addEventListener']>): void;
}

/** A picture of what a unit looks for, as an element of a page; `phaselens/define` gives it the name `phase-lens`. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the same
export class PhaseLens extends Base {
  /** Every attribute that it has. */
  static readonly observedAttributes: readonly string[] = attributes.map(({ attribute }) => attribute);

  #view: View | undefined;
  #unwatch: (() => void) | undefined;
  #player: Player | undefined;
  #recipe = '';
  #frame = '';
  #model: Model | undefined;
  /** There is a picture on the canvas. */
  #shown = false;
  /** Of the picture in the making. */
  #last: Step | undefined;
  /** Somebody wants it to play: the attribute autoplay, a script or the reader. */
  #asked = false;
  #seen = false;
  #changing = false;
  #callers: { resolve(): void; reject(error: unknown): void }[] = [];

  /** What it is at. */
  get state(): State {
    return this.#player?.state ?? 'idle';
  }

  /** Begins, or goes on, when it is seen; resolves with the first step that is shown. Rejects where it fails. */
  play(): Promise<void> {
    if (this.#isOver) this.#discard();
    this.#asked = true;
    const begun = new Promise<void>((resolve, reject) => this.#callers.push({ resolve, reject }));
    begun.catch(() => {}); // who does not wait hears of it by the event
    this.#sync(true);
    return begun;
  }

  /** Gives its turn to others; what was computed is kept. */
  pause(): void {
    this.#asked = false;
    this.#sync();
    const reason = new DOMException('The picture was paused before it began.', 'AbortError');
    for (const { reject } of this.#callers.splice(0)) reject(reason);
  }

  /** From the beginning. */
  restart(): Promise<void> {
    this.#discard();
    return this.play();
  }

  /** The picture as a file; PNG where nothing else is said. Rejects with 'invalid-argument' where there is none. */
  async toBlob(type?: string, quality?: number): Promise<Blob> {
    const canvas = this.#shown && this.#view!.canvas(0);
    const blob = canvas && (await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, type, quality)));
    if (blob) return blob;
    throw new PhaselensError(
      'invalid-argument',
      canvas ? 'The browser has no memory for this file.' : 'There is no picture yet.',
    );
  }

  /** What has been computed so far; model.resume goes on with it. Rejects with 'invalid-argument' before the first step and after the last. */
  async checkpoint(): Promise<Uint8Array> {
    if (this.#player) return this.#player.checkpoint();
    throw new PhaselensError('invalid-argument', 'This picture has not begun: there is nothing to go on with.');
  }

  static {
    defineProperties(PhaseLens.prototype, (lens) => (lens as PhaseLens).#change());
  }

  /** @internal */
  connectedCallback(): void {
    adoptProperties(this);
    this.#view ??= this.#makeView();
    this.#view.dress();
    this.#unwatch = watch(this, (seen) => {
      this.#seen = seen;
      this.#sync();
    });
    this.#update();
  }

  /** @internal */
  disconnectedCallback(): void {
    this.#unwatch?.();
    this.#seen = false;
    this.#sync();
    // One that is only moved comes back before this.
    setTimeout(() => this.isConnected || void this.#player?.rest());
  }

  /** @internal */
  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value) return;
    if (value !== null) forgetPixels(this, name);
    if (name === 'autoplay' && value !== null && !wantsLess()) this.#asked = true;
    this.#change();
  }

  /** All that changes at once is one change. */
  #change(): void {
    if (this.#changing) return;
    this.#changing = true;
    queueMicrotask(() => {
      this.#changing = false;
      if (this.isConnected) this.#update();
    });
  }

  #makeView(): View {
    const toggle = () => {
      if (this.#asked && !this.#isOver) this.pause();
      else void this.play();
    };
    const restart = () => void this.restart();
    return new View(this, { toggle, restart, transparency: () => (this.transparency = !this.transparency) });
  }

  get #isOver(): boolean {
    return this.state === 'finished' || this.state === 'failed';
  }

  /** All that the attributes say now. */
  #update(): void {
    const view = this.#view!;
    const options = readOptions(this) as VisualizeOptions;
    const { model, labels, preprocessing, workers, layer, unit, objective, compare, start, photos = [] } = this;
    const [frame, others] = part(options, frameNames);
    const images = [start && nameOf(start), ...photos.map(nameOf)];
    const recipe = JSON.stringify([model, labels, preprocessing, workers, layer, unit, objective, compare, images, others]);
    view.poster = this.poster;
    view.controls = this.controls === true;
    view.transparency = this.transparency === true;
    const shown = JSON.stringify(frame);
    if (recipe !== this.#recipe || (shown !== this.#frame && this.state === 'failed')) this.#begin(recipe, options);
    else if (shown !== this.#frame) void this.#show(frame);
    this.#frame = shown;
    view.label = this.alt ?? pictureOf(nameUnit(this, this.#model));
    this.#sync();
  }

  /** Another picture; it is made at once where there was one before. */
  #begin(recipe: string, { size, width = size ?? 1, height = size ?? 1 }: VisualizeOptions): void {
    this.#recipe = recipe;
    if (this.#shown || this.state === 'failed') this.#asked = true;
    this.#discard();
    this.#view!.aspect = `${width} / ${height}`;
    this.#view!.names =
      this.compare === undefined ? [''] : [this.parametrization ?? this.preset ?? 'maco', this.compare].map(titleOf);
  }

  #discard(): void {
    void this.#player?.end();
    this.#player = undefined;
  }

  async #show(frame: FrameOptions): Promise<void> {
    const player = this.#player;
    if ((await player?.show(frame)) === false && player === this.#player) void this.restart();
  }

  #sync(first = false): void {
    if (!this.#asked || !this.#seen) return this.#player?.pause();
    this.#player ??= new Player(this.#plan(), this.#events());
    this.#player.play(first);
  }

  #plan(): Plan {
    const options = readOptions(this) as VisualizeOptions;
    const { model, labels, preprocessing, workers, compare, start, photos } = this;
    const load = { ...(labels && { labels }), ...(preprocessing && { preprocessing }), ...(workers && { workers }) };
    return {
      wish: { source: model, options: load },
      recipes: async (loaded, signal) => {
        const objective = objectiveOf(this, loaded);
        const picture = { objective, options: { ...options, ...(await loadImages({ start, photos }, signal)) } };
        return compare === undefined ? [picture] : [picture, { objective, options: rivalOf(compare, picture, loaded) }];
      },
    };
  }

  /** Heard as long as the player is this element's. */
  #events(): ConstructorParameters<typeof Player>[1] {
    const view = this.#view!;
    return {
      progress: (progress) => this.#load(progress),
      loaded: (model) => this.#loaded(model),
      canvas: (place) => view.canvas(place),
      step: (step, place) => this.#step(step, place),
      state: (state, error) => this.#enter(state, error),
    };
  }

  #load(progress: Progress): void {
    const { phase, loaded, total } = progress;
    if (phase === 'download' && total)
      this.#view!.progress(loaded / total, `Loading the model, ${Math.round((100 * loaded) / total)} %`);
    else if (phase === 'download' && loaded > 1e5)
      this.#view!.progress(0, `Loading the model, ${(loaded / 1e6).toFixed(1)} MB so far`);
    this.#tell('progress', progress);
  }

  #loaded(model: Model): void {
    const same = this.#model === model;
    this.#model = model;
    this.#view!.label = this.alt ?? pictureOf(nameUnit(this, model));
    if (!same) this.#tell('load', { model });
  }

  #step(step: Step, place: number): void {
    const view = this.#view!;
    view.drawn(place);
    if (place > 0) return;
    const { index, steps, frame } = step;
    this.#last = step;
    this.#shown = true;
    view.aspect = `${frame.width} / ${frame.height}`;
    view.progress((index + 1) / steps, numbersOf(step));
    this.#tell('step', step);
    for (const { resolve } of this.#callers.splice(0)) resolve();
  }

  #enter(state: State, error?: unknown): void {
    this.#view!.state(state, error);
    if (state === 'finished') this.#finish();
    if (state !== 'failed') return;
    this.#asked = false;
    for (const place of [0, 1]) this.#view!.drawn(place, false);
    this.#shown = false;
    for (const { reject } of this.#callers.splice(0)) reject(error);
    this.#tell('error', error as PhaselensError);
  }

  /** The canvas has the picture: the step, which holds it once more, is let go. */
  #finish(): void {
    const last = this.#last!;
    this.#last = undefined;
    this.#tell('finish', last);
  }

  #tell<K extends keyof PhaseLensEventMap>(type: K, detail: PhaseLensEventMap[K]['detail']): void {
    this.dispatchEvent(new CustomEvent(type, { detail, bubbles: type !== 'error', composed: true }));
  }
}

/** Those of these names, and the others. */
function part(options: object, names: readonly string[]): [object, object] {
  const entries = Object.entries(options);
  const named = ([name]: [string, unknown]) => names.includes(name);
  return [Object.fromEntries(entries.filter(named)), Object.fromEntries(entries.filter((entry) => !named(entry)))];
}
