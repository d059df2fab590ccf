/**
 * One picture at a time, or several that take turns step by step: starts them, keeps their clock, and passes every step on. Starting
 * another ends those before.
 */
import type { Frame, Step } from '../phaselens';
import type { Run } from './refined';

export type RunState = 'running' | 'paused' | 'finished' | 'stopped' | 'failed';

export interface Progress {
  done: number; // steps
  steps: number;
  score: number;
  seconds: number; // spent, pauses left out
  from: number; // steps that were done before, in a time that is not known: a checkpoint's
}

export interface Plan {
  steps: number;
  /** `shown`: the finished picture on show, where the plan goes on with it. */
  begin: (shown: Run | undefined) => Run | Promise<Run>;
  /** The picture on show is kept until this one has begun. */
  goesOn: boolean;
  /** What runs beside the picture, if anything. */
  beside: readonly Companion[];
  /** Kept with a checkpoint of the picture. */
  note: string;
}

/** Begins what runs beside a picture. */
export type Companion = (picture: Run) => Run;

/** Which of those that take turns: 0 is the picture, the others are what runs beside it. */
export type Side = number;

export interface SessionEvents {
  /** Before the first step; `values` are optimized. */
  begun(run: Run, values: number, side: Side): void;
  step(step: Step, progress: Progress): void;
  stepBeside(step: Step, side: Side): void;
  /** There is no memory for all at once: this one comes after those that have begun. */
  delayed(side: Side): void;
  /** A checkpoint of the picture, now and then, as it was at these steps or a little later. */
  kept(checkpoint: Uint8Array<ArrayBuffer>, progress: Progress): void;
  /** The others go on without it. */
  lost(error: unknown, side: Side): void;
  state(state: RunState, progress: Progress, error?: unknown): void;
}

export type Frames = readonly Frame[]; // of every image of a run

/** What is to run beside a picture. */
interface Place {
  begin: Companion;
  side: Side;
}

const keepEvery = 1000; // milliseconds

export class Session {
  #latest = 0; // of the pictures started
  #cancelled = 0; // the one that was stopped, maybe before it began
  #queue: Promise<void> = Promise.resolve();
  #lanes: Lane[] = [];
  #taken = 0; // the picture whose lanes these are
  #waiting: Place[] = []; // what is to run beside the picture
  #later: Place[] = []; // what there was no memory for
  #note = '';
  #kept: Uint8Array | undefined; // the run as it was not long ago
  #keptAt = 0;
  #clock = new Clock(0);
  #progress: Progress = empty(0);
  #state: RunState = 'stopped';

  constructor(private readonly on: SessionEvents) {}

  get state(): RunState {
    return this.#state;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** It was stopped, and what it had come to can be gone on with. */
  get resumable(): boolean {
    return this.#state === 'stopped' && this.#lanes.length === 1 && this.#lanes[0]?.keeps === true;
  }

  /** A checkpoint of some steps ago, to go on from when its workers are lost. */
  get kept(): Uint8Array | undefined {
    return this.#kept;
  }

  /** What is on show, or about to be, can go on beside others as it is. */
  get takesCompanions(): boolean {
    return this.#taken !== this.#latest || ['running', 'paused', 'finished'].includes(this.#state);
  }

  /** How the steps from now on and the pictures on show are shown; the latter's frames by their sides, where there are any. */
  async showTransparency(transparency: boolean): Promise<(Frames | undefined)[]> {
    const frames: (Frames | undefined)[] = [];
    await Promise.all(this.#lanes.map(async (lane) => (frames[lane.side] = await lane.showTransparency(transparency))));
    return frames;
  }

  start(plan: Plan): void {
    const token = ++this.#latest;
    this.#waiting = placesOf(plan.beside);
    const [picture] = this.#lanes;
    const shown = plan.goesOn && this.#state === 'finished' && picture?.lives ? picture : undefined;
    const freed = Promise.all(this.#lanes.map((lane) => lane !== shown && lane.run.stop()));
    this.#queue = this.#queue.then(async () => {
      await freed; // two sets of packed weights are enough
      if (token === this.#latest && token !== this.#cancelled) await this.#take(plan, shown?.run, token);
      else await shown?.run.stop();
    });
  }

  pause(): void {
    if (this.#state !== 'running') return;
    for (const { run } of this.#lanes) run.pause();
    this.#clock.stop();
    this.#enter('paused');
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    for (const { run } of this.#lanes) run.resume();
    if (!this.#lanes[0]?.over) this.#clock.start();
    this.#enter('running');
  }

  /** Frees the workers; what can still be asked for is kept. */
  async stop(): Promise<void> {
    this.#cancelled = this.#latest;
    if (this.#state === 'running' || this.#state === 'paused')
      await Promise.all(this.#lanes.map((lane) => !lane.over && lane.stop(this.#note)));
    await this.#queue;
    if (this.#state === 'running' || this.#state === 'paused') this.#end('stopped');
  }

  /** Others run beside the picture from now on, which goes on when they have come as far; one that has ended stays as it is. */
  accompany(beside: readonly Companion[]): void {
    const token = this.#latest;
    this.#waiting = placesOf(beside);
    if (this.#taken !== token) return; // they begin with it
    if (this.#state === 'running' || this.#state === 'paused') return this.#join();
    this.#cancelled = 0;
    this.#queue = this.#queue.then(() => (token === this.#latest ? this.#goOn(token) : undefined));
  }

  /** The picture goes on without what runs beside it. */
  async leave(): Promise<void> {
    const others = this.#lanes.splice(1);
    this.#waiting = [];
    this.#later = [];
    for (const other of others) other.over = true;
    await Promise.all(others.map(({ run }) => run.stop()));
  }

  /** Of the picture, while there are steps left. */
  async checkpoint(): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#lanes[0]?.checkpoint(this.#note);
    if (!bytes) throw new Error('There is no step yet.');
    return bytes as Uint8Array<ArrayBuffer>;
  }

  async #take({ steps, begin, note }: Plan, shown: Run | undefined, token: number): Promise<void> {
    this.#lanes = [];
    this.#later = [];
    this.#note = note;
    this.#kept = undefined;
    this.#keptAt = performance.now();
    const { done, seconds, from } = shown ? this.#progress : empty(steps);
    this.#clock = new Clock(seconds);
    this.#progress = { ...empty(steps), done, seconds, from };
    await this.#goOn(token, async () => {
      this.#lanes = [new Lane(await begin(shown), 0)];
      this.#taken = token;
    });
  }

  async #goOn(token: number, begin: () => Promise<void> = async () => {}): Promise<void> {
    this.#enter('running');
    try {
      await begin();
      this.#join();
      await this.#advanceAll(token);
      if (token === this.#latest) this.#end(this.#isWhole ? 'finished' : 'stopped');
    } catch (error) {
      await this.leave();
      if (token === this.#latest) this.#end('failed', error);
    }
  }

  get #isWhole(): boolean {
    return this.#progress.done === this.#progress.steps;
  }

  /** What waits begins beside the picture. */
  #join(): void {
    const [picture] = this.#lanes;
    if (!picture) return;
    const lanes = this.#waiting.splice(0).map(({ begin, side }) => new Lane(begin(picture.run), side, begin));
    if (this.#is('paused')) for (const { run } of lanes) run.pause();
    this.#lanes.push(...lanes);
  }

  /** All steps: whoever has come least far is next. */
  async #advanceAll(token: number): Promise<void> {
    const lanes = this.#lanes;
    const wanted = token === this.#latest && token !== this.#cancelled;
    for (const { run } of lanes) {
      if (!wanted) await run.stop();
      else if (this.#is('paused')) run.pause();
    }
    do {
      for (let lane = leastFar(lanes); lane; lane = leastFar(lanes)) await this.#advance(lane, token);
    } while (token === this.#latest && (await this.#makeRoom()));
  }

  /** What has ended keeps its frames alone, and one that there was no memory for begins. False where there is none, or all was stopped. */
  async #makeRoom(): Promise<boolean> {
    const next = this.#later.shift();
    if (!next || !this.#isWhole || this.#cancelled === this.#latest) return false;
    for (const lane of this.#lanes) await lane.stop(this.#note);
    this.#waiting.push(next);
    this.#join();
    return true;
  }

  /** One step of one of them. */
  async #advance(lane: Lane, token: number): Promise<void> {
    try {
      const { done, value: step } = await lane.steps.next();
      lane.over ||= done === true;
      if (!step || lane.over || token !== this.#latest) return;
      lane.done = step.index + 1;
      if (!lane.begun) await this.#begin(lane);
      if (lane.over || token !== this.#latest) return;
      if (lane.side > 0) this.on.stepBeside(step, lane.side);
      else {
        this.on.step(step, (this.#progress = this.#measure(step)));
        this.#keep(lane, step, token);
      }
    } catch (error) {
      if (lane.side === 0 || (error as { code?: string }).code === 'worker-failed') throw error; // workers are everybody's
      if (token === this.#latest && !lane.over) await this.#lose(lane, error);
    }
  }

  /** Now and then, beside the steps. */
  #keep(lane: Lane, { index, steps }: Step, token: number): void {
    if (performance.now() - this.#keptAt < keepEvery || index + 1 === steps) return;
    this.#keptAt = performance.now();
    const progress = this.#progress;
    const keep = (bytes: Uint8Array | undefined) => {
      if (token !== this.#latest || !bytes) return;
      this.#kept = bytes;
      this.on.kept(bytes as Uint8Array<ArrayBuffer>, progress);
    };
    void lane.checkpoint(this.#note).then(keep, () => {}); // the run has ended, or its workers are lost
  }

  /** It cannot run beside the others, at least not now. */
  async #lose(lane: Lane, error: unknown): Promise<void> {
    this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    lane.over = true;
    await lane.run.stop();
    const { begun, begin, side } = lane;
    const alone = !this.#lanes.some(({ lives }) => lives);
    if (begun || !begin || alone || (error as { code?: string }).code !== 'out-of-memory') return this.on.lost(error, side);
    this.#later.push({ begin, side });
    this.on.delayed(side);
  }

  async #begin(lane: Lane): Promise<void> {
    lane.begun = true;
    const { values } = await lane.run.cost();
    this.on.begun(lane.run, values, lane.side);
  }

  #is(state: RunState): boolean {
    return this.#state === state;
  }

  #measure({ index, steps, score }: Step): Progress {
    const { done, from } = this.#progress;
    return { done: index + 1, steps, score, seconds: this.#clock.seconds, from: done > 0 ? from : index };
  }

  #end(state: RunState, error?: unknown): void {
    this.#clock.stop();
    this.#progress = { ...this.#progress, seconds: this.#clock.seconds };
    this.#enter(state, error);
  }

  #enter(state: RunState, error?: unknown): void {
    this.#state = state;
    this.on.state(state, this.#progress, error);
  }
}

/** One run, and what is kept of it when it was stopped. */
class Lane {
  readonly steps: AsyncIterator<Step, undefined>;
  begun = false;
  over = false;
  done = 0; // steps
  #kept: { frames: Frames[]; checkpoint: Uint8Array | undefined } | undefined; // opaque, transparent

  constructor(
    readonly run: Run,
    readonly side: Side,
    readonly begin?: Companion,
  ) {
    this.steps = run[Symbol.asyncIterator]();
  }

  /** It was not stopped: what it has come to can be gone on with. */
  get lives(): boolean {
    return !this.#kept;
  }

  /** It was stopped before its end. */
  get keeps(): boolean {
    return this.#kept?.checkpoint !== undefined;
  }

  /** Nothing where it has not begun, or its model is gone. */
  async showTransparency(transparency: boolean): Promise<Frames | undefined> {
    this.run.setFrameOptions({ transparency });
    return this.#kept ? this.#kept.frames[transparency ? 1 : 0] : this.#frames(transparency).catch(() => undefined);
  }

  async checkpoint(note: string): Promise<Uint8Array | undefined> {
    return this.#kept ? this.#kept.checkpoint : this.run.checkpoint(note);
  }

  async stop(note: string): Promise<void> {
    const { run } = this;
    if (this.#kept) return;
    run.pause();
    const checkpoint = run.checkpoint(note).catch(() => undefined); // of one whose steps are all computed, there is none
    const frames = await Promise.all([false, true].map((transparency) => this.#frames(transparency))).catch(() => undefined);
    if (frames) this.#kept = { frames, checkpoint: await checkpoint };
    await run.stop();
  }

  #frames(transparency: boolean): Promise<Frames> {
    const { images } = this.run.config;
    return Promise.all(Array.from({ length: images }, (_, image) => this.run.frame({ transparency }, image)));
  }
}

/** Of those that have steps left; the picture, where it is among them. */
function leastFar(lanes: readonly Lane[]): Lane | undefined {
  const left = lanes.filter(({ over }) => !over);
  return left.sort((a, b) => a.done - b.done || a.side - b.side)[0];
}

const placesOf = (beside: readonly Companion[]): Place[] => beside.map((begin, i) => ({ begin, side: i + 1 }));

function empty(steps: number): Progress {
  return { done: 0, steps, score: NaN, seconds: 0, from: 0 };
}

/** Seconds with pauses left out, in all with those `before`. */
class Clock {
  #spent: number; // milliseconds
  #since: number | undefined = performance.now();

  constructor(before: number) {
    this.#spent = 1000 * before;
  }

  get seconds(): number {
    return (this.#spent + (this.#since === undefined ? 0 : performance.now() - this.#since)) / 1000;
  }

  start(): void {
    this.#since ??= performance.now();
  }

  stop(): void {
    if (this.#since !== undefined) this.#spent += performance.now() - this.#since;
    this.#since = undefined;
  }
}
