// load: what loading a large file takes beyond its parts: copying its bytes into WebAssembly's memory, and XNNPACK's packing, each into
// new memory.
import fs from 'node:fs';
import { addressOf, inBrowser } from '../browser.mjs';
import { network } from '../networks.mjs';

export async function load({ measure, given, rounds }) {
  const { file, title, weights } = network('resnet50');
  const parts = await measure.load(file);
  const options = { url: addressOf(file), build: given.core, rounds };
  const whole = await inBrowser((page) => page.evaluate((options) => window.loadCost(options), options));
  const result = {
    file_bytes: fs.statSync(file).size,
    weights_bytes: weights,
    ...parts,
    ...whole,
    whole_ms: whole.load_ms + whole.ready_ms,
    parts_ms: parts.reading_ms + parts.packing_ms,
  };
  print(title, result, rounds);
  return result;
}

const mb = (bytes) => (bytes / 1e6).toFixed(0);
const ms = (value) => value.toFixed(0);

function print(title, r, rounds) {
  console.log(
    `\nLoading a file of ${mb(r.file_bytes)} MB (${title}), one worker, until the first gradient; best of ${rounds}\n` +
      `  reading ${ms(r.reading_ms)} ms, packing ${ms(r.packing_ms)} ms; the whole ${ms(r.whole_ms)} ms (${ms(r.load_ms)} to load, ` +
      `${ms(r.ready_ms)} to be ready) -> ${(r.whole_ms / r.parts_ms).toFixed(2)}x the parts\n` +
      `  memory at most ${mb(r.heap)} MB; weights ${mb(r.weights_bytes)} MB, what the network holds for one crop, packed weights among ` +
      `it, ${r.arena_mb.toFixed(0)} MB -> ${(r.heap / r.weights_bytes).toFixed(2)}x the weights`,
  );
}
