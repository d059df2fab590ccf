/** A picture that is drawn at its size and then gone on with, larger or as it is: one run to everybody else, whose steps are counted through. */
import type { Config, FrameOptions, RefineOptions, Step, Visualization } from '../phaselens';

/** What a session asks of a run. */
export interface Run
  extends AsyncIterable<Step, undefined>,
    Pick<Visualization, 'config' | 'frameOptions' | 'objective' | 'cost' | 'stop' | 'pause' | 'resume'> {
  frame: Visualization['frame'];
  checkpoint: Visualization['checkpoint'];
  setFrameOptions: Visualization['setFrameOptions'];
}

/** Of each time, and by how much the picture grows: what Visualization.refine does unless it is told otherwise. */
export const refining = { steps: 32, crops: 2, enlargement: 1.6 };

/** More steps at the same size begin at so much of the rate that the picture began with, and end at none. */
export const lengthening = { steps: 64, rate: 0.5 };

/** How a picture is gone on with, a letter for each time: f for finer, m for more steps. */
export type Stages = string;

/** Of all of these times. */
export function stageSteps(stages: Stages): number {
  return [...stages].reduce((sum, stage) => sum + (stage === 'f' ? refining : lengthening).steps, 0);
}

interface Place {
  /** How it is to be gone on with in all, and how often it was. */
  stages: Stages;
  done?: number;
  /** Steps done before this run. */
  before: number;
  /** The one that it goes on with, which is needed until it has begun. */
  former?: Visualization;
}

/** By what it can do, as all is asked. */
export const isRefined = (run: Run | undefined): run is Refined => run !== undefined && 'more' in run;

export class Refined implements Run {
  readonly stages: Stages;
  #run: Visualization;
  #done: number; // of the stages
  #before: number;
  #former: Visualization | undefined;
  #frame: FrameOptions = {};
  #paused = false;
  #stopped = false;

  constructor(run: Visualization, { stages, done = 0, before, former }: Place) {
    this.stages = stages;
    this.#run = run;
    this.#done = done;
    this.#before = before;
    this.#former = former;
  }

  get config(): Visualization['config'] {
    return this.#run.config;
  }

  get frameOptions(): Visualization['frameOptions'] {
    return this.#run.frameOptions;
  }

  get objective(): Visualization['objective'] {
    return this.#run.objective;
  }

  /** In all. */
  get #steps(): number {
    return this.#before + this.#run.steps + stageSteps(this.stages.slice(this.#done));
  }

  /** Goes on with this one, which has finished: the first of the stages were its own. */
  more(stages: Stages): Refined {
    const done = this.#done;
    return new Refined(this.#next(stages), { stages, done: done + 1, before: this.#steps, former: this.#run });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Step, undefined> {
    for (;;) {
      for await (const step of this.#run) {
        await this.#former?.stop();
        this.#former = undefined;
        yield within(step, this.#before, this.#steps);
      }
      if (this.#stopped || this.#done === this.stages.length) return;
      this.#goOn();
    }
  }

  stop(): Promise<void> {
    this.#stopped = true;
    return Promise.all([this.#run.stop(), this.#former?.stop()]).then(() => {});
  }

  pause(): void {
    this.#paused = true;
    this.#run.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#run.resume();
  }

  setFrameOptions(options: FrameOptions): void {
    this.#frame = { ...this.#frame, ...options };
    this.#run.setFrameOptions(options);
  }

  frame: Run['frame'] = (options, image) => this.#run.frame(options, image);

  /** It says how often the picture was gone on with. */
  checkpoint: Run['checkpoint'] = (note) => this.#run.checkpoint(`${note ?? ''}&${doneKey}=${this.#done}`);

  cost: Run['cost'] = () => this.#run.cost();

  #goOn(): void {
    const next = this.#next(this.stages);
    this.#former = this.#run;
    this.#before += this.#run.steps;
    this.#run = next;
    this.#done++;
    if (this.#paused) next.pause();
  }

  #next(stages: Stages): Visualization {
    const { config } = this.#run;
    const next = this.#run.refine(stages[this.#done] === 'f' ? finer(config) : longer(config, this.#done === 0));
    next.setFrameOptions(this.#frame);
    return next;
  }
}

/** In the note of a checkpoint. */
const doneKey = 'done';

export function doneOf(note: string): number {
  return Number(new URLSearchParams(note).get(doneKey) ?? 0);
}

/** The package's own gentle rate is for phases; what else is optimized has its own. */
function finer({ optimizer, learningRate }: Config): RefineOptions {
  const { steps, crops } = refining;
  return { steps, crops, ...(optimizer === 'adam' ? { learningRate } : {}) };
}

/** What goes on a second time is slow already. */
function longer({ height, width, crops, cropSize, learningRate }: Config, first: boolean): RefineOptions {
  const { steps, rate } = lengthening;
  return { height, width, crops, cropSize, steps, learningRate: learningRate * (first ? rate : 1), schedule: 'linear' };
}

function within(step: Step, before: number, steps: number): Step {
  return Object.create(step, { index: { value: before + step.index }, steps: { value: steps } }) as Step;
}
