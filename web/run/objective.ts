/** Objectives as the page has them: a layer and a unit, or any JSON. */
import type { LayerInfo, Model, Objective } from '../phaselens';
import type { Picture } from './state';

/** What a picture is of; a text that is no JSON throws. tokens: what is averaged over at the layer. */
export function objectiveOf(
  { layer, unit, objective }: Picture,
  logits: string | undefined,
  tokens: 'all' | 'patches' | 'class' = 'all',
): Objective {
  if (objective !== undefined) return parseObjective(objective);
  if (layer === logits && tokens === 'all') return { kind: 'logit', unit };
  return { kind: 'channel', layer, unit, ...(tokens === 'all' ? {} : { tokens }) };
}

/** Layers whose tokens are told apart: patches, and a class token before them. */
export function hasClassToken(layers: readonly LayerInfo[], name: string): boolean {
  return (layers.find((layer) => layer.name === name)?.prefixTokens ?? 0) > 0;
}

/** Of a model's picture: where the layer has a class token, it says over which tokens. near: the layer that a photo is kept at. */
export function objectiveIn(picture: Picture, { logits, layers }: Pick<Model, 'logits' | 'layers'>, near?: string): Objective {
  const tokens = hasClassToken(layers, picture.layer) ? (picture.tokens ?? 'patches') : 'all';
  const unit = objectiveOf(picture, logits, tokens);
  if (picture.objective !== undefined) return unit;
  if (picture.photo === 'inversion') return { kind: 'distance', layer: picture.layer, photo: 0, weight: -1 };
  return picture.photo === 'accentuation' && near !== undefined ? nearPhoto(unit, picture, near, logits) : unit;
}

/** More of the unit while an early layer still sees the photo: feature accentuation (Hamblin et al. 2024). */
function nearPhoto(unit: Objective, { layer }: Picture, near: string, logits: string | undefined): Objective {
  const nearness = layer === logits ? nearnessOf.logit : nearnessOf.unit;
  return { kind: 'sum', of: [unit, { kind: 'distance', layer: near, photo: 0, weight: -nearness }] };
}

/** Weights of the distance: a logit comes to 10 or 20, the mean over a map to a tenth of that. */
const nearnessOf = { logit: 30, unit: 3 };

/** Whether the rest of it makes sense is the core's to say. */
export function parseObjective(text: string): Objective {
  try {
    return JSON.parse(text) as Objective;
  } catch (error) {
    throw new Error(`This is not JSON: ${(error as Error).message}`);
  }
}

/** Whether it compares the picture with photos; of any JSON. */
export function namesPhotos(objective: unknown, depth = 0): boolean {
  if (typeof objective !== 'object' || objective === null || depth > 16) return false;
  const { kind, of } = objective as Record<string, unknown>;
  return kind === 'distance' || (Array.isArray(of) && of.some((part) => namesPhotos(part, depth + 1)));
}

/** Whether a picture is made with photos of the reader's. */
export function needsPhoto({ photo, objective }: Pick<Picture, 'photo' | 'objective'>): boolean {
  return photo !== undefined || (objective !== undefined && namesPhotos(JSON.parse(objective)));
}

const isMap = ({ runs, shape, units }: LayerInfo): boolean => runs && units > 0 && shape.reduce((a, b) => a * b, 1) > units;

/** A layer that still knows where things are, such as images are compared at: the one of this name, else the last. */
export function mapOf(layers: readonly LayerInfo[], name: string): string | undefined {
  return (layers.find((layer) => layer.name === name && isMap(layer)) ?? layers.findLast(isMap))?.name;
}

/** In a few words, such as “logit 985 − 0.5 × layer conv5”; of any JSON, for it may not have been checked yet. */
export function describeObjective(objective: unknown, depth = 0): string {
  if (typeof objective !== 'object' || objective === null || depth > 3) return '…';
  const { kind, layer, unit, of, weight } = objective as Record<string, unknown>;
  const factor = typeof weight === 'number' && weight !== 1 ? `${weight} × `.replace('-', '−') : '';
  if (!Array.isArray(of))
    return (
      factor +
      [kind, layer, unit]
        .filter((word) => word !== undefined)
        .join(' ')
        .slice(0, 60)
    );
  const parts = of.slice(0, 4).map((part) => describeObjective(part, depth + 1));
  if (of.length > parts.length) parts.push('…');
  const all = parts.join(kind === 'sum' ? ' + ' : ' × ').replaceAll('+ −', '− ');
  return parts.length > 1 && (factor || depth > 0) ? `${factor}(${all})` : factor + all;
}
