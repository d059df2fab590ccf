/** A visualization in progress: an asynchronous sequence of steps that can be paused, stopped and shown differently. */

import { fromPlainError, PhaselensError, show } from '../base/errors.js';
import type { Frame } from '../base/image.js';
import { configOptions, type FrameOptions } from '../base/option-list.js';
import { readWhole } from '../base/option-values.js';
import { makeChannel } from '../base/platform.js';
import type { Config, Cost, FrameSettings, FromWorker, GeneratorInfo, OutputName, RunSetup } from '../base/protocol.js';
import { reasonOf, throwIfAborted } from '../base/signal.js';
import { readSource, type Source } from '../base/source.js';
import type { Crew, RunListener } from '../workers/crew.js';
import { checkSizes, readExternal } from './external.js';
import type { Objective } from './objectives.js';
import { type RefineOptions, readFrameOptions, readRefineOptions, type VisualizeSettings } from './options.js';
import { downloadTo } from './progress.js';
import { refuseOthers } from './recognize.js';
import { Step, toFrame } from './step.js';

/** How far the lead may run ahead of the consumer: one step is drawn while the next is computed. */
const stepsAhead = 2;

/** Of a picture that is given a time: steps that are timed at most, and how many it takes whatever they take. */
const mostTrialSteps = 6;
const leastSteps = 8;
const mostSteps = configOptions.find(({ name }) => name === 'steps')!.high!;

/** A checkpoint holds what it came to. */
const noMagnitude = new ArrayBuffer(0);

/** Characters of a checkpoint's note. */
const mostNote = 2 ** 20;

/** What a checkpoint holds beside the core's numbers, as JSON. */
export interface Note {
  objective: Objective;
  frame: FrameOptions;
  note?: string;
}

interface Waiter {
  resolve(result: IteratorResult<Step, undefined>): void;
  reject(error: unknown): void;
}

const stopped = (): PhaselensError =>
  new PhaselensError('disposed', 'This visualization was stopped: it has no picture any more.');
const notBegun = (): PhaselensError =>
  new PhaselensError('invalid-argument', 'This visualization has not begun: ask for its first step.');

const readTwice = (): PhaselensError =>
  new PhaselensError(
    'invalid-argument',
    'Another loop waits for the next step of this visualization: each step is handed out once. Make one more with model.visualize.',
  );

/** What a visualization leaves behind. */
interface Remains {
  crew: Crew;
  run: number;
  signal: AbortSignal | undefined;
  ears: Ears;
}

/** How a visualization hears of its run and of its signal. */
interface Ears extends RunListener {
  abort(): void;
}

/** Frees what is left of a visualization that nobody holds any more; what is registered must not lead to it. */
const forgotten = new FinalizationRegistry<Remains>((remains) => {
  detach(remains);
  void remains.crew.lead.call('stop', { run: remains.run }).catch(() => {});
});

/** Those whose next step is waited for: the wait alone would not hold them. */
const awaited = new Set<Visualization>();

/** No events are expected any more. */
function detach({ crew, run, signal, ears }: Remains): void {
  crew.release(run);
  signal?.removeEventListener('abort', ears.abort);
}

/**
 * Computing begins with the first step asked for and stays at most two steps ahead of the consumer. Leaving the loop, `stop` and
 * the signal free it; after the last step it is kept for `frame` and `output` until `stop` or the model's end. Several
 * visualizations of one model share its workers and take turns.
 */
export class Visualization implements AsyncIterable<Step> {
  /** What is maximized. */
  readonly objective: Objective;
  /** The text that `checkpoint` was given, where this goes on from one; else ''. */
  readonly note: string;

  readonly #crew: Crew;
  readonly #objective: string;
  readonly #settings: VisualizeSettings;
  readonly #magnitude: () => Promise<ArrayBuffer>;
  readonly #queue: Step[] = [];
  #frames: readonly Frame[] = [];
  readonly #waiters: Waiter[] = [];
  /** The iterator that asked last. */
  #reader: object | undefined;
  #config: Config;
  #frame: FrameSettings;
  #run = -1;
  #remains: Remains | undefined;
  #taken = 0;
  #started: Promise<Cost> | undefined;
  #paused = false;
  #state: 'running' | 'finished' | 'stopped' | 'failed' = 'running';
  #error: unknown;

  /** @internal */
  constructor(crew: Crew, objective: string, settings: VisualizeSettings, magnitude: () => Promise<ArrayBuffer>) {
    this.#crew = crew;
    this.#objective = objective;
    this.#settings = settings;
    this.#magnitude = magnitude;
    this.#frame = settings.frame;
    this.#taken = settings.index;
    this.#config = settings.config;
    this.objective = JSON.parse(objective) as Objective;
    this.note = settings.note;
  }

  /** Everything that options and preset have decided. */
  get config(): Readonly<Config> {
    return this.#config;
  }

  /** How frames are shown: all that options, preset and setFrameOptions have decided. */
  get frameOptions(): Readonly<FrameSettings> {
    return this.#frame;
  }

  /** How many steps there are in all; with the option `seconds`, known from the first step on. */
  get steps(): number {
    return this.#config.steps;
  }

  /** Of the picture, in pixels; of a generator that decides it, 0 before the first step. */
  get height(): number {
    return this.#config.height;
  }

  /** The same. */
  get width(): number {
    return this.#config.width;
  }

  /** Between `pause` and `resume`. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Nothing is computed and no step handed out until `resume`. Takes effect within one pass of crops. */
  pause(): void {
    this.#setPaused(true);
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.#setPaused(false);
  }

  /** Ends the sequence and frees its memory; takes effect within one pass of crops. */
  async stop(): Promise<void> {
    if (this.#state === 'running') this.#queue.length = 0;
    if (this.#state !== 'failed') this.#state = 'stopped';
    this.#deliver();
    await this.#free();
  }

  /** How the steps that are computed from now on are shown. */
  setFrameOptions(options: FrameOptions): void {
    this.#frame = readFrameOptions(options, this.#frame);
    if (this.#started && this.#state === 'running') {
      this.#crew.lead.tell({ kind: 'frameSettings', run: this.#run, frame: this.#frame });
    }
  }

  /** The current image, or another one of several, shown with `options` (for the rest, as set before): while running, paused or finished. */
  async frame(options: FrameOptions = {}, image = 0): Promise<Frame> {
    const frame = readFrameOptions(options, this.#frame);
    readWhole('The image of a frame', image, 0, this.#config.images - 1);
    await this.#alive();
    const rgba = await this.#crew.lead.call('frame', { run: this.#run, image, frame });
    return toFrame(rgba, this.height, this.width);
  }

  /** One of the current outputs, of all images: image (height x width x 3), transparency (height x width), values (see Step). */
  async output(name: OutputName): Promise<Float32Array> {
    await this.#alive();
    return this.#crew.lead.call('output', { run: this.#run, name });
  }

  /** What one step takes. Any time after the first step was asked for. */
  async cost(): Promise<Cost> {
    if (this.#state === 'failed') throw this.#error;
    if (!this.#started) throw notBegun();
    return this.#started;
  }

  /**
   * What has been computed so far, as a small file; `Model.resume` goes on from it with the same bits. It may be up to two steps
   * ahead of the steps handed out. Photos are not in it. `note` is a text of one's own, which the visualization that goes on has too.
   * Throws 'invalid-argument' once all steps are done.
   */
  async checkpoint(note = ''): Promise<Uint8Array> {
    if (typeof note !== 'string') throw new PhaselensError('invalid-argument', `A note is a text, not ${show(note)}.`);
    readWhole("The length of a checkpoint's note", note.length, 0, mostNote);
    await this.#alive();
    const kept: Note = { objective: this.objective, frame: this.#frame, ...(note ? { note } : {}) };
    return this.#crew.lead.call('checkpoint', { run: this.#run, note: JSON.stringify(kept) });
  }

  /**
   * Goes on with this picture at its size or a larger one (1.6 times as large, where options name none): what it has come to is kept,
   * frequency by frequency, and only detail is new, which 32 steps of 2 crops of the model's own size draw. This one must have begun
   * and not be stopped; it may have finished. Iterating throws 'invalid-argument' for a smaller size, another aspect ratio or a
   * generator's picture; for the rest as Model.visualize.
   */
  refine(options: RefineOptions = {}): Visualization {
    if (!this.#started) throw notBegun();
    const settings = readRefineOptions(options, this.#settings, this.#config);
    const refines = () => this.#run;
    return new Visualization(this.#crew, this.#objective, { ...settings, refines }, this.#magnitude);
  }

  /** The steps, each handed out once; leaving the loop stops it. */
  [Symbol.asyncIterator](): AsyncIterator<Step, undefined> {
    const reader = {
      next: () => this.#next(reader),
      return: async () => {
        await this.stop();
        return { done: true, value: undefined } as const;
      },
    };
    return reader;
  }

  #next(reader: object): Promise<IteratorResult<Step, undefined>> {
    if (this.#waiters.length > 0 && this.#reader !== reader) return Promise.reject(readTwice());
    this.#reader = reader;
    if (!this.#started && this.#state === 'running') {
      this.#started = this.#start();
      this.#started.catch((error: unknown) => this.#fail(error));
    }
    this.#crew.lead.keepAlive(1);
    awaited.add(this);
    const result = new Promise<IteratorResult<Step, undefined>>((resolve, reject) => this.#waiters.push({ resolve, reject }));
    this.#deliver();
    return result.finally(() => {
      this.#crew.lead.keepAlive(-1);
      if (this.#waiters.length === 0) awaited.delete(this);
    });
  }

  async #start(): Promise<Cost> {
    const { photos, start, checkpoint, index, outputs, signal, timeline, frameInterval } = this.#settings;
    throwIfAborted(signal);
    this.#crew.check();
    if (this.#settings.seconds !== undefined) await this.#planSteps(this.#settings.seconds);
    if (this.#state !== 'running') throw stopped();
    this.#attach();
    const [magnitude] = await Promise.all([checkpoint ? noMagnitude : this.#magnitude(), this.#loadGenerator()]);
    if (this.#state !== 'running') throw stopped();
    const config = this.#config;
    const setup: RunSetup = { objective: this.#objective, config, photos, timeline };
    const from = { magnitude, start, checkpoint, index, refines: this.#settings.refines?.() };
    const lead = { ...setup, ...from, run: this.#run, frame: this.#frame, frameInterval, outputs, limit: index + stepsAhead };
    const started = this.#crew.lead.call('lead', lead);
    if (this.#paused) this.#crew.lead.tell({ kind: 'pause', run: this.#run, paused: true });
    for (const helper of this.#crew.helpers(config.crops - 1)) {
      helper.then(
        (member) => member && this.#state === 'running' && this.#introduce(member, setup),
        (error: unknown) => this.#fail(error),
      );
    }
    return started;
  }

  /** As many steps as fit into the time, told by the first steps of a picture like this one. */
  async #planSteps(seconds: number): Promise<void> {
    const begun = performance.now();
    const spent = () => (performance.now() - begun) / 1000;
    const settings = { ...this.#settings, seconds: undefined, outputs: [], timeline: false };
    const trial = new Visualization(this.#crew, this.#objective, settings, this.#magnitude);
    const times: number[] = [];
    for await (const { index } of trial) {
      times.push(spent());
      if (index > 0 && (index === mostTrialSteps || spent() > seconds / 8)) break;
    }
    const step = (times.at(-1)! - times[0]!) / (times.length - 1);
    const steps = Math.max(leastSteps, Math.floor((seconds - spent()) / step));
    this.#config = { ...this.#config, steps: Math.min(steps, mostSteps) };
  }

  /** Into the lead, which alone needs it; the picture's size is its images' where it is not given. */
  async #loadGenerator(): Promise<void> {
    const { generator } = this.#settings;
    if (generator === undefined) return;
    const { height, width } = await this.#readGenerator(generator);
    this.#config = { ...this.#config, height: this.#config.height || height, width: this.#config.width || width };
  }

  async #readGenerator(generator: Source): Promise<GeneratorInfo> {
    const { generatorData: given, signal, onProgress } = this.#settings;
    const [run, lead] = [this.#run, this.#crew.lead];
    const file = await readSource(generator, signal, downloadTo(onProgress));
    await refuseOthers(file, generator, 'model');
    checkSizes(file);
    if (this.#state !== 'running') throw stopped();
    const names = await lead.call('openGenerator', { run, generator: file });
    const external = await readExternal(names, { given, beside: generator, signal });
    checkSizes(file, external);
    if (this.#state !== 'running') throw stopped();
    return lead.call('loadGenerator', { run, external });
  }

  /** From here on, lead and helper talk to each other alone. */
  #introduce(helper: Crew['lead'], setup: RunSetup): void {
    const { port1, port2 } = makeChannel();
    this.#crew.lead.tell({ kind: 'join', run: this.#run, port: port1 }, [port1]);
    helper.tell({ kind: 'help', setup, port: port2 }, [port2]);
  }

  #receive(message: Extract<FromWorker, { run: number }>): void {
    if (this.#state !== 'running') return;
    if (message.kind === 'failed') return this.#fail(fromPlainError(message.error));
    if (message.kind === 'finished') this.#finish();
    else {
      this.#frames = message.frames?.map((frame) => toFrame(frame, this.height, this.width)) ?? this.#frames;
      this.#queue.push(new Step(message, this.steps, this.#frames));
    }
    this.#deliver();
  }

  #finish(): void {
    this.#state = 'finished';
    this.#detach();
  }

  #fail(error: unknown): void {
    if (this.#state === 'failed' || this.#state === 'stopped') return;
    this.#state = 'failed';
    this.#error = error;
    this.#queue.length = 0;
    this.#deliver();
    void this.#free();
  }

  /** Gives steps to those who wait for them, and the lead leave to go on. */
  #deliver(): void {
    const held = this.#paused && (this.#state === 'running' || this.#state === 'finished');
    while (this.#waiters.length > 0 && !held) {
      const step = this.#queue.shift();
      if (!step && this.#state === 'running') return;
      const { resolve, reject } = this.#waiters.shift()!;
      if (step) {
        this.#taken++;
        if (this.#state === 'running') {
          this.#crew.lead.tell({ kind: 'limit', run: this.#run, limit: this.#taken + stepsAhead });
        }
        resolve({ done: false, value: step });
      } else if (this.#state === 'failed') {
        reject(this.#error);
      } else {
        resolve({ done: true, value: undefined });
      }
    }
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    if (this.#started && this.#state === 'running') this.#crew.lead.tell({ kind: 'pause', run: this.#run, paused });
    this.#deliver();
  }

  async #alive(): Promise<void> {
    if (this.#state === 'failed') throw this.#error;
    if (this.#state === 'stopped') throw stopped();
    if (!this.#started) throw notBegun();
    this.#crew.check();
    await this.#started;
  }

  #attach(): void {
    const { signal } = this.#settings;
    const ears = Visualization.#earsOf(new WeakRef(this), signal);
    this.#run = this.#crew.listen(ears);
    signal?.addEventListener('abort', ears.abort);
    this.#remains = { crew: this.#crew, run: this.#run, signal, ears };
    forgotten.register(this, this.#remains, this);
  }

  /** They keep nobody. Functions share the scope that they are made in: nothing here may name the visualization itself. */
  static #earsOf(held: WeakRef<Visualization>, signal: AbortSignal | undefined): Ears {
    const tell = (hear: (visualization: Visualization) => void) => {
      const visualization = held.deref();
      if (visualization) hear(visualization);
    };
    return {
      event: (message) => tell((visualization) => visualization.#receive(message)),
      fail: (error) => tell((visualization) => visualization.#fail(error)),
      abort: () => tell((visualization) => visualization.#fail(reasonOf(signal))),
    };
  }

  #detach(): void {
    if (this.#remains) detach(this.#remains);
  }

  async #free(): Promise<void> {
    this.#detach();
    forgotten.unregister(this);
    if (!this.#started) return;
    await this.#started.catch(() => {});
    // Of a crew that is gone, nothing is left to free.
    await this.#crew.lead.call('stop', { run: this.#run }).catch(() => {});
  }
}
