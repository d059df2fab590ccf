/** One picture at a time: starts it, keeps its clock, and passes every step on. Starting another ends the one before. */
import type { Frame, Model, Objective, Step, Visualization, VisualizeOptions } from './phaselens';

export type RunState = 'running' | 'paused' | 'finished' | 'stopped' | 'failed';

export interface Progress {
  done: number; // steps
  steps: number;
  score: number;
  seconds: number; // spent, pauses left out
  rate: number; // steps per second: of late while it runs, of the whole once it has ended
}

export interface SessionEvents {
  step(step: Step, progress: Progress): void | Promise<void>;
  state(state: RunState, progress: Progress, error?: unknown): void;
}

export class Session {
  #latest = 0; // of the pictures started
  #cancelled = 0; // the one that was stopped, maybe before it began
  #queue: Promise<void> = Promise.resolve();
  #visualization: Visualization | undefined;
  #kept: Frame[] | undefined; // of a stopped picture: opaque, transparent
  #clock = new Clock();
  #progress: Progress = empty(0);
  #state: RunState = 'stopped';

  constructor(private readonly on: SessionEvents) {}

  get state(): RunState {
    return this.#state;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** How the steps from now on and the picture on show are shown; the latter's frame, if there is one. */
  async showTransparency(transparency: boolean): Promise<Frame | undefined> {
    this.#visualization?.setFrameOptions({ transparency });
    try {
      return this.#kept ? this.#kept[transparency ? 1 : 0] : await this.#visualization?.frame({ transparency });
    } catch {
      return undefined; // it has not begun, or its model is gone
    }
  }

  start(model: Model, objective: Objective, options: VisualizeOptions): void {
    const token = ++this.#latest;
    void this.#visualization?.stop();
    this.#queue = this.#queue.then(() =>
      token === this.#latest && token !== this.#cancelled ? this.#run(model, objective, options, token) : undefined,
    );
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#visualization?.pause();
    this.#clock.stop();
    this.#enter('paused');
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#visualization?.resume();
    this.#clock.start();
    this.#enter('running');
  }

  /** Frees the workers; the frames are kept, so that the picture can still be shown either way. */
  async stop(): Promise<void> {
    this.#cancelled = this.#latest;
    const visualization = this.#visualization;
    if (visualization && (this.#state === 'running' || this.#state === 'paused')) {
      visualization.pause();
      const frames = [false, true].map((transparency) => visualization.frame({ transparency }));
      this.#kept = await Promise.all(frames).catch(() => undefined);
      await visualization.stop();
    }
    await this.#queue;
    if (this.#state === 'running' || this.#state === 'paused') this.#end('stopped');
  }

  async #run(model: Model, objective: Objective, options: VisualizeOptions, token: number): Promise<void> {
    this.#kept = undefined;
    this.#clock = new Clock();
    this.#progress = empty(options.steps ?? 0);
    this.#enter('running');
    try {
      this.#visualization = model.visualize(objective, options);
      for await (const step of this.#visualization) {
        if (token !== this.#latest) break;
        this.#progress = this.#measure(step);
        await this.on.step(step, this.#progress);
      }
      if (token === this.#latest) this.#end(this.#progress.done === this.#progress.steps ? 'finished' : 'stopped');
    } catch (error) {
      if (token === this.#latest) this.#end('failed', error);
    }
  }

  #measure(step: Step): Progress {
    this.#clock.lap();
    const { seconds, rate } = this.#clock;
    return { done: step.index + 1, steps: step.steps, score: step.score, seconds, rate };
  }

  #end(state: RunState, error?: unknown): void {
    this.#clock.stop();
    const { done } = this.#progress;
    const seconds = this.#clock.seconds;
    this.#progress = { ...this.#progress, seconds, rate: seconds > 0 ? done / seconds : 0 };
    this.#enter(state, error);
  }

  #enter(state: RunState, error?: unknown): void {
    this.#state = state;
    this.on.state(state, this.#progress, error);
  }
}

function empty(steps: number): Progress {
  return { done: 0, steps, score: NaN, seconds: 0, rate: NaN };
}

/** Seconds with pauses left out, and laps per second over the last sixteen. */
class Clock {
  #spent = 0;
  #since: number | undefined = performance.now();
  #laps: number[] = [];

  get seconds(): number {
    return (this.#spent + (this.#since === undefined ? 0 : performance.now() - this.#since)) / 1000;
  }

  get rate(): number {
    const first = this.#laps[0];
    const last = this.#laps.at(-1);
    return first === undefined || last === undefined || last === first ? NaN : (this.#laps.length - 1) / (last - first);
  }

  lap(): void {
    this.#laps.push(this.seconds);
    if (this.#laps.length > 16) this.#laps.shift();
  }

  start(): void {
    this.#since ??= performance.now();
  }

  stop(): void {
    if (this.#since !== undefined) this.#spent += performance.now() - this.#since;
    this.#since = undefined;
  }
}
