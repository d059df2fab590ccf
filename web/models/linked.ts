/** From what an address asks for to a picture that can be had. */

import { sentence } from '../parts/notice';
import type { Linked } from '../run/hash';
import { parseObjective } from '../run/objective';
import { photoRecipe } from '../run/photo';
import { firstSeed, type Picture, recipesOf } from '../run/state';
import type { Loaded } from './models';

/** What is wished for of a model: by an address, or a class by its name. */
export interface Wish extends Partial<Linked> {
  label?: string;
  /** What is to be said of it in any case. */
  warning?: string;
}

export interface Found {
  picture: Picture;
  missing: string | undefined; // a sentence
}

/** A layer or unit that is not there is replaced by a good one. */
export function found({ label, warning, ...wish }: Wish, loaded: Loaded): Found {
  const { layer, unit, tokens, objective, photo, sample, seed, recipe } =
    label === undefined ? wish : { ...classNamed(label, loaded), ...wish };
  const { layers, source } = loaded;
  const good = (photo === 'inversion' && loaded.early) || goodLayer(loaded);
  const wanted = layer ?? good;
  const asked = layers.find(({ name, aliases }) => name === wanted || aliases.includes(wanted));
  const name = asked?.name ?? good;
  const { units = 1, runs = false } = layers.find((layer) => layer.name === name) ?? {};
  const inside = name === asked?.name && unit !== undefined && unit < units;
  const shown = inside ? unit : goodUnit(loaded, name);
  const chosen = { layer: name, unit: shown, ...(tokens ? { tokens } : {}) };
  const own = photo ? photoRecipe(photo, loaded.model) : recipesOf(loaded.model).quick;
  const said = { model: source.id, ...chosen, photo, sample, seed: seed ?? firstSeed, recipe: { ...own, ...recipe } };
  const mistake = mistakeIn(objective);
  const picture = { ...said, objective: mistake ? undefined : objective };
  if (mistake) return { picture, missing: `This link asks for an objective that cannot be read. ${mistake}` };
  if (name !== asked?.name) {
    const missing = `This link asks for layer “${layer}” of ${source.title}, which it does not have. This is “${name}” instead.`;
    return { picture, missing };
  }
  if (unit === undefined || inside || !runs) return { picture, missing: warning };
  return { picture, missing: `This link asks for unit ${unit} of “${name}”, which has ${units}. This is unit ${shown} instead.` };
}

function classNamed(label: string, { model, labels }: Loaded): Partial<Linked> {
  const unit = labels?.indexOf(label) ?? -1;
  return unit >= 0 && model.logits !== undefined ? { layer: model.logits, unit } : {};
}

export function missingModel(id: string, loaded: Loaded | undefined): string {
  const title = loaded?.source.title ?? 'another model';
  if (id.startsWith('file:'))
    return `This link is about ${id.slice(5)}, a file that was opened here: open it again. This is ${title}.`;
  return `This link asks for a model called “${id}”, which is not here. This is ${title}.`;
}

export function goodUnit(loaded: Loaded | undefined, layer: string): number {
  return loaded?.suggested.find((group) => group.layer === layer)?.units[0] ?? 0;
}

/** The logits also where they cannot be run: what fails then says why, and offers the last layer that can. */
function goodLayer({ suggested, layers, model }: Loaded): string {
  const names = layers.map(({ name }) => name);
  const wished = [model.logits, ...suggested.map(({ layer }) => layer)];
  return wished.find((name) => name !== undefined && names.includes(name)) ?? layers.findLast(({ runs }) => runs)?.name ?? '';
}

function mistakeIn(objective: string | undefined): string | undefined {
  try {
    if (objective !== undefined) parseObjective(objective);
    return undefined;
  } catch (error) {
    return sentence(error);
  }
}
