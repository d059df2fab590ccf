/** One picture, or two that are compared, in the making: it waits for its turn, and what gives way goes on later with the same bits. */

import {
  drawFrame,
  type Frame,
  type FrameOptions,
  type Model,
  type Objective,
  PhaselensError,
  type Progress,
  type Step,
  Turns,
  type Visualization,
  type VisualizeOptions,
} from '../api/index.js';
import { borrow, type Lease, type ModelWish } from './models.js';

/** What an element is at. */
export type State = 'idle' | 'loading' | 'waiting' | 'playing' | 'paused' | 'finished' | 'failed';

/** Of one canvas. */
export interface Recipe {
  objective: Objective;
  options: VisualizeOptions;
}

export interface Plan {
  wish: ModelWish;
  /** What the canvases show, the picture first; known once the model is. The signal comes where nobody waits any more. */
  recipes(model: Model, signal: AbortSignal): Promise<readonly Recipe[]>;
}

export interface PlayerEvents {
  progress(progress: Progress): void;
  /** Before the first step of each. */
  loaded(model: Model): void;
  /** `place` 0 is the picture, 1 what it is compared with. */
  canvas(place: number): HTMLCanvasElement;
  step(step: Step, place: number): void;
  state(state: State, error?: unknown): void;
}

/** All pictures of the page take turns: one is made at a time. */
const turns = new Turns();

/** Its workers hold its finished pictures, to show them otherwise, until another player's turn. */
let last: Player | undefined;

export class Player {
  readonly #plan: Plan;
  readonly #on: PlayerEvents;
  #lease: Lease | undefined;
  #lanes: readonly Lane[] | undefined;
  #state: State = 'idle';
  #wanted = false;
  readonly #end = new AbortController();
  #work: Promise<void> | undefined;
  #waiting: AbortController | undefined;

  constructor(plan: Plan, on: PlayerEvents) {
    this.#plan = plan;
    this.#on = on;
  }

  get state(): State {
    return this.#state;
  }

  /** `first`: before others that wait. */
  play(first = false): void {
    this.#wanted = true;
    if (this.#state === 'idle' || this.#state === 'paused') this.#start(first);
  }

  /** What was computed is kept, and the turn goes to the next. */
  pause(): void {
    this.#wanted = false;
    this.#waiting?.abort();
  }

  /** The pictures as `options` say; false where they would have to be made once more. */
  async show(options: FrameOptions): Promise<boolean> {
    const model = await this.#lease?.model.catch(() => undefined);
    if (!model || !this.#lanes) return this.#state !== 'finished';
    try {
      await Promise.all(this.#lanes.map((lane) => lane.show(model, options)));
    } catch (error) {
      this.#fail(error);
    }
    if (this.#state === 'paused') this.#start(false); // one step, which is shown so
    return this.#state !== 'finished' || last === this;
  }

  /** Of the picture, not of what it is compared with. */
  async checkpoint(): Promise<Uint8Array> {
    const bytes = await this.#lanes?.[0]?.checkpoint();
    if (bytes) return bytes;
    const reason = this.#state === 'finished' ? 'is finished' : 'has not begun';
    throw new PhaselensError('invalid-argument', `This picture ${reason}: there is nothing to go on with.`);
  }

  /** Gives everything back but what is on the canvases; playing takes it up again. */
  async rest(): Promise<void> {
    this.pause();
    if (this.#state === 'loading') this.#return();
    await this.#work;
    if (this.#wanted) return;
    this.#release();
    this.#return();
  }

  /** For good. Whoever comes in its place in this moment takes over its model. */
  async end(): Promise<void> {
    this.#end.abort();
    await undefined;
    await this.rest();
  }

  get #ended(): boolean {
    return this.#end.signal.aborted;
  }

  #start(first: boolean): void {
    if (this.#work || this.#ended) return;
    this.#work = this.#go(first)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#work = undefined;
        if (this.#wanted) this.play(); // asked for again while it gave way
      });
  }

  async #go(first: boolean): Promise<void> {
    this.#enter('loading');
    const lease = (this.#lease ??= borrow(this.#plan.wish, (progress) => this.#ended || this.#on.progress(progress)));
    const model = await lease.model.catch((error: unknown) => {
      if (this.#lease === lease) throw error;
    });
    if (model && !this.#ended) {
      if (!this.#lanes) this.#on.loaded(model);
      this.#lanes ??= await this.#makeLanes(model);
      const isHere = !this.#ended && this.#lease === lease;
      if (isHere && (this.#wanted || this.#hasBegun)) await this.#wait(model, this.#lanes, first);
    }
    if (this.#state !== 'finished') this.#enter(this.#hasBegun ? 'paused' : 'idle');
  }

  async #makeLanes(model: Model): Promise<readonly Lane[]> {
    const recipes = await this.#plan.recipes(model, this.#end.signal).catch((error: unknown) => {
      if (error === model.labelsError) this.#lease?.spoil(); // who tries again is to have the names
      throw error;
    });
    return recipes.map((recipe, place) => new Lane(recipe, this.#shows(place)));
  }

  async #wait(model: Model, lanes: readonly Lane[], first: boolean): Promise<void> {
    this.#enter('waiting');
    const waiting = (this.#waiting = new AbortController());
    try {
      await turns.take(() => this.#turn(model, lanes), { signal: waiting.signal, first });
    } catch (error) {
      if (error !== waiting.signal.reason) throw error;
    } finally {
      this.#waiting = undefined;
    }
  }

  get #hasBegun(): boolean {
    return this.#lanes?.some(({ begun }) => begun) ?? false;
  }

  /** At least a step, then as long as it is wanted. */
  async #turn(model: Model, lanes: readonly Lane[]): Promise<void> {
    if (last && last !== this) last.#release();
    last = this;
    this.#enter('playing');
    try {
      for (const lane of lanes) await lane.begin(model);
      while (lanes.some(({ over }) => !over)) {
        for (const lane of lanes) await lane.advance();
        if (this.#wanted) continue;
        await Promise.all(lanes.map((lane) => (this.#ended ? lane.release() : lane.put())));
        if (this.#ended || !lanes.every(({ over }) => over)) return;
      }
      this.#enter('finished');
    } catch (error) {
      await Promise.all(lanes.map((lane) => lane.release()));
      await model.memory().catch(() => this.#lease?.spoil());
      throw error;
    }
  }

  /** Onto a canvas, unless another player has it by now. */
  #shows(place: number): Show {
    return (frame, step) => {
      if (this.#ended) return;
      drawFrame(frame, this.#on.canvas(place));
      if (step) this.#on.step(step, place);
    };
  }

  #return(): void {
    const lease = this.#lease;
    this.#lease = undefined;
    lease?.end();
  }

  #release(): void {
    if (last === this) last = undefined;
    for (const lane of this.#lanes ?? []) void lane.release();
  }

  #fail(error: unknown): void {
    this.#wanted = false;
    this.#enter('failed', error);
  }

  #enter(state: State, error?: unknown): void {
    if (this.#state === state || this.#state === 'failed') return; // of which nothing comes any more
    this.#state = state;
    if (!this.#ended) this.#on.state(state, error);
  }
}

/** A frame, and the step that it is of where it is new. */
type Show = (frame: Frame, step?: Step) => void;

/** One canvas's visualization, or the bytes that are left of it while others have their turn. */
class Lane {
  begun = false;
  over = false;
  readonly #recipe: Recipe;
  readonly #show: Show;
  #frame: FrameOptions | undefined;
  #kept: Uint8Array | undefined;
  #visualization: Visualization | undefined;
  #steps: AsyncIterator<Step, undefined> | undefined;

  constructor(recipe: Recipe, show: Show) {
    this.#recipe = recipe;
    this.#show = show;
  }

  async begin(model: Model): Promise<void> {
    if (this.over) return;
    const { objective, options } = this.#recipe;
    const { generator, photos, frameInterval } = options;
    const files = { ...(generator && { generator }), ...(photos && { photos }) };
    const again = { ...this.#frame, ...files, ...(frameInterval && { frameInterval }) };
    this.#visualization = this.#kept
      ? await model.resume(this.#kept, again)
      : model.visualize(objective, { ...options, ...this.#frame });
    this.#steps = this.#visualization[Symbol.asyncIterator]();
  }

  async advance(): Promise<void> {
    if (this.over) return;
    const { done, value: step } = await this.#steps!.next();
    if (done) {
      this.over = true;
      return;
    }
    this.begun = true;
    this.#show(step.frame, step);
  }

  /** Gives its memory back; what it has come to is kept. The last steps, once they are computed, are taken instead. */
  async put(): Promise<void> {
    this.#kept = await this.checkpoint().catch(() => undefined);
    if (this.#kept) await this.release();
    else while (!this.over) await this.advance();
  }

  async checkpoint(): Promise<Uint8Array | undefined> {
    if (this.over) return undefined;
    return (await this.#visualization?.checkpoint()) ?? this.#kept;
  }

  /** The settled options, those of the recipe among them: what is no longer given is as if it had never been. */
  async show(model: Model, options: FrameOptions): Promise<void> {
    const { objective, options: others } = this.#recipe;
    this.#frame = model.visualize(objective, { ...others, ...options }).frameOptions;
    this.#visualization?.setFrameOptions(this.#frame);
    if (!this.over || !this.#visualization) return;
    this.#show(await this.#visualization.frame());
  }

  async release(): Promise<void> {
    const visualization = this.#visualization;
    this.#visualization = this.#steps = undefined;
    await visualization?.stop();
  }
}
