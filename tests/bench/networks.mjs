// The networks that are measured, and where their files are; those of random weights are written when they are asked for.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { networkFile } from './onnx.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const shared = process.env.PHASELENS_SHARED ?? path.join(root, '../shared');

/** What a JSON file beside this one holds. */
export const listOf = (name) => JSON.parse(fs.readFileSync(path.join(root, 'tests/bench', `${name}.json`), 'utf8'));

const stem = [
  ['conv', 64, 7, 2],
  ['pool', 3, 2],
];
const head = [['mean'], ['dense', 1000]];

/** Four stages of so many blocks; `block` makes one of a width and a stride. */
const residual = (counts, block) => [
  ...stem,
  ...counts.flatMap((count, stage) => Array.from({ length: count }, (_, i) => block(64 << stage, stage && !i ? 2 : 1))),
  ...head,
];

const basic = (width, stride) => ['block', [[width, 3, stride], [width, 3, 1]]]; // biome-ignore format: one line
const bottleneck = (width, stride) => ['block', [[width, 1, 1], [width, 3, stride], [4 * width, 1, 1]]]; // biome-ignore format: one line

/** VGG-16's convolutions, which end in a mean: its own head is 103 million weights of no interest here. */
const vgg = [
  [64, 2],
  [128, 2],
  [256, 3],
  [512, 3],
  [512, 3],
].flatMap(([width, count]) => [...Array.from({ length: count }, () => ['conv', width, 3, 1]), ['pool', 2, 2]]);

const made = {
  resnet18: ['ResNet-18', residual([2, 2, 2, 2], basic)],
  resnet50: ['ResNet-50', residual([3, 4, 6, 3], bottleneck)],
  vgg16: ["VGG-16's convolutions", [...vgg, ...head]],
};

const found = {
  lite0: ['EfficientNet-Lite0', path.join(root, 'models/generated/efficientnet-lite0.onnx')],
  vit: ['ViT-Tiny', path.join(shared, 'models/vit_tiny_patch16_224.onnx')],
};

/** {title, file, weights}: its path, and the bytes of its weights where they are random; null where it is not there. */
export function network(id) {
  if (found[id]) {
    const [title, file] = found[id];
    return fs.existsSync(file) ? { title, file } : null;
  }
  const [title, layers] = made[id];
  const { bytes, weights } = networkFile(layers);
  const file = path.join(root, 'build/bench', `${id}.onnx`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  if (fs.statSync(file, { throwIfNoEntry: false })?.size !== bytes.length) fs.writeFileSync(file, bytes);
  return { title, file, weights };
}

export const titleOf = (id) => (found[id] ?? made[id])[0];
