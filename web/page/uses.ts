/** Objectives that stand at a layer with positions, the one on show where it has some: what photos and several images are for. */
import type { Controls } from '../fields/controls';
import type { Photos } from '../fields/photos';
import type { Notice } from '../parts/notice';
import type { Api, Objective } from '../phaselens';
import { mapOf, objectiveOf } from '../run/objective';
import type { Recipe } from '../run/state';
import type { Asked } from './asked';
import type { Opening } from './opening';

/** Weights of what images are held to, beside a response of 20 or so: both are to be seen. */
const weights = { diversity: 10, nearness: 30 };

export interface UseParts {
  notice: Notice;
  controls: Controls;
  photos: Photos;
  opening: Opening;
  asked: Asked;
  api(): Api | undefined;
}

export class Uses {
  constructor(private readonly parts: UseParts) {}

  /** An image of which the layer makes what it makes of the photo. */
  invert(): void {
    this.#atMap((api, layer) => api.inversion(layer));
  }

  /** From the photo on, and not far. */
  accentuate(): void {
    this.parts.photos.startFromFirst();
    this.#atMap((api, layer, unit) => api.accentuation(unit, layer, 0, weights.nearness));
  }

  /** Several images of the unit that differ. */
  diversify(): void {
    const { images = 1 } = this.parts.controls.recipe;
    this.#atMap((api, layer, unit) => api.sum(unit, api.scale(api.diversity(layer), weights.diversity)), {
      images: images > 1 ? images : 4,
    });
  }

  #atMap(objective: (api: Api, layer: string, unit: Objective) => Objective, further: Partial<Recipe> = {}): void {
    const { notice, controls, opening, asked } = this.parts;
    const [api, { loaded }, { picture }] = [this.parts.api(), opening, asked];
    if (!api || !loaded || !picture || !controls.check()) return;
    const layer = mapOf(loaded.layers, picture.layer);
    if (layer === undefined) return notice.warn(`${loaded.source.title} has no layer with positions, which this needs.`);
    const unit = objectiveOf({ ...picture, objective: undefined }, loaded.model.logits);
    asked.startWith(objective(api, layer, unit), further);
  }
}
