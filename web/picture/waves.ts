/** The picture on show as waves: how strong each is, where its crests lie, how both have moved since the beginning, and the power by frequency. */
import { type Colour, planeOf } from '../parts/plane';
import type { Fourier, Frame, Polar } from '../phaselens';
import type { PowerChart } from './power-chart';

export interface WaveParts {
  box: HTMLDetailsElement;
  magnitude: HTMLCanvasElement;
  phase: HTMLCanvasElement;
  magnitudeWords: HTMLElement;
  phaseWords: HTMLElement;
}

const pause = 500; // milliseconds between two pictures of the waves

export class Waves {
  #latest: Frame | undefined;
  #first: { frame: Frame; polar?: Polar } | undefined; // of the picture on show
  #fourier: Promise<Fourier> | undefined;
  #busy = false;
  #photoDrawn = false;

  constructor(
    private readonly parts: WaveParts,
    private readonly chart: PowerChart,
    private readonly open: () => Promise<Fourier>,
    /** What the power is held against. */
    private readonly photo: () => Promise<Frame>,
  ) {
    parts.box.addEventListener('toggle', () => (parts.box.open ? this.#work() : this.#close()));
  }

  /** Another picture: its first frame is what all others are held against. */
  begin(): void {
    this.#first = undefined;
    this.#latest = undefined;
  }

  show(frame: Frame): void {
    this.#first ??= { frame };
    this.#latest = frame;
    if (this.parts.box.open) void this.#work();
  }

  async #close(): Promise<void> {
    const fourier = await this.#fourier?.catch(() => undefined);
    this.#fourier = undefined;
    await fourier?.dispose();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#latest && this.parts.box.open) {
        const [frame, first] = [this.#latest, this.#first];
        this.#latest = undefined;
        const fourier = await (this.#fourier ??= this.open());
        await this.#drawPhoto(fourier);
        if (first) await this.#draw(fourier, frame, first);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    } catch {
      this.#fourier = undefined; // it was closed, or the next opening says what is wrong
    } finally {
      this.#busy = false;
    }
  }

  async #drawPhoto(fourier: Fourier): Promise<void> {
    if (this.#photoDrawn) return;
    this.#photoDrawn = true;
    const photo = await this.photo().catch(() => undefined); // what cannot be had is done without
    if (photo) this.chart.photo = await fourier.radialPower(photo);
  }

  async #draw(fourier: Fourier, frame: Frame, first: { frame: Frame; polar?: Polar }): Promise<void> {
    first.polar ??= await fourier.transform(first.frame);
    const polar = frame === first.frame ? first.polar : await fourier.transform(frame);
    this.chart.picture = await fourier.radialPower(frame);
    if (first !== this.#first) return;
    const { magnitude, phase, magnitudeWords, phaseWords } = this.parts;
    paint(magnitude, polar, ({ magnitude }, k) => grey((Math.log1p(magnitude[k]!) - 1) / 9));
    paint(phase, polar, ({ phase }, k) => wheel(phase[k]!));
    const moved = movedFrom(first.polar, polar);
    if (!moved) return;
    magnitudeWords.textContent = `${(100 * moved.magnitude).toFixed(0)} % from where they began`;
    phaseWords.textContent = `${((180 / Math.PI) * moved.phase).toFixed(0)}° from where they began`;
  }
}

/** Of the green channel's waves, each counted by its strength at the beginning; without the mean. */
function movedFrom(first: Polar, now: Polar): { magnitude: number; phase: number } | undefined {
  if (first.height !== now.height || first.width !== now.width) return undefined; // it was refined
  const size = first.magnitude.length / 3;
  let [magnitude, phase, weight] = [0, 0, 0];
  for (let k = size + 1; k < 2 * size; k++) {
    const turn = Math.abs(now.phase[k]! - first.phase[k]!);
    weight += first.magnitude[k]!;
    magnitude += Math.abs(now.magnitude[k]! - first.magnitude[k]!);
    phase += first.magnitude[k]! * Math.min(turn, 2 * Math.PI - turn);
  }
  return weight > 0 ? { magnitude: magnitude / weight, phase: phase / weight } : undefined;
}

/** The green channel. */
function paint(canvas: HTMLCanvasElement, polar: Polar, colour: (polar: Polar, k: number) => Colour): void {
  const { height, width } = polar;
  const green = polar.magnitude.length / 3;
  const data = planeOf(height, width, (k) => colour(polar, green + k));
  Object.assign(canvas, { width, height });
  canvas.getContext('2d')!.putImageData(new ImageData(data, width, height), 0, 0);
}

function grey(share: number): Colour {
  const value = 255 * Math.min(1, Math.max(0, share));
  return [value, value, value];
}

/** Angles as colours of one brightness, which come round again. */
function wheel(angle: number): Colour {
  const at = (shift: number) => 140 + 100 * Math.cos(angle + shift);
  return [at(0), at(-2.094), at(2.094)];
}
