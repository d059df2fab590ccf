/** What a picture is: everything that decides its pixels, and nothing else but the reader's own files. */
import type { Model } from '../phaselens';
import type { Further } from './further';
import { limits } from './limits';
import { type Stages, stageSteps } from './refined';

export interface Recipe extends Further {
  size: number; // side of the image, pixels
  steps: number;
  crops: number; // per step
  cropSize: number; // side of a crop at the network's input, pixels
  finer: number; // times that the picture is refined, each at a larger size
  onward?: Stages | undefined; // how it is gone on with after that
  preset?: string; // where all else comes from; nothing for the package's own
}

export interface Picture {
  model: string; // id in the manifest, or `file:` and the name of a file of one's own
  layer: string;
  unit: number;
  tokens?: Tokens; // at a layer of tokens with a class token: nothing for those of the patches
  objective?: string | undefined; // JSON, where it is not one unit of one layer; these then only say where the fields stand
  photo?: PhotoUse | undefined; // what is made of the reader's photo, if anything
  sample?: true | undefined; // that photo is the one that comes with the page
  seed: number;
  recipe: Recipe;
}

export type Tokens = 'class' | 'all';

/** What the layer keeps of the photo; the photo as the unit would rather have it; the unit's picture with the photo as its first step. */
export type PhotoUse = 'inversion' | 'accentuation' | 'start';

/** Whether it is of one unit: not of an objective of its own, and not of what a whole layer keeps of a photo. */
export const isOfUnit = ({ objective, photo }: Picture): boolean => objective === undefined && photo !== 'inversion';

export type Quality = 'quick' | 'fine' | 'custom';

/** Of a model, or as they are while none is known. The finer one is the same picture, refined once. */
export function recipesOf(model?: Model): Record<'quick' | 'fine', Recipe> {
  const { width: size, steps, crops, cropSize } = model?.recipe ?? { width: 320, steps: 80, crops: 4, cropSize: 128 };
  const quick = { size, steps, crops, cropSize: cropSize || (model?.input.height ?? 0), finer: 0 };
  return { quick, fine: { ...quick, finer: 1 } };
}

/** Of the first picture; one that shows well what is meant. */
export const firstSeed = 3;

export const recipeKeys = ['size', 'steps', 'crops', 'cropSize', 'finer'] as const;

/** Of the whole picture. */
export const stepsOf = (recipe: Recipe): number => recipe.steps + stageSteps(stagesOf(recipe));

/** How it is gone on with. */
export const stagesOf = ({ finer, onward = '' }: Recipe): Stages => 'f'.repeat(finer) + onward;

/** The same picture, gone on with once more. */
export function furtherBy(stage: 'f' | 'm', recipe: Recipe): Recipe {
  return stage === 'f' && !recipe.onward
    ? { ...recipe, finer: recipe.finer + 1 }
    : { ...recipe, onward: (recipe.onward ?? '') + stage };
}

const mostStages = 16;

/** Whether it can be: a picture grows so often, and an address is not to grow without end. */
export function canGoOn(stage: 'f' | 'm', recipe: Recipe): boolean {
  const stages = stagesOf(recipe);
  return stages.length < mostStages && (stage === 'm' || stages.replaceAll('m', '').length < limits.finer.max);
}

/** Of an address; undefined for what cannot be. */
export function parseStages(text: string | null, finer = 0): Stages | undefined {
  if (!text || !/^[fm]+$/.test(text)) return undefined;
  const stages = 'f'.repeat(finer) + text;
  return stages.length <= mostStages && stages.replaceAll('m', '').length <= limits.finer.max ? text : undefined;
}

export function qualityOf(recipe: Recipe, recipes: ReturnType<typeof recipesOf>): Quality {
  for (const quality of ['quick', 'fine'] as const) {
    if (recipeKeys.every((key) => recipe[key] === recipes[quality][key])) return quality;
  }
  return 'custom';
}

/** Pictures of the same objective can be compared; the seed and the recipe may differ. */
export function sameObjective(a: Picture, b: Picture): boolean {
  return (
    a.model === b.model &&
    a.objective === b.objective &&
    a.photo === b.photo &&
    (a.objective !== undefined || (a.layer === b.layer && a.unit === b.unit && a.tokens === b.tokens))
  );
}

export function anotherSeed(seed: number): number {
  let other = seed;
  while (other === seed) other = 1 + Math.floor(Math.random() * 99999);
  return other;
}
