/** Several images of the unit on show that differ: at a layer with positions, the one on show where it has some. */
import type { Controls } from '../fields/controls';
import type { Notice } from '../parts/notice';
import type { Api } from '../phaselens';
import { mapOf, objectiveOf } from '../run/objective';
import type { Asked } from './asked';
import type { Opening } from './opening';

/** Weight of their difference, beside a response of 20 or so: both are to be seen. */
const weight = 10;

export interface DiversityParts {
  notice: Notice;
  controls: Controls;
  opening: Opening;
  asked: Asked;
  api(): Api | undefined;
}

export function diversify({ notice, controls, opening, asked, api: known }: DiversityParts): void {
  const [api, { loaded }, { picture }] = [known(), opening, asked];
  if (!api || !loaded || !picture || !controls.check()) return;
  const layer = mapOf(loaded.layers, picture.layer);
  if (layer === undefined) return notice.warn(`${loaded.source.title} has no layer with positions, which this needs.`);
  const unit = objectiveOf({ ...picture, objective: undefined }, loaded.model.logits);
  const { images = 1 } = controls.recipe;
  asked.startWith(api.sum(unit, api.scale(api.diversity(layer), weight)), { images: images > 1 ? images : 4 });
}
