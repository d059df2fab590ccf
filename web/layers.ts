/** The layers of a network as blocks: a tree by the prefixes of their names, and what each is in words. */
import type { LayerInfo } from './phaselens';

/** A block, a layer, or both: blocks.3 is the output of a block of layers. */
export interface Branch {
  key: string; // of the whole path
  label: string;
  layer?: LayerInfo;
  parent?: Branch;
  children: Branch[];
  layers: number; // in it and below
}

/**
 * Exporters write layer3.0.conv2 or /layer3/layer3.0/conv2/Conv_output_0: slashes and dots part blocks, a number belongs to the
 * word before it, and what a step repeats of the step before it is left out.
 */
export function parts(name: string): string[] {
  const steps = name.replace(/[_/]output_0$/, '').split(/[/:]+/).filter(Boolean);
  const words: string[] = [];
  steps.forEach((step, i) => {
    const repeated = `${steps[i - 1]}.`;
    const rest = step.startsWith(repeated) ? step.slice(repeated.length) : step;
    for (const word of rest.split('.').filter(Boolean)) {
      if (/^\d+$/.test(word) && words.length > 0) words.push(`${words.pop()}.${word}`);
      else words.push(word);
    }
  });
  return words.length > 0 ? words : [name];
}

/** In the order of computation; a block stands where its first layer is. */
export function treeOf(layers: readonly LayerInfo[]): Branch[] {
  const root = branch('', '');
  for (const [i, layer] of layers.entries()) {
    let at = root;
    for (const word of path(layers, i)) at = child(at, word);
    if (at.layer) at = child(at, layer.name); // two names that differ in their ends alone
    at.layer = layer;
  }
  for (const top of root.children) settle(top, undefined);
  return root.children;
}

/** A value that the file gives no name belongs to the block of the next one that has a name. */
function path(layers: readonly LayerInfo[], i: number): string[] {
  const name = layers[i]!.name;
  if (!nameless(layers[i]!)) return parts(name);
  while (i < layers.length && nameless(layers[i]!)) i++;
  return [...(i < layers.length ? parts(layers[i]!.name).slice(0, -1) : []), name];
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

/** Conv, 64 channels, 56 × 56; Add, 197 tokens × 192 features; Gemm, 1000 units */
export function describer(layers: readonly LayerInfo[]): (layer: LayerInfo) => string {
  // Values of rank 4 with as many rows or columns as there are tokens are attention's, which has no channels.
  const tokens = new Set(layers.filter(({ shape }) => shape.length === 3).map(({ shape }) => shape[1]));
  return ({ kind, shape, runs }) => {
    if (!runs) return `${kind}, cannot be run`;
    const [, first = 0, second = 0, third = 0] = shape;
    if (shape.length === 4 && !tokens.has(second) && !tokens.has(third))
      return `${kind}, ${first} channels, ${second} × ${third}`;
    if (shape.length === 3) return `${kind}, ${first} tokens × ${second} features`;
    if (shape.length === 2) return `${kind}, ${first} units`;
    return `${kind}, ${shape.slice(shape.length > 1 ? 1 : 0).join(' × ')}`;
  };
}
