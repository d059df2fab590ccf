/** The ways in which a picture begins: anew, of a generator, from a checkpoint, and what is compared with it. */

import type { Frame, Model, Objective, Visualization, VisualizeOptions } from '../phaselens';
import { optionsOf } from './further';
import { generated, rivalCount, rivalsOf } from './parametrizations';
import { photoOptions } from './photo';
import { isRefined, Refined, type Run, refining } from './refined';
import type { Companion } from './session';
import type { Picture, Recipe } from './state';

/** Milliseconds: a display shows no more. */
const frameInterval = 1000 / 60;

/** What the reader brings beside the fields. */
export interface Own {
  photos: Frame[] | undefined; // for an objective that compares with them
  start: Frame | undefined;
  magnitude: File | undefined;
  generator: File | undefined;
  generatorData: File[];
}

export class Runs {
  constructor(
    private readonly model: Model,
    private readonly objective: Objective,
    private readonly picture: Pick<Picture, 'recipe' | 'seed' | 'photo'>,
    private readonly own: Own,
    private readonly told: Pick<VisualizeOptions, 'transparency' | 'onProgress'>,
  ) {}

  /** Goes on with the picture on show, where it is one. */
  begin(shown?: Run): Refined {
    if (isRefined(shown)) return shown.more(this.picture.recipe.finer);
    const { generator, generatorData } = this.own;
    if (!generator) return this.#withoutGenerator(this.picture.recipe);
    return new Refined(this.#visualize({ ...generated(optionsOf(this.picture.recipe), generator), generatorData }), {
      times: 0,
      before: 0,
    });
  }

  /** What a picture is compared with, by the same seed and recipe. */
  get beside(): Companion[] {
    const by = (i: number): Companion => {
      return ({ config }) => this.#withoutGenerator({ ...this.picture.recipe, parametrization: rivalsOf(config)[i]! });
    };
    return Array.from({ length: rivalCount }, (_, i) => by(i));
  }

  /** Only a checkpoint of a generator's images wants the generator. */
  async resume(checkpoint: Uint8Array): Promise<Refined> {
    const { generator, generatorData } = this.own;
    const run = await this.model.resume(checkpoint, this.#shown);
    const wants = generator && run.config.parametrization === 'generator';
    const whole = wants ? await this.model.resume(checkpoint, { ...this.#shown, generator, generatorData }) : run;
    const { size, finer, steps } = this.picture.recipe;
    const grown = Math.round(Math.log(run.config.height / size) / Math.log(refining.enlargement));
    const done = Math.min(finer, Math.max(0, grown)); // times
    return new Refined(whole, { times: finer, done, before: done > 0 ? steps + (done - 1) * refining.steps : 0 });
  }

  #withoutGenerator(recipe: Recipe): Refined {
    const { start, magnitude } = this.own;
    const options = { ...photoOptions(this.picture, recipe), ...optionsOf(recipe) };
    const run = this.#visualize({ ...options, ...(start ? { start } : {}), ...(magnitude ? { magnitude } : {}) });
    return new Refined(run, { times: recipe.finer, before: 0 });
  }

  #visualize(options: VisualizeOptions): Visualization {
    return this.model.visualize(this.objective, { ...options, ...this.#shown, seed: this.picture.seed });
  }

  get #shown(): Pick<VisualizeOptions, 'photos' | 'transparency' | 'frameInterval' | 'onProgress'> {
    const { photos } = this.own;
    return { ...(photos ? { photos } : {}), ...this.told, frameInterval };
  }
}
