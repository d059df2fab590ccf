/** The model that a command is about. */
import { type Build, isAddress, type LoadOptions, loadModel, type Model, packagedModel } from '../api/index.js';
import type { Flag, Given } from './command.js';
import { hashOf, readJson } from './disk.js';
import { Exit, failed } from './exit.js';
import { interruption } from './interrupt.js';
import { clearLine, showLine } from './progress.js';

/** A model as it is written down. */
export interface ModelWish {
  /** Id of a packaged one, path or address. */
  readonly source: string;
  /** Of the file, where it lies on this machine. */
  readonly sha256?: string;
  readonly labels?: string;
  readonly preprocessing?: NonNullable<LoadOptions['preprocessing']>;
  readonly externalData?: readonly string[];
  readonly inputSize?: number;
}

const wishFlags: readonly Flag[] = [
  {
    name: 'model',
    short: 'm',
    value: 'MODEL',
    text: 'Id of a packaged model, or path or address of an ONNX file. Default: the packaged one.',
  },
  { name: 'labels', value: 'FILE', text: "Names of the model's classes: path or address." },
  {
    name: 'preprocessing',
    value: 'JSON',
    text: 'What the model expects: {"mean": [...], "std": [...]}, or a file that holds it.',
  },
  { name: 'external-data', value: 'FILE', multiple: true, text: "A file of the model's weights that does not lie beside it." },
  { name: 'input-size', value: 'N', text: "Side of the model's input, where the file leaves it open." },
];

export const modelFlags: readonly Flag[] = [
  ...wishFlags,
  {
    name: 'workers',
    value: 'N',
    text: 'Workers at most. Default: as many as the machine has threads; the bits do not depend on it.',
  },
  {
    name: 'build',
    value: 'simd|relaxed',
    text: 'Of the WebAssembly. Default: the fastest; the same bits are those of one build.',
  },
];

/** Flags that say which model it is, as they would be written again. */
export const modelWords = (given: Given): string[] => given.words(wishFlags.map(({ name }) => name));

export async function readWish(given: Given): Promise<ModelWish> {
  const source = given.text('model');
  const [labels, preprocessing, externalData] = [given.text('labels'), given.text('preprocessing'), given.all('external-data')];
  const inputSize = given.whole('input-size', 1);
  const sha256 = source !== undefined && isAddress(source) ? await hashOf(source) : undefined;
  return {
    source: source !== undefined && isAddress(source) ? source : (await packagedModel(source)).id,
    ...(sha256 ? { sha256 } : {}),
    ...(labels ? { labels } : {}),
    ...(preprocessing ? { preprocessing: (await readJson('preprocessing', preprocessing)) as never } : {}),
    ...(externalData.length > 0 ? { externalData } : {}),
    ...(inputSize ? { inputSize } : {}),
  };
}

/** A wish of another time, by what is given now; throws where its file is another one. */
export async function renewWish(wish: ModelWish, given: Given): Promise<ModelWish> {
  const renewed = modelWords(given).length > 0 ? { ...wish, ...(await readWish(given)) } : wish;
  const now = isAddress(renewed.source) ? await hashOf(renewed.source) : undefined;
  if (!wish.sha256 || !now || now === wish.sha256) return renewed;
  throw new Exit(failed, `${renewed.source} is not the model that this picture is of: its content has changed.`);
}

export function readWorkers(given: Given): Pick<LoadOptions, 'workers' | 'build'> {
  const [workers, build] = [given.whole('workers', 1), given.text('build')];
  return { ...(workers ? { workers } : {}), ...(build ? { build: build as Build } : {}) };
}

export async function openModel(wish: ModelWish, options: Pick<LoadOptions, 'workers' | 'build'>): Promise<Model> {
  const { source, labels, preprocessing, externalData, inputSize } = wish;
  const from = isAddress(source) ? source : await packagedModel(source);
  const given = { labels, preprocessing, externalData, size: inputSize };
  const known = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  showLine(`Loading ${source}`);
  const model = await loadModel(from, { ...options, ...known, signal: interruption });
  clearLine();
  return model;
}

/** Nothing of a model is left, whatever happens. */
export async function using<T>(model: Model, work: (model: Model) => T | Promise<T>): Promise<T> {
  try {
    return await work(model);
  } finally {
    await model.dispose();
  }
}
