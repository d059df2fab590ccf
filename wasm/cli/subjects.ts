/** What pictures are of: units by number, range or name, a whole layer, or an objective. */
import { type Model, type Objective, objectiveOf, unitNamed } from '../api/index.js';
import type { Flag, Given } from './command.js';
import { readJson } from './disk.js';
import { Exit, misuse, wrongUse } from './exit.js';
import { suggest } from './nearest.js';

export interface Subject {
  readonly objective: Objective;
  readonly layer?: string;
  readonly unit?: number;
  /** Of its class. */
  readonly label?: string;
  /** For people. */
  readonly name: string;
}

export const subjectFlags: readonly Flag[] = [
  {
    name: 'layer',
    short: 'l',
    value: 'LAYER',
    text: 'The layer of the units. Default: the logits. phaselens layers lists them.',
  },
  {
    name: 'unit',
    short: 'u',
    value: 'UNIT',
    multiple: true,
    text: 'A unit by its number or the name of its class; several: 1,5,10-12, or the flag again. Without one, the layer as a whole.',
  },
  { name: 'objective', value: 'JSON', text: 'Instead of both: an objective, as the package has it, or a file that holds it.' },
];

export const subjectWords = (given: Given): string[] => given.words(subjectFlags.map(({ name }) => name));

/** Throws an Exit for what the model does not have. */
export async function readSubjects(given: Given, model: Model): Promise<Subject[]> {
  const [layer, units, objective] = [given.text('layer'), given.all('unit'), given.text('objective')];
  if (layer !== undefined) checkLayer(layer, model);
  if (objective !== undefined) return [await ofObjective(given, objective)];
  if (units.length === 0) return [wholeLayer(layer, model)];
  const numbers = units.flatMap((text) => readUnits(text, layer, model));
  return numbers.map((unit) => subjectOf(unit, layer, model));
}

async function ofObjective(given: Given, text: string): Promise<Subject> {
  if (subjectWords(given).length > 2) throw misuse('--objective stands alone: a layer and units are in it.');
  return { objective: (await readJson('objective', text)) as Objective, name: 'objective' };
}

function wholeLayer(layer: string | undefined, model: Model): Subject {
  if (layer === undefined) throw misuse('Nothing says what to show: give --unit, --layer or --objective.');
  return { objective: objectiveOf({ layer }, model), layer, name: layer };
}

export function subjectOf(unit: number, layer: string | undefined, model: Model): Subject {
  const shown = layer ?? model.logits ?? '';
  const called = shown === model.logits ? model.labels?.[unit] : undefined;
  const subject = { objective: objectiveOf({ layer, unit }, model), layer: shown, unit };
  if (called === undefined) return { ...subject, name: `${shown} ${unit}` };
  return { ...subject, label: called, name: `${called} (${shown} ${unit})` };
}

function checkLayer(layer: string, { layers }: Model): void {
  const names = layers.flatMap(({ name, aliases }) => [name, ...aliases]);
  if (!names.includes(layer)) {
    throw new Exit(wrongUse, `The model has no layer ${layer}.${suggest(layer, names)} phaselens layers lists them.`);
  }
}

/** A name of a class, or numbers and ranges between commas. */
function readUnits(text: string, layer: string | undefined, model: Model): number[] {
  if (!/^[\d\s,-]+$/.test(text)) return [named(text, layer, model)];
  const numbers = text.split(',').flatMap((part) => readRange(part.trim()));
  for (const number of numbers) checkUnit(number, layer, model);
  return numbers;
}

function named(name: string, layer: string | undefined, model: Model): number {
  if (layer !== undefined && layer !== model.logits)
    throw misuse(`The units of ${layer} have numbers alone, and no name ${name}.`);
  try {
    return unitNamed(name, model);
  } catch (cause) {
    if (cause === model.labelsError) throw cause;
    throw new Exit(wrongUse, (cause as Error).message + suggest(name, model.labels ?? []), { cause });
  }
}

function readRange(text: string): number[] {
  const [, low, high = low] = text.match(/^(\d+)(?:-(\d+))?$/) ?? [];
  const [first, last] = [Number(low), Number(high)];
  if (last >= first && last - first < 1e5) return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  throw misuse(`A unit is a number such as 5, a range such as 5-8, or the name of a class, not ${text}.`);
}

function checkUnit(unit: number, layer: string | undefined, { layers, logits }: Model): void {
  const wanted = layer ?? logits;
  const info = layers.find(({ name, aliases }) => name === wanted || aliases.includes(wanted ?? ''));
  if (info && info.units > 0 && unit < info.units) return;
  if (!info) throw misuse('The model has no logits: --layer says of which layer the unit is.');
  const has = info.units > 0 ? `units from 0 to ${info.units - 1}` : 'no units that can be chosen';
  throw new Exit(wrongUse, `${info.name} has ${has}, not ${unit}.`);
}
