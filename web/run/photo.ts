/** How pictures are made of a photo: what photos change of the recipe. What is measured stands in tests/report/recipes.md. */
import type { Model, VisualizeOptions } from '../phaselens';
import { type PhotoUse, type Picture, type Recipe, recipesOf } from './state';

const uses: readonly PhotoUse[] = ['inversion', 'accentuation', 'start'];

export function isPhotoUse(name: string | null): name is PhotoUse {
  return uses.some((use) => use === name);
}

/** Whether the first step is the photo. */
export const startsFromPhoto = ({ photo }: Pick<Picture, 'photo'>): boolean => photo === 'accentuation' || photo === 'start';

interface Way {
  /** Sizes and steps, as the fields show them. */
  recipe(own: Recipe): Partial<Recipe>;
  /** What is seen in a step. */
  view: VisualizeOptions;
  /** What is optimized and how, unless the fields say it. */
  by: VisualizeOptions;
}

/** Strengths and positions of all waves, in small steps: the photo's own strengths are neither given away nor held. */
const gently: VisualizeOptions = {
  parametrization: 'fourier',
  optimizer: 'adam',
  learningRate: 0.02,
  schedule: 'linear',
  standardizeImage: false,
};

/** Nearly the whole photo is seen in every step, for what small pieces of it come to is no whole. */
const inversion: Way = {
  recipe: ({ cropSize }) => ({ size: 224, steps: 128, crops: 2, cropSize: Math.max(160, cropSize), finer: 0 }),
  view: { boxSide: { uniform: [0.6, 1] }, boxCentre: { uniform: [0, 1] }, noiseNormal: 0, noiseUniform: 0 },
  by: gently,
};

const accentuation: Way = {
  recipe: ({ cropSize }) => ({ size: 320, steps: 128, crops: 2, cropSize: Math.max(128, cropSize), finer: 0 }),
  view: { boxSide: { uniform: [0.4, 1] }, noiseNormal: 0.06, noiseUniform: 0.03 },
  by: { ...gently, learningRate: 0.03 },
};

const ways: Record<PhotoUse, Way> = { inversion, accentuation, start: { recipe: () => ({}), view: {}, by: {} } };

/** For a picture that uses the photo: the model's own recipe but for what the use changes. */
export function photoRecipe(use: PhotoUse, model: Model): Recipe {
  const own = recipesOf(model).quick;
  return { ...own, ...ways[use].recipe(own) };
}

/** What has no field. */
export function photoOptions({ photo }: Pick<Picture, 'photo'>, { parametrization }: Recipe): VisualizeOptions {
  if (!photo) return {};
  const { view, by } = ways[photo];
  return { ...view, ...(parametrization ? {} : by) };
}
