/** Measures the steps of a session, without what comes before them: the first few are not counted, of a run and after a pause. */
import type { Config, Model } from '../phaselens';
import { Pace, type StepSize } from './pace';
import type { Run } from './refined';
import type { SessionEvents, Side } from './session';

type Timed = Pick<Run, 'config'>;

/** A run, by its side, and how many steps it has had since it last changed. */
interface Lane {
  run: Timed;
  config?: Timed['config'];
  steps: number;
}

/** In the first everything is made ready, and the next two are computed meanwhile. */
const unsteady = 3;

export class Timing implements Partial<SessionEvents> {
  #model: Model | undefined;
  readonly #lanes = new Map<Side, Lane>(); // one that could not begin is not among them
  #at = 0; // seconds, when the latest step came
  readonly #paces = new WeakMap<Model, Pace>();

  constructor(private readonly seconds = () => performance.now() / 1000) {}

  /** Runs that begin are this model's. */
  set model(model: Model) {
    this.#model = model;
  }

  begun(run: Timed, _values: number, side: Side): void {
    this.#lanes.set(side, { run, steps: 0 });
  }

  state(): void {
    for (const lane of this.#lanes.values()) lane.steps = 0;
  }

  step(): void {
    this.#lap(0);
  }

  stepBeside(_step: unknown, side: Side): void {
    this.#lap(side);
  }

  of(model: Model): Pace {
    const pace = this.#paces.get(model) ?? new Pace();
    this.#paces.set(model, pace);
    return pace;
  }

  /** Those that take turns do a step each: what passed since the last one, whosever that was, is this one's. */
  #lap(side: Side): void {
    const [lane, model, now] = [this.#lanes.get(side), this.#model, this.seconds()];
    const spent = now - this.#at;
    this.#at = now;
    if (!lane || !model) return;
    const { config } = lane.run;
    if (config !== lane.config) Object.assign(lane, { config, steps: 0 }); // it was refined
    if (++lane.steps > unsteady) this.of(model).add(sizeOf(config, model), spent);
  }
}

/** Of each step of a run. */
export function sizeOf(
  config: Pick<Config, 'height' | 'width' | 'images' | 'crops' | 'cropSize'>,
  model: Pick<Model, 'input'>,
): StepSize {
  const { height, width, images, crops, cropSize } = config;
  const seen = cropSize > 0 ? cropSize ** 2 : model.input.height * model.input.width;
  return { images: height * width * images, crops: seen * crops * images };
}
