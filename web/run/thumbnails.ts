/**
 * Small pictures of units, one after another while no other picture is made: they are asked for by who shows them, and the latest
 * wish is the one that counts.
 */
import type { Frame, Model, Visualization } from '../phaselens';
import { objectiveOf } from './objective';

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
  const hasClassToken = (model.layers.find(({ name }) => name === layer)?.prefixTokens ?? 0) > 0;
  const picture = { model: '', layer, unit, seed: thumbnail.seed, recipe: { ...thumbnail, cropSize: 0, finer: 0 } };
  return [
    objectiveOf(picture, model.logits, hasClassToken ? 'patches' : 'all'),
    {
      ...thumbnail,
      cropSize: cropSize ?? Math.min(thumbnail.size, model.recipe?.cropSize || thumbnail.size),
      transparency: false,
    },
  ];
}

export class Thumbnails {
  #wanted: Wanted | undefined;
  #busy = false;
  #idle = false;
  #run: Visualization | undefined;
  readonly #kept = new WeakMap<Model, Map<string, Frame>>();

  constructor(private readonly drawn: (layer: string, unit: number, frame: Frame) => void) {}

  /** Whether nothing else is made: what is being made stops at once when something is. */
  set idle(idle: boolean) {
    this.#idle = idle;
    if (!idle) void this.#run?.stop();
    else void this.#work();
  }

  /** From now on these; what was made before is there at once. */
  want(wanted: Wanted): void {
    const { model, layer, units } = wanted;
    for (const unit of units) {
      const frame = this.#kept.get(model)?.get(`${unit} ${layer}`);
      if (frame) this.drawn(layer, unit, frame);
    }
    this.#wanted = wanted;
    void this.#run?.stop();
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) await this.#make(next.wanted, next.unit);
    } catch {
      this.#wanted = undefined; // the picture tells what is wrong with a layer or a model
    } finally {
      this.#busy = false;
    }
  }

  #next(): { wanted: Wanted; unit: number } | undefined {
    const wanted = this.#wanted;
    if (!this.#idle || !wanted) return undefined;
    const kept = this.#kept.get(wanted.model);
    const unit = wanted.units.find((unit) => !kept?.has(`${unit} ${wanted.layer}`));
    return unit === undefined ? undefined : { wanted, unit };
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
    this.#run = undefined;
  }

  #keep(model: Model, layer: string, unit: number, frame: Frame): void {
    const kept = this.#kept.get(model) ?? new Map<string, Frame>();
    this.#kept.set(model, kept.set(`${unit} ${layer}`, frame));
    this.drawn(layer, unit, frame);
  }
}
