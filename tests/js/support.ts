/** What the tests share. They run against dist/, which is what is published. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import {
  type LoadOptions,
  loadModel,
  type Model,
  type PhaselensError,
  type ResumeOptions,
  type Visualization,
} from '../../dist/index.js';
import { tinyNetwork, writeOnnx } from './onnx.js';

export * from '../../dist/index.js';

export const dist = new URL('../../dist/', import.meta.url);
/** What dist/ is made of, for tests of what it does not show. */
export const modules = new URL('../../build/modules/', import.meta.url);
export const magnitudeFile = new URL('phaselens/models/imagenet-magnitude.npy', dist);

/** The real model, where it was fetched; else its tests are skipped. */
export const realModel = ((url) => (existsSync(url) ? fileURLToPath(url) : undefined))(
  new URL('phaselens/models/efficientnet-lite0.onnx', dist),
);

export const tinyFile = writeOnnx(tinyNetwork());
export const plain = { mean: [0, 0, 0], std: [1, 1, 1] };

const open: Model[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.dispose()));
});

/** The tiny network, disposed of after the test. */
export async function loadTiny(options: LoadOptions = {}, file: Uint8Array = tinyFile): Promise<Model> {
  const model = await loadModel(file, { preprocessing: plain, workers: 2, ...options });
  open.push(model);
  return model;
}

/** The values of the last step, in base64, of a tiny model's run that another process goes on with. */
export async function lastElsewhere(checkpoint: Uint8Array, options: ResumeOptions): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'phaselens-'));
  try {
    await writeFile(join(folder, 'run'), checkpoint);
    await writeFile(join(folder, 'model'), tinyFile);
    const script = `
      import { readFile } from 'node:fs/promises';
      import { loadModel } from ${JSON.stringify(new URL('index.js', dist).href)};
      const model = await loadModel(${JSON.stringify(join(folder, 'model'))}, { preprocessing: { mean: [0, 0, 0], std: [1, 1, 1] } });
      let last;
      const run = new Uint8Array(await readFile(${JSON.stringify(join(folder, 'run'))}));
      for await (const step of await model.resume(run, ${JSON.stringify({ ...options, outputs: ['values'] })})) last = step;
      console.log(Buffer.from(last.values.buffer).toString('base64'));
      await model.dispose();`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Steps that take no time with the tiny network. */
export const quick = { size: 64, steps: 12, crops: 4, seed: 7 } as const;

export async function collect<T>(sequence: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of sequence) items.push(item);
  return items;
}

/** The first step; the sequence stays open. */
export async function firstOf(visualization: Visualization) {
  const { value } = await visualization[Symbol.asyncIterator]().next();
  if (!value) throw new Error('there is no first step');
  return value;
}

export async function failureOf(promise: Promise<unknown>): Promise<PhaselensError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('it did not fail');
  return outcome as PhaselensError;
}

/** Models and runs alive in every worker. */
export async function handlesOf(model: Model): Promise<number[]> {
  return (await model.memory()).map(({ handles }) => handles);
}

export const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export const bytesOf = (array: ArrayBufferView): Buffer => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
