// How far the builds 'simd' and 'relaxed' are from each other, over every network of tests/golden/exported: of three layers each, the
// values and a gradient, as the norm of the difference over the norm of what simd gives.
//   node --experimental-wasm-relaxed-simd tests/report/builds.mjs     (Node 20 wants the flag; it needs the package built)
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadModel } from '../../dist/index.js';

const folder = new URL('../golden/exported/', import.meta.url);
const preprocessing = { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] };

function deviation(values, others) {
  let difference = 0;
  let norm = 0;
  values.forEach((value, i) => {
    difference += (value - others[i]) ** 2;
    norm += value ** 2;
  });
  return norm > 0 ? Math.sqrt(difference / norm) : 0;
}

/** Coloured squares under noise, the same for every network of this size. */
function makeImage(side) {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const squares = Float32Array.from({ length: 8 * 8 * 3 }, random);
  const at = (i) =>
    squares[
      (Math.floor((Math.floor(i / 3 / side) * 8) / side) * 8 + Math.floor(((Math.floor(i / 3) % side) * 8) / side)) * 3 + (i % 3)
    ];
  const data = Float32Array.from({ length: side * side * 3 }, (_, i) => 0.7 * at(i) + 0.3 * random());
  return { data, height: side, width: side };
}

async function results(file, golden, build) {
  const model = await loadModel(file, { build, workers: 1, preprocessing });
  const image = makeImage(golden.image.side);
  const found = [];
  for (const { name, gradients } of golden.layers) {
    const { data } = await model.activations(image, name);
    const unit = gradients[0].unit.index % (model.layers.find((layer) => layer.name === name).units || 1);
    const { gradient } = await model.gradient(image, { kind: 'neuron', layer: name, unit });
    found.push({ name, values: data, gradient: gradient.data });
  }
  await model.dispose();
  return found;
}

const rows = [];
for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.json'))) {
  const golden = JSON.parse(fs.readFileSync(new URL(name, folder), 'utf8'));
  const file = new Uint8Array(gunzipSync(fs.readFileSync(new URL(name.replace('.json', '.onnx.gz'), folder))));
  const [simd, relaxed] = [await results(file, golden, 'simd'), await results(file, golden, 'relaxed')];
  simd.forEach((layer, i) => {
    const [values, gradient] = ['values', 'gradient'].map((key) => deviation(layer[key], relaxed[i][key]));
    rows.push({ layer: `${name.replace('.json', '')} ${layer.name}`, values, gradient });
  });
}

console.log(`${rows.length} layers of the networks in ${fileURLToPath(folder)}`);
for (const key of ['values', 'gradient']) {
  const sorted = [...rows].sort((a, b) => a[key] - b[key]);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))][key].toExponential(0);
  console.log(`${key}: half within ${at(0.5)}, nine tenths within ${at(0.9)}, 98 % within ${at(0.98)}, all within ${at(1)}`);
  for (const row of sorted.slice(-5).reverse()) console.log(`  ${row[key].toExponential(1)}  ${row.layer}`);
}
