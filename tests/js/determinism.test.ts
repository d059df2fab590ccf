/** The same bits, whoever computes them, with whatever interruptions, for every pair of choices that a visualization offers. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Combination, combinations, photo } from './combinations.js';
import { contents } from './contents.mjs';
import { bytesOf, collect, dist, loadTiny, type Model, tinyFile, type Visualization } from './support.js';

const loading = { preprocessing: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.25] } };
const shown = { ...photo, data: Float32Array.from(photo.data) };

function visualize(model: Model, { objective, options, start }: Combination): Visualization {
  const photos = [shown];
  return model.visualize(objective, {
    ...options,
    photos,
    ...(start && { start: shown }),
    outputs: ['image', 'transparency', 'values'],
  });
}

const whole = async (model: Model, one: Combination) => (await collect(visualize(model, one))).map(contents);

/** Held for a moment after its second step. */
async function paused(model: Model, one: Combination): Promise<string[]> {
  const run = visualize(model, one);
  const steps: string[] = [];
  for await (const step of run) {
    steps.push(contents(step));
    if (steps.length !== 2) continue;
    run.pause();
    setTimeout(() => run.resume(), 20);
  }
  return steps;
}

async function kept(model: Model, one: Combination): Promise<string> {
  const run = visualize(model, one);
  for await (const _ of run) return bytesOf(await run.checkpoint()).toString('base64');
  throw new Error('there is no first step');
}

/** A model whose helpers are all there. */
async function load(workers: number): Promise<Model> {
  const model = await loadTiny({ ...loading, workers });
  await model.memory();
  return model;
}

describe('any two choices together', () => {
  const runs: string[][] = [];
  beforeAll(async () => {
    const model = await load(1);
    for (const one of combinations) runs.push(await whole(model, one));
  });

  it('make another picture than any other two', () => {
    expect(runs.map(({ length }) => length)).toEqual(combinations.map(({ options }) => options.steps));
    expect(new Set(runs.map((steps) => steps.at(-1))).size).toBe(combinations.length);
  });

  it.each([2, 5])('give the same bits by %i workers', async (workers) => {
    const model = await load(workers);
    for (const [i, one] of combinations.entries()) expect(await whole(model, one), JSON.stringify(one)).toEqual(runs[i]);
  });

  it('give the same bits after a pause', async () => {
    const model = await load(2);
    for (const [i, one] of combinations.entries()) expect(await paused(model, one), JSON.stringify(one)).toEqual(runs[i]);
  });

  it('give the same bits after a checkpoint, in another process', async () => {
    const model = await load(2);
    const checkpoints: string[] = [];
    for (const one of combinations) checkpoints.push(await kept(model, one));
    const file = Buffer.from(tinyFile).toString('base64');
    const input = JSON.stringify({ api: new URL('index.js', dist).href, file, loading, checkpoints, photo });
    const script = fileURLToPath(new URL('resume-all.mjs', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [script], { input, encoding: 'utf8' });
    expect(stderr).toBe('');
    for (const [i, rest] of (JSON.parse(stdout) as string[][]).entries()) {
      expect(rest.length).toBeGreaterThan(0);
      expect(rest, JSON.stringify(combinations[i])).toEqual(runs[i]!.slice(-rest.length));
    }
  });
});
