/** The layers of a network as blocks: a tree by the prefixes of their names, and what each is in words. */
import { counted } from '../parts/words';
import type { LayerInfo } from '../phaselens';

/** A block, a layer, or both: blocks.3 is the output of a block of layers. */
export interface Branch {
  key: string; // of the whole path
  label: string;
  layer?: LayerInfo;
  parent?: Branch;
  children: Branch[];
  layers: number; // in it and below
}

/** Levels of the tree: a name of thousands of parts is no block of blocks. */
const deepest = 24;

/**
 * Exporters write layer3.0.conv2 or /layer3/layer3.0/conv2/Conv_output_0: slashes and dots part blocks, a number belongs to the
 * word before it, and what a step repeats of the step before it is left out.
 */
export function parts(name: string): string[] {
  const steps = name
    .replace(/[_/]output_0$/, '')
    .split(/[/:]+/)
    .filter(Boolean);
  const words: string[] = [];
  steps.forEach((step, i) => {
    const repeated = `${steps[i - 1]}.`;
    const rest = step.startsWith(repeated) ? step.slice(repeated.length) : step;
    for (const word of rest.split('.').filter(Boolean)) {
      if (/^\d+$/.test(word) && words.length > 0) words.push(`${words.pop()}.${word}`);
      else words.push(word);
    }
  });
  if (words.length > deepest) words.splice(deepest - 1, Infinity, words.slice(deepest - 1).join('.'));
  return words.length > 0 ? words : [name];
}

/** In the order of computation; a block stands where its first layer is. */
export function treeOf(layers: readonly LayerInfo[]): Branch[] {
  const root = branch('', '');
  const named = nextNamed(layers);
  for (const [i, layer] of layers.entries()) {
    let at = root;
    for (const word of path(layer, layers[named[i]!])) at = child(at, word);
    if (at.layer) at = child(at, layer.name); // two names that differ in their ends alone
    at.layer = layer;
  }
  for (const top of root.children) settle(top, undefined);
  return root.children;
}

/** For each layer the first one from it on that has a name. */
function nextNamed(layers: readonly LayerInfo[]): number[] {
  const next = new Array<number>(layers.length);
  for (let i = layers.length - 1, last = layers.length; i >= 0; i--) next[i] = last = nameless(layers[i]!) ? last : i;
  return next;
}

/**
 * PyTorch's newer exporter calls values linear_3 and tells their blocks beside. A value that the file gives no name and no block
 * belongs to the block of the next one that has a name.
 */
function path(layer: LayerInfo, named: LayerInfo | undefined): string[] {
  if (layer.block && !/[/.]/.test(layer.name)) {
    const block = parts(layer.block);
    return block.at(-1) === layer.name ? block : [...block, layer.name]; // a block's output may be called as the block
  }
  if (layer === named) return parts(layer.name);
  return [...(named ? parts(named.name).slice(0, -1) : []), layer.name];
}

/** relu_17 is what such a value is called instead. */
function nameless({ name, kind }: LayerInfo): boolean {
  return new RegExp(`^${kind}_\\d+$`, 'i').test(name);
}

function branch(key: string, label: string): Branch {
  return { key, label, children: [], layers: 0 };
}

const indices = new WeakMap<Branch, Map<string, Branch>>();

function child(parent: Branch, word: string): Branch {
  let index = indices.get(parent);
  if (!index) indices.set(parent, (index = new Map()));
  let found = index.get(word);
  if (!found) {
    index.set(word, (found = branch(`${parent.key}/${word}`, word)));
    parent.children.push(found);
  }
  return found;
}

/** A block of one part becomes one line with it: conv1/Conv. */
function settle(branch: Branch, parent: Branch | undefined): void {
  const only = branch.children[0];
  if (!branch.layer && branch.children.length === 1 && only) {
    Object.assign(branch, only, { label: `${branch.label}/${only.label}` });
    return settle(branch, parent);
  }
  if (parent) branch.parent = parent;
  for (const child of branch.children) settle(child, branch);
  branch.layers = branch.children.reduce((sum, { layers }) => sum + layers, branch.layer ? 1 : 0);
}

/**
 * Conv, 64 channels, 56 × 56; Add, 197 tokens × 192 features; Gemm, 1000 units. Features may lie along any axis, and what stands
 * beside the images, such as Swin's windows, comes first: 64 windows of 49 tokens × 96 features.
 */
export function describer(layers: readonly LayerInfo[]): (layer: LayerInfo) => string {
  // Values of rank 4 with as many rows or columns as there are tokens are attention's, which has no channels.
  const tokens = new Set(layers.filter(({ shape }) => shape.length === 3).map(({ shape }) => shape[1]));
  return ({ kind, shape, units, unitAxis, runs }) => {
    if (!runs) return `${kind}, cannot be run`;
    const places = shape.filter((_, axis) => axis > 0 && axis !== unitAxis);
    const [first = 0, second = 0] = places;
    const windows = (shape[0] ?? 1) > 1 ? `${shape[0]} windows of ` : '';
    if (shape.length === 4 && (unitAxis === 3 || (!tokens.has(first) && !tokens.has(second))))
      return `${kind}, ${windows}${counted(units, 'channel')}, ${first} × ${second}`;
    if (shape.length === 3 && unitAxis === 2)
      return `${kind}, ${windows}${counted(first, 'token')} × ${counted(units, 'feature')}`;
    if (shape.length === 3) return `${kind}, ${counted(units, 'channel')}, ${counted(first, 'position')}`;
    if (shape.length === 2) return `${kind}, ${counted(units, 'unit')}`;
    return `${kind}, ${shape.slice(shape.length > 1 ? 1 : 0).join(' × ')}`;
  };
}
