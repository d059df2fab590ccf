/** The list of models that comes with the package, and lists like it. */
import { cut, PhaselensError } from '../base/errors.js';
import type { ConfigOptions } from '../base/option-list.js';
import { modelFiles, models } from '../base/packaged.js';
import type { Preprocessing } from '../base/protocol.js';
import { throwIfAborted } from '../base/signal.js';
import { absolute, join, readSource } from '../base/source.js';

/** A model of a manifest; give it to loadModel. */
export interface ManifestEntry {
  /** Its name for programs, in one word. */
  readonly id: string;
  /** Its name for people. */
  readonly title: string;
  /** Of the ONNX file. */
  readonly url: string;
  /** See LoadOptions.labels. */
  readonly labelsUrl?: string;
  /** See LoadOptions. */
  readonly preprocessing?: Preprocessing;
  /** What the preset 'default' does otherwise for this model: see VisualizeOptions. */
  readonly recipe?: ConfigOptions;
  /** Under which the network may be used. */
  readonly licence?: string;
  /** Of the ONNX file, in hexadecimal digits: with it and `bytes`, browsers keep the file from one visit to the next. */
  readonly sha256?: string;
  /** Of the ONNX file: progress knows its size by it. */
  readonly bytes?: number;
  /** The entry as the manifest has it, with everything else that it says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The models that come with the package; or a list like theirs, read from an address or a path (Node): {"models": [{id, title, file, labels, normalization: {mean,
 * std}, recipe, licence, ...}]}. Addresses in it are relative to it. Errors: 'network', 'invalid-argument'.
 */
export async function loadManifest(url?: string | URL, { signal }: { signal?: AbortSignal } = {}): Promise<ManifestEntry[]> {
  throwIfAborted(signal);
  if (url === undefined) return models.map((entry) => readEntry(entry, packagedUrl, 'The packaged models'));
  const blob = await readSource(url, signal);
  const manifest = parse(await blob.text(), url);
  const entries = typeof manifest === 'object' && manifest !== null && 'models' in manifest ? manifest.models : manifest;
  if (!Array.isArray(entries)) throw new PhaselensError('invalid-argument', `${cut(String(url))} has no list of models.`);
  const base = absolute(url);
  return entries.map((entry: unknown, i) => readEntry(entry, (file) => join(file, base), `${cut(String(url))}, model ${i + 1}`));
}

/** Whether a model's name is an address or a path, which have a dot or a slash, and not the id of a packaged one. */
export const isAddress = (name: string): boolean => /[./\\]/.test(name);

/** The model of the package by its id; the first, where none is named. Errors: 'invalid-argument'. */
export async function packagedModel(id?: string): Promise<ManifestEntry> {
  const entries = await loadManifest();
  const entry = id === undefined ? entries[0] : entries.find((known) => known.id === id);
  if (entry) return entry;
  const ids = entries.map((known) => known.id).join(', ');
  throw new PhaselensError(
    'invalid-argument',
    `There is no packaged model ${cut(id)}, but ${ids}. An address or a path has a dot or a slash.`,
  );
}

function parse(text: string, address: string | URL): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PhaselensError('invalid-argument', `${cut(String(address))} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

function packagedUrl(file: string): string {
  return absolute(modelFiles[file]!());
}

/** `address`: of a file that the entry names. */
function readEntry(entry: unknown, address: (file: string) => string, where: string): ManifestEntry {
  const fields = (entry ?? {}) as Record<string, unknown>;
  const { id, file, title = id, labels, normalization, recipe, licence, sha256, bytes } = fields;
  if (typeof id !== 'string' || typeof file !== 'string') {
    throw new PhaselensError('invalid-argument', `${where}: its id or its file is missing.`);
  }
  return {
    id,
    title: String(title),
    url: address(file),
    ...(typeof labels === 'string' ? { labelsUrl: address(labels) } : {}),
    // loadModel checks both.
    ...(normalization ? { preprocessing: normalization as Preprocessing } : {}),
    ...(recipe ? { recipe: recipe as ConfigOptions } : {}),
    ...(typeof licence === 'string' ? { licence } : {}),
    ...(typeof sha256 === 'string' ? { sha256 } : {}),
    ...(typeof bytes === 'number' ? { bytes } : {}),
    fields,
  };
}
