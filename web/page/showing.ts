/** What is shown of the picture that is asked for: each step on its canvas, in the chart and in words, named by what it is. */
import type { Loaded } from '../models/models';
import type { Notice } from '../parts/notice';
import { counted, downloadText, listed } from '../parts/words';
import type { Config, Frame, Step } from '../phaselens';
import type { Stage } from '../picture/canvas';
import type { Chart } from '../picture/chart';
import type { Comparison } from '../picture/comparison';
import { namesOf, type Readouts, secondsText } from '../picture/readouts';
import type { Offer, Transport } from '../picture/transport';
import type { Verdict } from '../picture/verdict';
import type { Checkpoints } from '../run/checkpoints';
import { lengthening, type Run, refining } from '../run/refined';
import type { Frames, Progress, RunState, SessionEvents, Side } from '../run/session';
import { canGoOn, isOfUnit, type Picture } from '../run/state';
import { sizeOf, type Timing } from '../run/timing';
import type { Start } from './asked';

export interface ShowingParts {
  stage: Stage;
  notice: Notice;
  chart: Chart;
  readouts: Readouts;
  comparison: Comparison;
  transport: Transport;
  verdict: Verdict;
  checkpoints: Checkpoints;
  timing: Timing;
}

export interface ShowingEvents {
  /** Whether the picture is moved by nothing has changed. */
  blocked(now: boolean, start: Start): void;
  failed(error: unknown, progress: Progress, start: Start): unknown;
  /** Whether a picture was stopped that can be gone on with. */
  resumable(): boolean;
  /** Something came of a run, which goes on or does not. */
  heard(runs: boolean): void;
  /** What ran beside the picture cannot. */
  lost(error: unknown, side: Side): void;
  /** Another picture is on show, from its first step. */
  begins(): void;
  /** The picture on show has another frame. */
  grows(shown: Subject, frame: Frame): void;
  /** Whether no picture is made. */
  idle(idle: boolean): void;
  finished(start: Start): void;
}

/** What a canvas shows. */
type Subject = Pick<Start, 'loaded' | 'picture'>;

const least = 1000; // milliseconds between frames where motion is unwelcome

export class Showing implements Omit<SessionEvents, 'kept'> {
  shown: Subject | undefined;
  #start: Start | undefined; // what runs, or did last
  #state: RunState = 'stopped';
  #progress: Progress | undefined;
  #run: Run | undefined; // the picture's, once it is on show
  #blocked = false;
  readonly #shownAt: number[] = []; // by the sides
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');

  constructor(
    private readonly parts: ShowingParts,
    private readonly on: ShowingEvents,
  ) {}

  /** What runs, or did last, once it is on show. */
  get onShow(): Start | undefined {
    return this.shown === this.#start ? this.#start : undefined;
  }

  starts(start: Start): void {
    const { notice, comparison, checkpoints, chart } = this.parts;
    this.#start = start;
    this.#state = 'running';
    this.#blocked = false;
    this.on.idle(false);
    notice.clear();
    if (start.goesOn) chart.extend(start.steps);
    comparison.begin(start.compare);
    checkpoints.refusal = '';
    checkpoints.possible = false;
    if (!this.shown) this.#name(start);
    this.announce(); // it begins when the workers have let the one before go
  }

  /** What a run is compared with depends on what it is itself. */
  prepared(run: Run): void {
    const { comparison, transport } = this.parts;
    comparison.expect(run, this.#start ? descriptionOf(this.#start) : '');
    transport.comparison = comparison;
  }

  begun(run: Run, values: number, side: Side): void {
    this.parts.comparison.begun(run, values, side);
    this.#shownAt[side] = -Infinity;
    const start = this.#start;
    if (side > 0 || !start) return;
    this.shown = start;
    this.#run = run;
    if (!start.goesOn) {
      this.parts.chart.start(start.steps, start.same);
      this.on.begins();
    }
    this.#name(start);
    this.announce(); // what they are made by is known now
    this.parts.readouts.story(run.config.parametrization, values, start.picture, namesOf(start.loaded, start.picture).title);
  }

  step(step: Step, progress: Progress): void {
    const { stage, readouts, comparison, chart, checkpoints, verdict, transport } = this.parts;
    this.#progress = progress;
    this.on.heard(this.#state === 'running');
    readouts.numbers(progress, this.#rate);
    comparison.score(progress.score, 0);
    chart.add(step.index, progress.score);
    checkpoints.possible = progress.done < progress.steps;
    this.#tellBlocked(step.blocked && step.score <= 0);
    stage.progress(progress.done / progress.steps, `step ${progress.done} of ${progress.steps}`);
    if (!this.#due(step, 0)) return;
    stage.show(step.frames);
    if (this.shown) {
      verdict.ask(this.shown, step.frame);
      this.on.grows(this.shown, step.frame);
    }
    transport.picture = true;
  }

  stepBeside(step: Step, side: Side): void {
    const { comparison, chart } = this.parts;
    this.on.heard(this.#state === 'running');
    comparison.score(step.score, side);
    comparison.progress(step, side);
    chart.addBeside(step.index, step.score, side);
    if (this.#due(step, side)) comparison.show(step.frames, side);
  }

  delayed(side: Side): void {
    this.parts.comparison.delayed(side);
  }

  lost(error: unknown, side: Side): void {
    this.parts.comparison.failed(side);
    this.on.lost(error, side);
    this.announce();
  }

  state(state: RunState, progress: Progress, error?: unknown): void {
    const { transport, readouts, chart, verdict, checkpoints } = this.parts;
    this.#state = state;
    this.#progress = progress;
    this.on.idle(state !== 'running' && state !== 'paused');
    this.on.heard(state === 'running');
    transport.state = state;
    transport.finer = state === 'finished' ? this.#finer : undefined;
    transport.more = state === 'finished' || this.on.resumable() ? this.#more(progress) : undefined;
    if (progress.done > 0 || !this.shown) readouts.numbers(progress, this.#rate);
    if (state === 'finished' || state === 'stopped') {
      chart.end();
      verdict.settle();
    }
    if (state === 'finished' || state === 'failed') checkpoints.possible = false;
    if (state === 'finished' && this.#start) this.on.finished(this.#start);
    if (state === 'failed') this.#fail(error, progress);
    this.announce();
  }

  /** What the picture on show is called has changed. */
  renamed(loaded: Loaded): void {
    if (this.shown?.loaded === loaded) this.#name(this.shown);
    this.announce();
  }

  /** How the picture is shown. */
  transparent(on: boolean): void {
    this.parts.transport.transparency = on;
    this.parts.comparison.transparent(on);
  }

  /** By their sides. */
  frames(all: (Frames | undefined)[]): void {
    all.forEach((frames, side) => frames && this.parts.comparison.show(frames, side));
  }

  /** The picture on show stays, beside others or alone. */
  compared(on: boolean): void {
    const { comparison, transport, chart } = this.parts;
    comparison.on = on;
    transport.comparison = comparison;
    chart.alone();
    this.announce();
  }

  /** Until a model is there; a picture on show says more. */
  loading(text: string, fraction: number | undefined): void {
    if (this.#state !== 'running') this.parts.stage.waiting(text, fraction);
  }

  /** What is fetched for a picture before its first step. */
  fetching(loaded: number, total: number | undefined): void {
    if (this.shown !== this.#start || !this.shown)
      this.parts.stage.waiting(...downloadText('the magnitude of photos', loaded, total));
  }

  announce(): void {
    const { notice, stage } = this.parts;
    const start = this.#start;
    const former = start && !start.goesOn && this.shown !== start ? this.shown : undefined;
    stage.former(former !== undefined && this.#state === 'running');
    if (start) notice.say(former ? this.#beforeFirst(start, former) : this.#status(start));
  }

  // ---- words

  /** Before a picture has a step, the one before is on show. */
  #beforeFirst(start: Start, former: Subject): string {
    const title = quoted(start);
    const still = title === quoted(former) ? '' : `; ${quoted(former)} is still on show`;
    if (this.#state === 'running') return still ? `Starting ${title}${still}` : `Starting ${title} anew`;
    return `${this.#state === 'failed' ? 'No picture of' : 'Stopped before the first step of'} ${title}${still}`;
  }

  #status(start: Start): string {
    const { done = 0, steps = 0, seconds = 0, from = 0 } = this.#progress ?? {};
    const { ways } = this.parts.comparison;
    const title = quoted(start) + (ways.length > 0 ? ` by ${listed(ways)}` : '');
    const texts: Record<RunState, string> = {
      running: `Looking for ${title}`,
      paused: `Paused at step ${done} of ${steps}`,
      stopped: `Stopped at step ${done} of ${steps}`,
      failed: 'No picture',
      finished: `${title}, ${counted(steps, 'step')} in ${secondsText(seconds)}${from > 0 ? ` from step ${from} on` : ''}`,
    };
    return texts[this.#state];
  }

  #name(subject: Subject): void {
    this.parts.readouts.name(namesOf(subject.loaded, subject.picture));
    this.parts.stage.describe(descriptionOf(subject));
  }

  // ---- what a run can come to

  /** What is on show stays, where it is of an earlier run. */
  #fail(error: unknown, progress: Progress): void {
    const { stage, comparison } = this.parts;
    comparison.ended();
    if (!this.shown) stage.failed();
    if (this.#start) this.on.failed(error, progress, this.#start);
  }

  /** A picture that nothing moves is not what the unit looks for. */
  #tellBlocked(now: boolean): void {
    if (now === this.#blocked) return;
    this.#blocked = now;
    if (this.#start) this.on.blocked(now, this.#start);
  }

  /** Where motion is unwelcome, a picture a second instead of a flicker. */
  #due({ index, steps }: Step, side: Side): boolean {
    const now = performance.now();
    if (this.#calm.matches && index + 1 < steps && now - (this.#shownAt[side] ?? -Infinity) < least) return false;
    this.#shownAt[side] = now;
    return true;
  }

  get #rate(): number | undefined {
    const { model } = this.shown?.loaded ?? {};
    return model && this.#run && this.parts.timing.of(model).rate(sizeOf(this.#run.config, model));
  }

  /** The picture grows, and its crops become as large as the network's own input. */
  get #finer(): Offer | undefined {
    const { steps, crops, enlargement } = refining;
    return this.#offer('f', steps, ({ height, width }) => ({
      height: height * enlargement,
      width: width * enlargement,
      crops,
      cropSize: 0,
    }));
  }

  /** Those that are left of its own come first. */
  #more({ done, steps }: Progress): Offer | undefined {
    return this.#offer('m', steps - done + lengthening.steps, () => ({}));
  }

  /** Of the picture on show, where it can be gone on with: so many steps of what its own come to. */
  #offer(stage: 'f' | 'm', steps: number, next: (config: Config) => Partial<Config>): Offer | undefined {
    const [run, start] = [this.#run, this.#start];
    if (!run || !start || this.shown !== start || start.generator || !canGoOn(stage, start.picture.recipe)) return undefined;
    const { model } = start.loaded;
    const seconds = this.parts.timing.of(model).seconds(sizeOf({ ...run.config, ...next(run.config) }, model));
    return { seconds: seconds && steps * seconds };
  }
}

const quoted = ({ loaded, picture }: Subject): string => `“${namesOf(loaded, picture).title}”`;

function descriptionOf({ loaded, picture }: Subject): string {
  const { title, where } = namesOf(loaded, picture);
  const what = picture.photo === 'inversion' ? title : `What ${title} responds to`;
  return `${what}, of ${where}, seed ${picture.seed}`;
}

/** What a file of the picture is called by. */
export function nameParts({ loaded, picture }: { loaded: Loaded; picture: Picture }): (string | number)[] {
  const { layer, unit, seed } = picture;
  const label = layer === loaded.model.logits ? (loaded.labels?.[unit] ?? '') : '';
  const what = isOfUnit(picture) ? [layer, unit, label] : [namesOf(loaded, picture).title];
  return [loaded.source.id.replace(/^file:|\.onnx$/g, ''), ...what, 'seed', seed];
}
