/** A network by depth: the few blocks that a drawing has room for, each with the layer that stands for it. */
import type { LayerInfo } from '../phaselens';
import { type Branch, treeOf } from './layers';

export interface Block {
  label: string;
  /** Its output: the last of its layers that can be shown. */
  layer: LayerInfo;
  /** Names of all that it is made of. */
  layers: ReadonlySet<string>;
}

const fewest = 8;
const most = 28;

/** `layers` in the order of computation. A block is a module by its name; where names tell nothing, some layers in a row. */
export function blocksOf(layers: readonly LayerInfo[]): Block[] {
  const order = new Map(layers.map(({ name }, i) => [name, i]));
  const first = (branch: Branch): number => Math.min(...layersIn(branch).map(({ name }) => order.get(name) ?? 0));
  const modules = opened(treeOf(layers)).sort((a, b) => first(a) - first(b));
  const blocks = modules.map((branch) => ({ label: labelOf(branch), layers: layersIn(branch) }));
  return joined(blocks).flatMap(({ label, layers }) => {
    const shown = layers
      .filter(({ runs, units }) => runs && units > 0)
      .sort((a, b) => order.get(a.name)! - order.get(b.name)!)
      .at(-1);
    return shown ? [{ label, layer: shown, layers: new Set(layers.map(({ name }) => name)) }] : [];
  });
}

/** The largest module makes way for what it is made of, until there are enough. */
function opened(modules: Branch[]): Branch[] {
  for (;;) {
    const largest = modules.reduce<Branch | undefined>(
      (best, branch) => (branch.children.length > 0 && branch.layers > (best?.layers ?? 1) ? branch : best),
      undefined,
    );
    if (!largest || modules.length >= fewest || modules.length - 1 + largest.children.length > most) return [...modules];
    const own = largest.layer ? [{ ...largest, children: [], layers: 1 }] : [];
    modules = modules.flatMap((branch) => (branch === largest ? [...largest.children, ...own] : [branch]));
  }
}

function layersIn({ layer, children }: Branch): LayerInfo[] {
  return [...children.flatMap(layersIn), ...(layer ? [layer] : [])];
}

const labelOf = ({ key }: Branch): string => key.slice(1);

type Group = Pick<Block, 'label'> & { layers: LayerInfo[] };

/** Neighbours as one, where there are too many. */
function joined(groups: Group[]): Group[] {
  const each = Math.ceil(groups.length / most);
  if (each <= 1) return groups;
  return Array.from({ length: Math.ceil(groups.length / each) }, (_, i) => {
    const some = groups.slice(i * each, (i + 1) * each);
    const [from, to] = [some[0]!.label, some.at(-1)!.label];
    return { label: from === to ? from : `${from} to ${to}`, layers: some.flatMap(({ layers }) => layers) };
  });
}

/**
 * The last block of a network's first third whose maps are a quarter as wide as the widest or more: it still knows where everything is, and not
 * yet what.
 */
export function earlyBlock(layers: readonly LayerInfo[]): string | undefined {
  const order = new Map(layers.map(({ name }, i) => [name, i]));
  const maps = blocksOf(layers).filter(({ layer }) => sideOf(layer) > 1);
  const widest = Math.max(...maps.map(({ layer }) => sideOf(layer)));
  const isEarly = ({ layer }: Block) => sideOf(layer) * 4 >= widest && order.get(layer.name)! * 3 <= layers.length;
  return (maps.findLast(isEarly) ?? maps[0])?.layer.name;
}

/** Side of its map, 1 where it has no places. */
export function sideOf({ shape, unitAxis }: LayerInfo): number {
  const places = shape.filter((_, axis) => axis > 0 && axis !== unitAxis);
  return Math.sqrt(places.reduce((product, size) => product * size, 1));
}
