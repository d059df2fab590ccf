/** A picture in the address, so that it can be linked: #model=…&layer=…&unit=985&seed=1&size=256&…, or #model=…&objective={…}&… */
import { furtherKeys, parseFurther } from './further';
import { limited } from './limits';
import { isPhotoUse } from './photo';
import { type Picture, parseStages, type Recipe, recipeKeys, stagesOf } from './state';

/** How a picture is shown, and beside what; its pixels are the same. */
export interface View {
  transparency: boolean;
  compare: boolean; // with another parametrization
}

export interface Linked extends Partial<Omit<Picture, 'recipe'>>, View {
  recipe: Partial<Recipe>;
}

export function toHash(picture: Picture, { transparency, compare }: View): string {
  const fields: [string, string | number][] = [
    ['model', picture.model],
    ...objectiveFields(picture),
    ...(picture.tokens && !picture.objective ? [['tokens', picture.tokens] as [string, string]] : []),
    ...photoFields(picture),
    ['seed', picture.seed],
    ...recipeKeys
      .map((key): [string, number] => [key, picture.recipe[key]])
      .filter(([key, value]) => key !== 'finer' || value > 0),
  ];
  for (const key of ['onward', 'preset', ...furtherKeys] as const) {
    const value = picture.recipe[key];
    if (value !== undefined) fields.push([key, value]);
  }
  if (transparency) fields.push(['transparency', 1]);
  if (compare) fields.push(['compare', 1]);
  return '#' + fields.map(([key, value]) => `${key}=${readable(String(value))}`).join('&');
}

/** The same picture, gone on with: an address holds all that decides it. */
export function isFurther(next: Picture, picture: Picture, view: View): boolean {
  const [stages, before] = [next, picture].map(({ recipe }) => stagesOf(recipe)) as [string, string];
  const { finer, onward } = next.recipe;
  const asNext = { ...picture, recipe: { ...picture.recipe, finer, onward } };
  return stages.length > before.length && stages.startsWith(before) && toHash(asNext, view) === toHash(next, view);
}

/** One unit of one layer in short, everything else as the JSON that it is. */
function objectiveFields({ objective, layer, unit }: Picture): [string, string | number][] {
  if (objective !== undefined) return [['objective', objective]];
  return [
    ['layer', layer],
    ['unit', unit],
  ];
}

/** That there is a photo, which an address cannot hold unless it comes with the page. */
function photoFields({ photo, sample }: Picture): [string, string | number][] {
  return [...(photo ? [['photo', photo] as [string, string]] : []), ...(sample ? [['sample', 1] as [string, number]] : [])];
}

/** What is missing or makes no sense is left out; the page then takes its own. */
export function fromHash(hash: string): Linked {
  const fields = new URLSearchParams(hash.replace(/^#/, '').replaceAll('+', '%2B'));
  const isOn = (key: keyof View) => fields.get(key) === '1';
  const linked: Linked = { recipe: {}, transparency: isOn('transparency'), compare: isOn('compare') };
  const model = fields.get('model');
  const layer = fields.get('layer');
  if (model) linked.model = model;
  if (layer) linked.layer = layer;
  const objective = fields.get('objective');
  if (objective) linked.objective = objective;
  const unit = integer(fields.get('unit'));
  if (unit !== undefined) linked.unit = unit;
  const tokens = fields.get('tokens');
  if (tokens === 'class' || tokens === 'all') linked.tokens = tokens;
  const photo = fields.get('photo');
  if (isPhotoUse(photo)) linked.photo = photo;
  if (fields.get('sample') === '1') linked.sample = true;
  const seed = limited('seed', integer(fields.get('seed')) ?? NaN);
  if (seed !== undefined) linked.seed = seed;
  for (const key of recipeKeys) {
    const value = limited(key, integer(fields.get(key)) ?? NaN);
    if (value !== undefined) linked.recipe[key] = value;
  }
  const onward = parseStages(fields.get('onward'), linked.recipe.finer);
  if (onward) linked.recipe.onward = onward;
  const preset = fields.get('preset');
  if (preset) linked.recipe.preset = preset;
  Object.assign(
    linked.recipe,
    parseFurther((key) => fields.get(key)),
  );
  return linked;
}

function integer(text: string | null): number | undefined {
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Layer names hold slashes and colons, which an address may show as they are. */
function readable(value: string): string {
  return encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%3A', ':');
}
