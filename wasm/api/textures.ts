/** Where boxes lie of units that see a picture closely: they respond to textures, which are to fill it. */
import type { Config, LayerInfo, ModelInput, Presets } from '../base/protocol.js';
import type { Objective } from './objectives.js';

/** Pixels of the model's input, at most, for each position of a map whose units see textures: steps of 16, and what borders lose. */
const pixels = 18;

interface Network {
  readonly input: ModelInput;
  readonly layers: readonly LayerInfo[];
}

const everywhere: Config['boxCentre'] = { uniform: [0, 1] };

/** The presets for an objective: boxes of `default`, whose centres are about the picture's, lie anywhere where all of it is of textures. */
export function presetsFor(objective: Objective, network: Network, presets: Presets): Presets {
  const own = presets.default!;
  if (!isTexture(objective, network)) return presets;
  return { ...presets, default: { ...own, config: { ...own.config, boxCentre: everywhere } } };
}

function isTexture(objective: Objective, network: Network): boolean {
  switch (objective.kind) {
    case 'sum':
    case 'product': {
      const parts = Array.isArray(objective.of) ? objective.of.filter(({ kind }) => kind !== 'diversity') : [];
      return parts.length > 0 && parts.every((part) => isTexture(part, network));
    }
    case 'channel':
    case 'layer':
    case 'direction':
    case 'cosine':
    case 'dot-cosine':
      return !objective.mask && isClose(objective.layer, network);
    default:
      return false;
  }
}

/** A map is N x C x H x W or N x H x W x C. */
function isClose(name: string, { input, layers }: Network): boolean {
  const layer = layers.find((one) => one.name === name || one.aliases.includes(name));
  if (layer?.shape.length !== 4) return false;
  const [height = 0, width = 0] = layer.shape.filter((_, axis) => axis > 0 && axis !== layer.unitAxis);
  return height * pixels >= input.height && width * pixels >= input.width;
}
