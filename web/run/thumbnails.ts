/**
 * Small pictures of units, in spare time: they are asked for by who shows them, and the latest wish is the one that counts.
 */
import type { Frame, Model, Visualization } from '../phaselens';
import { objectiveIn } from './objective';
import type { Spare, SpareTime } from './spare';

/** What a small picture is: of a side that crops see almost whole, so that few steps are enough. */
export const thumbnail = { seed: 1, size: 96, steps: 32, crops: 2 } as const;

export interface Wanted {
  model: Model;
  layer: string;
  units: readonly number[];
  cropSize: number | undefined; // where crops of another size cannot be run
}

/** How a small picture of a unit is made: `model.visualize(...thumbnailOf(wanted, unit))`. */
export function thumbnailOf({ model, layer, cropSize }: Omit<Wanted, 'units'>, unit: number): Parameters<Model['visualize']> {
  const picture = { model: '', layer, unit, seed: thumbnail.seed, recipe: { ...thumbnail, cropSize: 0, finer: 0 } };
  return [
    objectiveIn(picture, model),
    {
      ...thumbnail,
      cropSize: cropSize ?? Math.min(thumbnail.size, model.recipe?.cropSize || thumbnail.size),
      transparency: false,
    },
  ];
}

export class Thumbnails implements Spare {
  #wanted: Wanted | undefined;
  #run: Visualization | undefined;
  readonly #kept = new WeakMap<Model, Map<string, Frame>>();

  constructor(
    private readonly spare: SpareTime,
    private readonly drawn: (layer: string, unit: number, frame: Frame) => void,
  ) {}

  /** From now on these; what was made before is there at once. */
  want(wanted: Wanted): void {
    const { model, layer, units } = wanted;
    for (const unit of units) {
      const frame = this.#kept.get(model)?.get(`${unit} ${layer}`);
      if (frame) this.drawn(layer, unit, frame);
    }
    this.#wanted = wanted;
    this.stop();
    this.spare.wake(this);
  }

  next(): (() => Promise<void>) | undefined {
    const wanted = this.#wanted;
    const kept = wanted && this.#kept.get(wanted.model);
    const unit = wanted?.units.find((unit) => !kept?.has(`${unit} ${wanted.layer}`));
    return wanted && unit !== undefined ? () => this.#try(wanted, unit) : undefined;
  }

  stop(): void {
    void this.#run?.stop();
  }

  /** The picture tells what is wrong with a layer or a model. */
  async #try(wanted: Wanted, unit: number): Promise<void> {
    try {
      await this.#make(wanted, unit);
    } catch {
      if (this.#wanted === wanted) this.#wanted = undefined;
    } finally {
      this.#run = undefined;
    }
  }

  async #make(wanted: Wanted, unit: number): Promise<void> {
    const { model, layer } = wanted;
    const run = (this.#run = model.visualize(...thumbnailOf(wanted, unit)));
    let done = 0;
    for await (const { index, frame } of run) {
      done = index + 1;
      if (done < thumbnail.steps) this.drawn(layer, unit, frame);
      else this.#keep(model, layer, unit, frame);
    }
  }

  #keep(model: Model, layer: string, unit: number, frame: Frame): void {
    const kept = this.#kept.get(model) ?? new Map<string, Frame>();
    this.#kept.set(model, kept.set(`${unit} ${layer}`, frame));
    this.drawn(layer, unit, frame);
  }
}
