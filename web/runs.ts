/** The ways in which a picture begins: anew, of a generator, from a checkpoint, and what is compared with it. */
import { optionsOf } from './further';
import { generated, rivalOf } from './parametrizations';
import type { Frame, Model, Objective, Visualization, VisualizeOptions } from './phaselens';
import type { Recipe } from './state';

/** What the reader brings beside the fields. */
export interface Own {
  photos: Frame[] | undefined; // for an objective that compares with them
  start: Frame | undefined;
  magnitude: File | undefined;
  generator: File | undefined;
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
    const { generator } = this.own;
    if (!generator) return this.#visualize(this.recipe);
    return this.model.visualize(this.objective, { ...generated(optionsOf(this.recipe), generator), ...this.#shown, seed: this.seed });
  }

  beside({ config }: Visualization): Visualization {
    return this.#visualize({ ...this.recipe, parametrization: rivalOf(config) });
  }

  /** Only a checkpoint of a generator's images wants the generator. */
  async resume(checkpoint: Uint8Array): Promise<Visualization> {
    const { generator } = this.own;
    const run = await this.model.resume(checkpoint, this.#shown);
    const wants = generator && run.config.parametrization === 'generator';
    return wants ? this.model.resume(checkpoint, { ...this.#shown, generator }) : run;
  }

  #visualize(recipe: Recipe): Visualization {
    const { start, magnitude } = this.own;
    const files = { ...(start ? { start } : {}), ...(magnitude ? { magnitude } : {}) };
    return this.model.visualize(this.objective, { ...optionsOf(recipe), ...files, ...this.#shown, seed: this.seed });
  }

  get #shown(): Pick<VisualizeOptions, 'photos' | 'transparency'> {
    const { photos } = this.own;
    return { ...(photos ? { photos } : {}), transparency: this.transparency };
  }
}
