/** A run as a file, to go on with later or elsewhere. */

import type { Visualization } from '../phaselens';
import { fromHash, type Linked } from './hash';
import { isParametrization } from './parametrizations';
import type { Picture, Recipe } from './state';

const largest = 1 << 30; // bytes; of the largest picture it is a tenth of that

export interface CheckpointParts {
  save: HTMLButtonElement;
  complaint: HTMLElement;
  box: HTMLDetailsElement;
}

export const extension = 'checkpoint';

export function isCheckpointFile({ name }: File): boolean {
  return name.toLowerCase().endsWith(`.${extension}`);
}

export class Checkpoints {
  constructor(private readonly parts: CheckpointParts) {}

  /** Whether there is something to go on with. */
  set possible(possible: boolean) {
    this.parts.save.disabled = !possible;
  }

  /** Why one cannot be had, or gone on with, shown beside the buttons. */
  set refusal(text: string) {
    const { complaint, box } = this.parts;
    complaint.textContent = text;
    complaint.hidden = text === '';
    if (!text) return;
    box.open = true;
    complaint.scrollIntoView({ block: 'nearest' });
  }
}

export async function read(file: File): Promise<Uint8Array> {
  if (file.size > largest) throw new Error('It is too large for a checkpoint.');
  return new Uint8Array(await file.arrayBuffer());
}

/** What the run is: what this page kept with it, else as much as its options say. */
export function linkedBy(
  { note, config, objective }: Pick<Visualization, 'note' | 'config' | 'objective'>,
  model: string,
): Partial<Linked> & { model: string } {
  const noted = note.startsWith('#') ? fromHash(note) : undefined;
  if (noted?.model !== undefined) return { ...noted, model: noted.model };
  const { height: size, steps, crops, cropSize, images, transform, parametrization, seed } = config;
  const { penaltyVariation, penaltyL2, penaltyFrequency } = config;
  const recipe: Recipe = {
    size,
    steps,
    crops,
    cropSize,
    finer: 0,
    images,
    transform,
    penaltyVariation,
    penaltyL2,
    penaltyFrequency,
  };
  if (isParametrization(parametrization)) recipe.parametrization = parametrization;
  const picture: Pick<Picture, 'objective' | 'seed' | 'recipe'> = { objective: JSON.stringify(objective), seed, recipe };
  return { ...picture, model };
}
