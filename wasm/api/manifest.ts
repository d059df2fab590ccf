/** The list of models that comes with the package, models/manifest.json, and lists like it. */
import { cut, PhaselensError } from '../base/errors.js';
import type { ConfigOptions } from '../base/option-list.js';
import { absolute, join, readSource } from '../base/source.js';

/** A model of a manifest; give it to loadModel. */
export interface ManifestEntry {
  readonly id: string;
  readonly title: string;
  /** Of the ONNX file. */
  readonly url: string;
  /** See LoadOptions.labels. */
  readonly labelsUrl?: string;
  /** See LoadOptions. */
  readonly preprocessing?: { readonly mean: readonly number[]; readonly std: readonly number[]; readonly bgr?: boolean };
  /** What the preset 'default' does otherwise for this model: see VisualizeOptions. */
  readonly recipe?: ConfigOptions;
  readonly licence?: string;
  /** The entry as the manifest has it, with everything else that it says. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * Reads a manifest, by default the one that comes with the package: {"models": [{id, title, file, labels, normalization: {mean,
 * std}, recipe, licence, ...}]}. Addresses in it are relative to it. Errors: 'network', 'invalid-argument'.
 */
export async function loadManifest(url?: string | URL, { signal }: { signal?: AbortSignal } = {}): Promise<ManifestEntry[]> {
  // Not in the form that bundlers look for: they would take the manifest away from the models.
  const here = import.meta.url;
  const address = url ?? new URL('../models/manifest.json', here);
  const blob = await readSource(address, signal);
  const manifest = parse(await blob.text(), address);
  const entries = typeof manifest === 'object' && manifest !== null && 'models' in manifest ? manifest.models : manifest;
  if (!Array.isArray(entries)) throw new PhaselensError('invalid-argument', `${cut(String(address))} has no list of models.`);
  const base = absolute(address);
  return entries.map((entry: unknown, i) => readEntry(entry, base, `${cut(String(address))}, model ${i + 1}`));
}

function parse(text: string, address: string | URL): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PhaselensError('invalid-argument', `${cut(String(address))} is not JSON: ${(cause as Error).message}.`, { cause });
  }
}

function readEntry(entry: unknown, base: string, where: string): ManifestEntry {
  const fields = (entry ?? {}) as Record<string, unknown>;
  const { id, file, title = id, labels, normalization, recipe, licence } = fields;
  if (typeof id !== 'string' || typeof file !== 'string') {
    throw new PhaselensError('invalid-argument', `${where}: its id or its file is missing.`);
  }
  return {
    id,
    title: String(title),
    url: join(file, base),
    ...(typeof labels === 'string' ? { labelsUrl: join(labels, base) } : {}),
    // loadModel checks both.
    ...(normalization ? { preprocessing: normalization as NonNullable<ManifestEntry['preprocessing']> } : {}),
    ...(recipe ? { recipe: recipe as ConfigOptions } : {}),
    ...(typeof licence === 'string' ? { licence } : {}),
    fields,
  };
}
