/** What the tests share. They run against dist/, which is what is published. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import { loadModel, type LoadOptions, type Model, type PhaselensError, type Visualization } from '../../dist/index.js';
import { tinyNetwork, writeOnnx } from './onnx.js';

export * from '../../dist/index.js';

export const dist = new URL('../../dist/', import.meta.url);
export const magnitudeFile = new URL('models/imagenet-magnitude.npy', dist);

/** The real model, where it was fetched; else its tests are skipped. */
export const realModel = ((url) => (existsSync(url) ? fileURLToPath(url) : undefined))(
  new URL('models/efficientnet-lite0.onnx', dist),
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
