/** How a picture was made, as its file says: what the command `phaselens render` writes and reads, and the page's link beside it. */
import { textIn } from '../parts/texts';
import type { Config, Objective, VisualizeOptions } from '../phaselens';
import { linkedBy } from './checkpoints';
import { fromHash, type Linked } from './hash';

export const keyword = 'phaselens';

export interface Made {
  phaselens: string; // version
  build: string;
  model: {
    source: string;
    preprocessing?: { mean: number[]; std: number[]; bgr?: boolean };
    externalData?: string[];
  };
  subject: { objective: Objective; layer?: string; unit?: number; label?: string; name: string };
  options: VisualizeOptions;
  files: { photos?: string[]; start?: string; generatorData?: string[] };
  hashes: Record<string, string>;
  refined?: number;
  step?: number;
  page?: string; // the link
}

/** As files and JSON have it: Latin letters alone, others are escaped. */
export function toText(made: Made): string {
  return JSON.stringify(made).replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Undefined for a picture of someone else. */
export async function madeOf(file: Blob): Promise<Made | undefined> {
  try {
    const made = JSON.parse((await textIn(file, keyword)) ?? '') as Partial<Made>;
    return made.model?.source && made.subject?.objective && made.options ? (made as Made) : undefined;
  } catch {
    return undefined;
  }
}

/** What the page can be asked for of it. */
export function linkedTo({ model, subject, options, page }: Made): Partial<Linked> & { model: string } {
  const said = page?.startsWith('#') ? fromHash(page) : undefined;
  if (said?.model !== undefined) return { ...said, model: said.model };
  const { layer, unit, objective } = subject;
  const linked = linkedBy({ note: '', config: options as Config, objective }, model.source);
  if (layer === undefined || unit === undefined) return linked;
  const { objective: _, ...rest } = linked;
  return { ...rest, layer, unit };
}
