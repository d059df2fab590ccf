/** One step of a visualization, as its consumer sees it. */
import { PhaselensError, show } from '../base/errors.js';
import type { Frame } from '../base/image.js';
import type { Outputs, Span, StepMessage } from '../base/protocol.js';

type Context = Pick<OffscreenCanvasRenderingContext2D, 'createImageData' | 'putImageData'>;

/** What a step can be drawn on: an HTMLCanvasElement, an OffscreenCanvas, or a Node package's canvas. */
export interface CanvasLike {
  /** In pixels; drawing sets it. */
  height: number;
  /** In pixels; drawing sets it. */
  width: number;
  /** What is drawn with; null where it has a context of another kind. */
  getContext(type: '2d'): Context | null;
}

/** What a visualization has come to: its score and its picture. */
export class Step {
  /** From 0 to steps - 1. */
  readonly index: number;
  /** How many steps the visualization has in all. */
  readonly steps: number;
  /** The objective, averaged over this step's crops of the image shown. */
  readonly score: number;
  /** The weighted sum of the images' penalties, their mean, which the score does not contain. */
  readonly penalty: number;
  /**
   * No gradient came to any image: the score is flat there, at its lowest, as that of a unit which a Relu keeps at 0 wherever the
   * crops look, or at its highest. Where the layer has one, its `unclamped` layer goes on moving.
   */
  readonly blocked: boolean;
  /** The first image as people see it; with `frameInterval` perhaps that of a step before. */
  readonly frame: Frame;
  /** All images as people see them. */
  readonly frames: readonly Frame[];
  /** Of every image height x width x 3, in the range that the network sees, if asked for by `outputs`. */
  readonly image: Float32Array | undefined;
  /** Of every image height x width: |d score / d image|, summed over channels and steps, if asked for. */
  readonly transparency: Float32Array | undefined;
  /**
   * What is optimized, of every image, after this step's update, if asked for: 'maco', phases, 3 x height x (width/2 + 1); 'fourier',
   * real parts, then imaginary parts, each as many; 'pixel', 3 x height x width; 'generator', the latent.
   */
  readonly values: Float32Array | undefined;
  /** What every worker did since the step before, if asked for. */
  readonly timeline: readonly Span[] | undefined;

  /** @internal */
  constructor(message: StepMessage, steps: number, frames: readonly Frame[]) {
    const outputs: Outputs = message.outputs;
    this.index = message.index;
    this.steps = steps;
    this.score = message.score;
    this.penalty = message.penalty;
    this.blocked = message.blocked;
    this.frame = frames[0]!;
    this.frames = frames;
    this.image = outputs.image;
    this.transparency = outputs.transparency;
    this.values = outputs.values;
    this.timeline = message.timeline;
  }

  /** Draws the frame, or that of another image, pixel by pixel; the canvas takes its size. Errors: see drawFrame. */
  draw(canvas: CanvasLike, image = 0): void {
    drawFrame(this.frames[image] ?? this.frame, canvas);
  }
}

/** Draws a frame, pixel by pixel; the canvas takes its size. Errors: 'invalid-argument', a canvas that cannot be drawn on. */
export function drawFrame({ data, height, width }: Frame, canvas: CanvasLike): void {
  const context = contextOf(canvas);
  // Setting a canvas's size clears it, which would flicker.
  if (canvas.height !== height) canvas.height = height;
  if (canvas.width !== width) canvas.width = width;
  const pixels = context.createImageData(width, height);
  pixels.data.set(data);
  context.putImageData(pixels, 0, 0);
}

/** Asked for before the size is set, which would clear what someone else has drawn. */
function contextOf(canvas: CanvasLike): Context {
  if (typeof (canvas as CanvasLike | null | undefined)?.getContext !== 'function')
    throw new PhaselensError('invalid-argument', `A picture is drawn on a canvas, not on ${show(canvas)}.`);
  let context: Context | null;
  try {
    context = canvas.getContext('2d');
  } catch (cause) {
    throw unfit('gave its drawing to an OffscreenCanvas: draw on that', cause);
  }
  if (!context) throw unfit('has a context of another kind, such as webgl: give the picture a canvas of its own');
  return context;
}

function unfit(how: string, cause?: unknown): PhaselensError {
  return new PhaselensError('invalid-argument', `This canvas cannot be drawn on in 2d: it ${how}.`, { cause });
}

export function toFrame(rgba: Uint8Array, height: number, width: number): Frame {
  return { data: new Uint8ClampedArray(rgba.buffer, rgba.byteOffset, rgba.length), height, width };
}
