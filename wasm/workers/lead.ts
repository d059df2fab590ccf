/** A run in the lead worker: it owns phase and optimizer, and does its share of the crops. */

import { fromPlainError, toPlainError } from '../base/errors.js';
import type {
  Config,
  Cost,
  CropResult,
  FrameSettings,
  FromWorker,
  HelperToLead,
  LeadSetup,
  LeadToHelper,
  OutputName,
  Outputs,
  Span,
} from '../base/protocol.js';
import { type BoundGenerator, type BoundModel, type BoundRun, check, type Library } from '../binding/binding.js';
import { runCrops, type Share, shareCrops } from './crops.js';
import { Gate } from './gate.js';
import { Timeline } from './timeline.js';

export type Post = (message: FromWorker, transfer: Transferable[]) => void;

/** A helper, seen from the lead. */
class Assistant {
  readonly stopped: Promise<void>;
  ready = false;
  results: CropResult[] | undefined;
  timeline: Span[] | undefined;
  /** An array for the next image, once one has come back. */
  image: Float32Array | undefined;
  first = 0;
  readonly #port: MessagePort;

  constructor(port: MessagePort, changed: () => void, failed: (error: Error) => void) {
    this.#port = port;
    this.stopped = new Promise((stopped) => {
      port.onmessage = ({ data }: MessageEvent<HelperToLead>) => {
        if (data.kind === 'crops') ({ results: this.results, image: this.image, timeline: this.timeline } = data);
        else if (data.kind === 'failed' && !this.#spare(data)) failed(fromPlainError(data.error));
        this.ready = data.kind === 'ready' || data.kind === 'crops';
        if (!this.ready) stopped();
        changed();
      };
    });
    void this.stopped.then(() => port.close());
  }

  tell(message: LeadToHelper, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** A helper that does not fit into memory is done without; the result is the same. */
  #spare(message: Extract<HelperToLead, { kind: 'failed' }>): boolean {
    return !this.ready && message.error.code === 'out-of-memory';
  }
}

export class Lead {
  readonly #library: Library;
  readonly #run: BoundRun;
  #generator: BoundGenerator | undefined;
  readonly #id: number;
  readonly #config: Config;
  readonly #outputs: readonly OutputName[];
  readonly #post: Post;
  readonly #gate = new Gate();
  readonly cost: Cost;
  readonly #assistants: Assistant[] = [];
  #index: number;
  #limit: number;
  #frame: FrameSettings;
  readonly #frameInterval: number;
  #lastFrame = -Infinity;
  readonly #timeline: Timeline;
  #failure: Error | undefined;
  #work: Promise<void> | undefined;

  /** The generator is the lead's from now on. */
  constructor(
    library: Library,
    model: BoundModel,
    generator: BoundGenerator | undefined,
    coarse: Lead | undefined,
    input: LeadSetup,
    post: Post,
  ) {
    this.#library = library;
    this.#generator = generator;
    this.#id = input.run;
    this.#config = input.config;
    this.#outputs = input.outputs;
    this.#post = post;
    this.#index = input.index;
    this.#limit = input.limit;
    this.#frame = input.frame;
    this.#frameInterval = input.frameInterval;
    this.#timeline = new Timeline(input.timeline);
    this.#run = new library.Run();
    try {
      check(library, this.#begin(model, input));
      if (coarse) check(library, this.#run.refine(coarse.#run));
    } catch (error) {
      this.#delete();
      throw error;
    }
    this.cost = this.#run.cost();
  }

  #begin(model: BoundModel, { objective, config, photos, magnitude, start, checkpoint }: LeadSetup): number {
    const generator = this.#generator;
    if (checkpoint) return this.#run.restore(model, objective, photos, generator ?? null, checkpoint);
    const status = generator
      ? this.#run.createGenerated(model, objective, config, photos, generator)
      : this.#run.create(model, objective, config, photos, new Uint8Array(magnitude));
    return status === 0 && start ? this.#run.start(start.data, start.height, start.width) : status;
  }

  start(): void {
    this.#work = this.#steps().catch((error: unknown) => {
      this.#gate.stop();
      this.#post({ kind: 'failed', run: this.#id, error: toPlainError(error) }, []);
    });
  }

  /** A helper at the other end of `port` takes part as soon as it says that it is ready. */
  join(port: MessagePort): void {
    const changed = () => this.#gate.changed();
    const assistant = new Assistant(port, changed, (error) => (this.#failure = error));
    this.#assistants.push(assistant);
    if (this.#gate.stopped || this.#index >= this.#config.steps) assistant.tell({ kind: 'stop' });
  }

  set limit(limit: number) {
    this.#limit = limit;
    this.#gate.changed();
  }

  set paused(paused: boolean) {
    this.#gate.paused = paused;
    for (const assistant of this.#assistants) assistant.tell({ kind: 'pause', paused });
  }

  set frameSettings(frame: FrameSettings) {
    this.#frame = frame;
  }

  frame(image: number, frame: FrameSettings): Uint8Array {
    return this.#run.frame(image, frame);
  }

  output(name: OutputName): Float32Array {
    return this.#run[name]();
  }

  checkpoint(note: string): Uint8Array {
    const { status, bytes } = this.#run.checkpoint(note);
    check(this.#library, status);
    return bytes!;
  }

  /** Resolves when everything is freed, here and in the helpers. */
  async stop(): Promise<void> {
    this.#gate.stop();
    await this.#work;
    this.#dismiss();
    await Promise.all(this.#assistants.map(({ stopped }) => stopped));
    this.#delete();
  }

  #delete(): void {
    this.#run.delete();
    this.#generator?.delete();
  }

  async #steps(): Promise<void> {
    while (this.#index < this.#config.steps) {
      if (!(await this.#gate.pass(() => this.#index < this.#limit))) return;
      if (this.#failure) throw this.#failure;
      if (!(await this.#step())) return;
    }
    this.#dismiss();
    this.#run.finish();
    this.#generator?.delete();
    this.#generator = undefined;
    this.#post({ kind: 'finished', run: this.#id }, []);
  }

  /** One step, end to end; false if the run was stopped in it. */
  async #step(): Promise<boolean> {
    const run = this.#run;
    const helpers = this.#assistants.filter(({ ready }) => ready);
    const [own, ...others] = shareCrops(this.#config.crops, helpers.length + 1) as [Share, ...Share[]];
    const time = this.#timeline;
    await time.measure('image', () => check(this.#library, run.step(this.#library.STEP_IMAGE, 0, 0)));
    await time.measure('send', () => helpers.forEach((helper, i) => this.#send(helper, others[i]!)));
    if (!(await time.measure('crops', () => runCrops(this.#library, run, this.#gate, own)))) return false;
    const opaque = !this.#frame.transparency; // its frame needs no gradient of this step: made while the helpers are at their crops
    let frames = opaque ? await time.measure('frame', () => this.#makeFrames()) : undefined;
    if (!(await time.measure('wait', () => this.#collect(helpers)))) return false;
    await time.measure('update', () => check(this.#library, run.step(this.#library.STEP_UPDATE, 0, 0)));
    if (!opaque) frames = await time.measure('frame', () => this.#makeFrames());
    await time.measure('report', () => this.#report(frames));
    return true;
  }

  #send(helper: Assistant, { first, count }: Share): void {
    const { images, height, width } = this.#config;
    const image = helper.image ?? new Float32Array(images * height * width * 3);
    this.#run.copyImage(image);
    helper.results = helper.image = undefined;
    helper.first = first;
    helper.tell({ kind: 'crops', index: this.#index, first, count, image }, [image.buffer as ArrayBuffer]);
  }

  /** Takes over the helpers' results; false if the run was stopped before they came. */
  async #collect(helpers: readonly Assistant[]): Promise<boolean> {
    for (const [i, helper] of helpers.entries()) {
      if (!(await this.#gate.wait(() => helper.results !== undefined || this.#failure !== undefined))) return false;
      if (this.#failure) throw this.#failure;
      helper.results?.forEach(({ score, dcrop }, k) => {
        this.#run.setDcrop(helper.first + k, dcrop);
        this.#run.setCropScore(helper.first + k, score);
      });
      this.#timeline.add(i + 1, helper.timeline ?? []);
    }
    return true;
  }

  /** Of the image that this step's crops are of; undefined where the last ones are new enough. The last step has its own. */
  #makeFrames(): Uint8Array[] | undefined {
    const now = performance.now();
    if (now - this.#lastFrame < this.#frameInterval && this.#index < this.#config.steps - 1) return undefined;
    this.#lastFrame = now;
    return Array.from({ length: this.#config.images }, (_, image) => this.#run.frame(image, this.#frame));
  }

  #report(frames: Uint8Array[] | undefined): void {
    const outputs: Outputs = {};
    for (const name of this.#outputs) outputs[name] = this.#run[name]();
    const message: FromWorker = {
      kind: 'step',
      run: this.#id,
      index: this.#index++,
      score: this.#run.score(),
      penalty: this.#run.penalty(),
      blocked: this.#run.blocked(),
      frames,
      outputs,
      timeline: this.#timeline.take(),
    };
    this.#post(
      message,
      [...(frames ?? []), ...Object.values(outputs)].map(({ buffer }) => buffer as ArrayBuffer),
    );
  }

  /** Ends the helpers' runs. */
  #dismiss(): void {
    for (const assistant of this.#assistants) assistant.tell({ kind: 'stop' });
  }
}
