// The networks that pictures are made of, and that judge them.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest, loadModel } from '../../dist/index.js';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const shared = process.env.PHASELENS_SHARED ?? path.join(root, '../shared');

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

export const NETWORKS = [
  {
    id: 'lite0',
    title: 'EfficientNet-Lite0',
    file: path.join(root, 'dist/phaselens/models/efficientnet-lite0.onnx'),
    entry: (await loadManifest())[0],
  },
  {
    id: 'mobilenetv2',
    title: 'MobileNetV2',
    file: path.join(shared, 'models/mobilenetv2_1.0_224.onnx'),
    preprocessing: half,
  },
  { id: 'vit', title: 'ViT-Tiny', file: path.join(shared, 'models/vit_tiny_patch16_224.onnx'), preprocessing: half },
  {
    id: 'squeezenet',
    title: 'SqueezeNet',
    file: path.join(shared, 'models/squeezenet1.1.onnx'),
    preprocessing: imagenet,
  },
];

export const labels = fs.readFileSync(path.join(root, 'models/generated/imagenet-labels.txt'), 'utf8').trim().split('\n');

/** Those that are there, loaded; the others are said to be skipped. */
export async function loadNetworks(workers) {
  const loaded = [];
  for (const network of NETWORKS) {
    if (fs.existsSync(network.file)) {
      const model = await loadModel(network.entry ?? network.file, {
        ...(network.preprocessing ? { preprocessing: network.preprocessing } : {}),
        ...(workers ? { workers } : {}),
      });
      const { height: size, steps, crops, cropSize } = model.recipe;
      loaded.push({ ...network, model, budget: { size, steps, crops, cropSize } }); // what the default recipe costs, for the others too
    } else console.log(`skipped: ${network.title}, ${path.basename(network.file)} is not there`);
  }
  return loaded;
}
