/** A run whose waves are watched: the picture, the magnitude that stays, and how far each wave has moved. */
import type { Step } from '../phaselens';
import { ask, draw, fourier, loadApi, model } from './core';
import { Motion } from './seen';

const strawberry = 949;
const recipe = { seed: 1, size: 256, steps: 128, outputs: ['values'] } as const;

export async function wireGradient(figure: HTMLElement): Promise<void> {
  let run: AbortController | undefined;
  let finished = false;
  const motion = new Motion(figure, (plays) => {
    if (!plays) run?.abort();
    else if (!run && !finished) void start();
  });
  figure.querySelector('button')!.addEventListener('click', () => {
    if (!finished) return;
    finished = false; // once more
    motion.want(true);
  });
  const start = async () => {
    run = new AbortController();
    try {
      await play(figure, run.signal);
      finished = true;
      motion.want(false);
    } catch (error) {
      if (error !== run.signal.reason) throw error;
    } finally {
      run = undefined;
      if (motion.plays && !finished) void start(); // seen again while it ended
    }
  };
}

async function play(figure: HTMLElement, signal: AbortSignal): Promise<void> {
  const { logit } = await loadApi();
  const loaded = await model();
  signal.throwIfAborted();
  const output = figure.querySelector('output')!;
  let start: Float32Array | undefined;
  for await (const step of loaded.visualize(logit(strawberry), { ...recipe, signal })) {
    draw(step.frame, figure.querySelector('.picture')!);
    if (!start) await showMagnitude(figure, step);
    start ??= step.values!;
    const values = await ask('turned', { from: start, to: step.values! });
    draw(await ask('picture', { values, ...shape, logarithmic: false }), figure.querySelector('.moved')!);
    output.textContent = `Step ${step.index + 1} of ${step.steps}, score ${step.score.toFixed(1)}`;
  }
}

const shape = { height: recipe.size, width: recipe.size };

/** As the frame has it, which colours and contrast are applied to. */
async function showMagnitude(figure: HTMLElement, { frame }: Step): Promise<void> {
  const { magnitude } = await (await fourier()).transform(frame);
  draw(await ask('picture', { values: magnitude, ...shape, logarithmic: true }), figure.querySelector('.magnitude')!);
}
