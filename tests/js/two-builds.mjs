// Run by runtime.test.ts in a Node that has relaxed SIMD: how far the two builds are from each other, over the norm of what simd gives.
// Standard input is JSON: the address of dist/index.js, a model and options of loading it, an image's values, its side, and options.
import { readFileSync } from 'node:fs';

const { api, model, loading, image, side, options } = JSON.parse(readFileSync(0, 'utf8'));
const { loadModel, logit } = await import(api);

function deviation(values, others) {
  let difference = 0;
  let norm = 0;
  values.forEach((value, i) => {
    difference += (value - others[i]) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / norm);
}

async function results(build) {
  const network = await loadModel(model, { ...loading, build, workers: 1 });
  const shown = { data: Float32Array.from(image), height: side, width: side };
  const { data: logits } = await network.activations(shown, 'logits');
  const { gradient } = await network.gradient(shown, logit(3));
  let picture;
  for await (const step of network.visualize(logit(3), { ...options, outputs: ['image'] })) picture = step.image;
  await network.dispose();
  return { logits, gradient: gradient.data, picture };
}

const [simd, relaxed] = [await results('simd'), await results('relaxed')];
const deviations = Object.entries(simd).map(([name, values]) => [name, deviation(values, relaxed[name])]);
console.log(JSON.stringify(Object.fromEntries(deviations)));
