/** A picture that is drawn at its size and then refined so often: one run to everybody else, whose steps are counted through. */
import type { FrameOptions, Step, Visualization } from '../phaselens';

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

interface Place {
  /** How often it is to be refined in all, and how often it was. */
  times: number;
  done?: number;
  /** Steps done before this run. */
  before: number;
  /** The one that it goes on with, which is needed until it has begun. */
  former?: Visualization;
}

/** By what it can do, as all is asked. */
export const isRefined = (run: Run | undefined): run is Refined => run !== undefined && 'more' in run;

export class Refined implements Run {
  readonly times: number;
  #run: Visualization;
  #left: number;
  #before: number;
  #former: Visualization | undefined;
  #frame: FrameOptions = {};
  #paused = false;
  #stopped = false;

  constructor(run: Visualization, { times, done = 0, before, former }: Place) {
    this.times = times;
    this.#run = run;
    this.#left = times - done;
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
    return this.#before + this.#run.steps + this.#left * refining.steps;
  }

  /** Goes on with this one, which has finished, until it was refined so often. */
  more(times: number): Refined {
    return new Refined(this.#next(), { times, done: this.times + 1, before: this.#steps, former: this.#run });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Step, undefined> {
    for (;;) {
      for await (const step of this.#run) {
        await this.#former?.stop();
        this.#former = undefined;
        yield within(step, this.#before, this.#steps);
      }
      if (this.#stopped || this.#left === 0) return;
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

  checkpoint: Run['checkpoint'] = (note) => this.#run.checkpoint(note);

  cost: Run['cost'] = () => this.#run.cost();

  #goOn(): void {
    const next = this.#next();
    this.#former = this.#run;
    this.#before += this.#run.steps;
    this.#run = next;
    this.#left--;
    if (this.#paused) next.pause();
  }

  #next(): Visualization {
    const { steps, crops } = refining;
    const next = this.#run.refine({ steps, crops });
    next.setFrameOptions(this.#frame);
    return next;
  }
}

function within(step: Step, before: number, steps: number): Step {
  return Object.create(step, { index: { value: before + step.index }, steps: { value: steps } }) as Step;
}
