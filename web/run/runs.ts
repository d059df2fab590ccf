/** The ways in which a picture begins: anew, of a generator, from a checkpoint, and what is compared with it. */

import type { Frame, Model, Objective, Visualization, VisualizeOptions } from '../phaselens';
import { optionsOf } from './further';
import { generated, rivalOf } from './parametrizations';
import type { Recipe } from './state';

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
    private readonly recipe: Recipe,
    private readonly own: Own,
    private readonly seed: number,
    private readonly transparency: boolean,
  ) {}

  begin(): Visualization {
    const { generator, generatorData } = this.own;
    if (!generator) return this.#withoutGenerator(this.recipe);
    return this.#visualize({ ...generated(optionsOf(this.recipe), generator), generatorData });
  }

  beside({ config }: Visualization): Visualization {
    return this.#withoutGenerator({ ...this.recipe, parametrization: rivalOf(config) });
  }

  /** Only a checkpoint of a generator's images wants the generator. */
  async resume(checkpoint: Uint8Array): Promise<Visualization> {
    const { generator, generatorData } = this.own;
    const run = await this.model.resume(checkpoint, this.#shown);
    const wants = generator && run.config.parametrization === 'generator';
    return wants ? this.model.resume(checkpoint, { ...this.#shown, generator, generatorData }) : run;
  }

  #withoutGenerator(recipe: Recipe): Visualization {
    const { start, magnitude } = this.own;
    return this.#visualize({ ...optionsOf(recipe), ...(start ? { start } : {}), ...(magnitude ? { magnitude } : {}) });
  }

  #visualize(options: VisualizeOptions): Visualization {
    return this.model.visualize(this.objective, { ...options, ...this.#shown, seed: this.seed });
  }

  get #shown(): Pick<VisualizeOptions, 'photos' | 'transparency' | 'frameInterval'> {
    const { photos } = this.own;
    return { ...(photos ? { photos } : {}), transparency: this.transparency, frameInterval };
  }
}
