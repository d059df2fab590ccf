// Run by determinism.test.ts: goes on with checkpoints in a process of its own, and prints what their steps are.
// Standard input is JSON: the address of dist/index.js, a model in base64, options of loading it, checkpoints in base64, and a photo.
import { readFileSync } from 'node:fs';
import { contents } from './contents.mjs';

const { api, file, loading, checkpoints, photo } = JSON.parse(readFileSync(0, 'utf8'));
const { loadModel } = await import(api);

const bytes = (base64) => Uint8Array.from(Buffer.from(base64, 'base64'));
const model = await loadModel(bytes(file), loading);
const photos = [{ ...photo, data: Float32Array.from(photo.data) }];
const runs = [];
for (const checkpoint of checkpoints) {
  const steps = [];
  const run = await model.resume(bytes(checkpoint), { photos, outputs: ['image', 'transparency', 'values'] });
  for await (const step of run) steps.push(contents(step));
  runs.push(steps);
}
await model.dispose();
console.log(JSON.stringify(runs));
