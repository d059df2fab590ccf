/** A picture: the canvas, and what stands there before the first step. */
import { imageDataOf } from '../parts/pixels';
import type { Frames } from '../run/session';

export interface StageParts {
  sheet: HTMLElement;
  canvas: HTMLCanvasElement;
  text: HTMLElement;
  bar: HTMLElement;
}

interface Held {
  done: number; // steps
  steps: number; // in all
  frames: Frames;
}

const gap = 4; // pixels between images
const quality = 0.9; // where a type loses some

export class Stage {
  /** The latest of the picture; before there were any, none. */
  frames: Frames = [];
  #held: Held | undefined;
  #description = '';

  constructor(private readonly parts: StageParts) {}

  get canvas(): HTMLCanvasElement {
    return this.parts.canvas;
  }

  /** Before the first picture there is a text; after it only the bar tells. */
  waiting(text: string, fraction: number | undefined): void {
    this.parts.text.textContent = text;
    this.progress(fraction, text);
  }

  empty(): void {
    this.parts.sheet.dataset.state = 'waiting';
  }

  failed(): void {
    this.parts.sheet.dataset.state = 'failed';
    this.parts.text.textContent = 'No picture';
  }

  /** It is not what is asked for, which is about to begin. */
  former(is: boolean): void {
    this.parts.sheet.classList.toggle('former', is);
  }

  /** The canvas's pixels are what is saved. */
  show(frames: Frames): void {
    this.frames = frames;
    if (!this.#held) this.#paint(frames);
  }

  /** An earlier step that stays on show while the picture goes on; nothing for the latest again. */
  hold(held: Held | undefined): void {
    if (!held && !this.#held) return;
    this.#held = held;
    this.#paint(held?.frames ?? this.frames);
    this.describe(this.#description);
  }

  get held(): Held | undefined {
    return this.#held;
  }

  #paint(frames: Frames): void {
    const { canvas, sheet } = this.parts;
    paint(frames, canvas);
    sheet.style.setProperty('--aspect', `${canvas.width} / ${canvas.height}`);
    sheet.dataset.state = 'picture';
  }

  /** A fraction, or undefined when nobody knows how long it takes. */
  progress(fraction: number | undefined, text: string): void {
    const { bar, sheet } = this.parts;
    bar.classList.toggle('unknown', fraction === undefined);
    sheet.style.setProperty('--done', String(fraction ?? 1));
    bar.setAttribute('aria-valuetext', text);
    if (fraction === undefined) bar.removeAttribute('aria-valuenow');
    else bar.setAttribute('aria-valuenow', fraction.toFixed(3));
  }

  describe(text: string): void {
    this.#description = text;
    const step = this.#held ? `, step ${this.#held.done} of ${this.#held.steps}` : '';
    this.parts.canvas.setAttribute('aria-label', text + step);
  }

  transparent(on: boolean): void {
    this.parts.sheet.classList.toggle('transparent', on);
  }
}

/** A canvas of its own. */
export function painted(frames: Frames): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  paint(frames, canvas);
  return canvas;
}

/** Several images in rows, as nearly square as they are. */
function paint(frames: Frames, canvas: HTMLCanvasElement): void {
  const { height = 1, width = 1 } = frames[0] ?? {};
  const columns = Math.ceil(Math.sqrt(frames.length));
  const rows = Math.ceil(frames.length / columns);
  resize(canvas, columns * (width + gap) - gap, rows * (height + gap) - gap);
  const context = canvas.getContext('2d')!;
  for (const [i, frame] of frames.entries()) {
    context.putImageData(imageDataOf(frame), (i % columns) * (width + gap), Math.floor(i / columns) * (height + gap));
  }
}

/** Setting a canvas's size clears it, which would flicker. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/** As a file of this type; several beside each other. */
export async function fileOf(canvases: HTMLCanvasElement[], type: string): Promise<Blob> {
  const blob = await new Promise<Blob | null>((resolve) => joined(canvases).toBlob(resolve, type, quality));
  if (blob?.type !== type) throw new Error(`The picture could not be turned into a file of the type ${type}.`);
  return blob;
}

/** Browsers that do not write a type write a PNG. */
export function writes(type: string): Promise<boolean> {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
  return new Promise((resolve) => canvas.toBlob((blob) => resolve(blob?.type === type), type));
}

function joined([first, ...others]: HTMLCanvasElement[]): HTMLCanvasElement {
  const all = document.createElement('canvas');
  if (!first || others.length === 0) return first ?? all;
  all.width = [first, ...others].reduce((sum, { width }) => sum + width + gap, -gap);
  all.height = Math.max(...[first, ...others].map(({ height }) => height));
  let x = 0;
  for (const canvas of [first, ...others]) {
    all.getContext('2d')!.drawImage(canvas, x, 0);
    x += canvas.width + gap;
  }
  return all;
}
