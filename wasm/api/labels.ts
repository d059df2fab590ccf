/** Names of a network's units, in every form in which people have them. */
import { PhaselensError, show } from '../base/errors.js';
import { isBlob, isBuffer, isBytes, isResponse, isUrl } from '../base/kinds.js';
import { readSource, type Source } from '../base/source.js';

/**
 * A list; or an object: {"0": "tench", ...}, {"0": ["n01440764", "tench"], ...} as Keras has it, {"tench": 0, ...}, or one that holds
 * `id2label` or `label2id`, as a config.json of Hugging Face; or where a file of one of these is, as JSON, or with one name a line.
 */
export type Labels = readonly string[] | Readonly<Record<string, unknown>> | Source;

const largest = 16e6; // bytes; a file of names is far smaller
const depthOfConfigs = 4;

const fail = (what: string, cause?: unknown): never => {
  throw new PhaselensError('invalid-argument', `The labels ${what}.`, { cause });
};

/** The names in the order of the units. Errors: 'invalid-argument', 'network'; an abort throws the signal's reason. */
export async function readLabels(labels: Labels, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<string[]> {
  if (!isSource(labels)) return listOf(labels);
  const file = await readSource(labels, signal);
  if (file.size > largest) fail('are too large a file for a list of names');
  return listOf(parse(await file.text()));
}

function isSource(labels: Labels): labels is Source {
  return typeof labels === 'string' || [isUrl, isBlob, isBuffer, isBytes, isResponse].some((is) => is(labels));
}

/** JSON, or the lines. */
function parse(text: string): unknown {
  const content = text.replace(/^\uFEFF/, '').trimEnd();
  if (content === '') fail('are an empty file');
  if (/[\0\uFFFD]/.test(content)) fail('are no text in UTF-8');
  if (!/^\s*[[{]/.test(content)) return content.split(/\r?\n/).map((line) => line.trim());
  try {
    return JSON.parse(content);
  } catch (cause) {
    return fail(`begin like JSON, but are none: ${(cause as Error).message}`, cause);
  }
}

function listOf(labels: unknown): string[] {
  if (Array.isArray(labels)) return labels.map((name, unit) => nameOf(name, unit));
  if (typeof labels !== 'object' || labels === null) return fail(`are ${show(labels)}, which is no list of names`);
  const config = configIn(labels, depthOfConfigs);
  if (config.id2label) return listById(Object.entries(config.id2label));
  if (config.label2id) return listById(inverse(config.label2id));
  const ids = Object.keys(labels);
  if (ids.length > 0 && ids.every(isId)) return listById(Object.entries(labels));
  if (ids.length > 0 && Object.values(labels).every((id) => isId(String(id)))) return listById(inverse(labels));
  return fail('are neither a list nor {"0": "a name", ...} nor {"a name": 0, ...}, and have no id2label');
}

/** The maps of a configuration, wherever in it they are. */
function configIn(value: object, depth: number): { id2label?: object; label2id?: object } {
  const { id2label, label2id } = value as Record<string, unknown>;
  if (isObject(id2label)) return { id2label };
  if (isObject(label2id)) return { label2id };
  const within = depth > 0 ? Object.values(value).filter(isObject) : [];
  return within.map((part) => configIn(part, depth - 1)).find((found) => Object.keys(found).length > 0) ?? {};
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(text: string): boolean {
  return /^\d{1,9}$/.test(text);
}

function inverse(ids: object): [string, string][] {
  return Object.entries(ids).map(([name, id]) => [String(id), name]);
}

function listById(entries: readonly [string, unknown][]): string[] {
  const names = new Map<number, unknown>();
  for (const [id, name] of entries) {
    if (!isId(id)) fail(`have ${show(id)} for the number of a unit`);
    if (names.has(Number(id))) fail(`have two names for unit ${Number(id)}, ${show(names.get(Number(id)))} and ${show(name)}`);
    names.set(Number(id), name);
  }
  return Array.from({ length: names.size }, (_, unit) => {
    if (names.has(unit)) return nameOf(names.get(unit), unit);
    return fail(`are ${counted(names.size)}, of which none is for unit ${unit}`);
  });
}

/** Keras has an id of WordNet before the name. */
function nameOf(entry: unknown, unit: number): string {
  const name = Array.isArray(entry) ? entry.at(-1) : entry;
  if (typeof name === 'string' || typeof name === 'number') return String(name);
  return fail(`have ${show(entry)} for unit ${unit}, which is no name`);
}

/** Throws where there are more or fewer names than units. */
export function checkLabels(labels: readonly string[], layer: string, units: number): void {
  if (labels.length !== units) fail(`are ${counted(labels.length)}, and the logits, ${show(layer)}, are ${units}`);
}

function counted(names: number): string {
  return names === 1 ? '1 name' : `${names} names`;
}
