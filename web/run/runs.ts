/** The ways in which a picture begins: anew, of a generator, from a checkpoint, and what is compared with it. */

import type { Frame, Model, Objective, Visualization, VisualizeOptions } from '../phaselens';
import { optionsOf } from './further';
import { generated, rivalCount, rivalsOf } from './parametrizations';
import { photoOptions } from './photo';
import { doneOf, isRefined, Refined, type Run, stageSteps } from './refined';
import type { Companion } from './session';
import { type Picture, type Recipe, stagesOf } from './state';

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
    if (isRefined(shown)) return shown.more(stagesOf(this.picture.recipe));
    const { generator, generatorData } = this.own;
    if (!generator) return this.#withoutGenerator(this.picture.recipe);
    return new Refined(this.#visualize({ ...generated(optionsOf(this.picture.recipe), generator), generatorData }), {
      stages: '',
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
    const { generator, generatorData, magnitude } = this.own;
    const shown = { ...this.#shown, ...(magnitude ? { magnitude } : {}) };
    const run = await this.model.resume(checkpoint, shown);
    const wants = generator && run.config.parametrization === 'generator';
    const whole = wants ? await this.model.resume(checkpoint, { ...shown, generator, generatorData }) : run;
    const { recipe } = this.picture;
    const stages = stagesOf(recipe);
    const done = Math.min(stages.length, doneOf(run.note));
    const before = done > 0 ? recipe.steps + stageSteps(stages.slice(0, done - 1)) : 0;
    return new Refined(whole, { stages, done, before });
  }

  #withoutGenerator(recipe: Recipe): Refined {
    const { start, magnitude } = this.own;
    const options = { ...photoOptions(this.picture, recipe), ...optionsOf(recipe) };
    const run = this.#visualize({ ...options, ...(start ? { start } : {}), ...(magnitude ? { magnitude } : {}) });
    return new Refined(run, { stages: stagesOf(recipe), before: 0 });
  }

  #visualize(options: VisualizeOptions): Visualization {
    return this.model.visualize(this.objective, { ...options, ...this.#shown, seed: this.picture.seed });
  }

  get #shown(): Pick<VisualizeOptions, 'photos' | 'transparency' | 'frameInterval' | 'onProgress'> {
    const { photos } = this.own;
    return { ...(photos ? { photos } : {}), ...this.told, frameInterval };
  }
}
