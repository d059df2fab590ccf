// Draws ahead the small pictures of the packaged model's units that the page shows first, for each block of its drawing and around
// each suggested class: node web/models/draw-ahead.mjs, after npm run build. Writes a sheet of them, and which is where.
import { writeFile } from 'node:fs/promises';
import jpeg from 'jpeg-js';
import { loadManifest, loadModel } from '../../dist/index.js';
import { page } from '../site/from-page.mjs';

const [side, columns, group, quality] = [60, 24, 12, 60];

/** [layer, first unit, how many] for each. */
function groupsOf(model, blocks, suggested) {
  const firsts = blocks.map(({ layer }) => [layer.name, 0]);
  for (const { layer, units } of suggested.filter(({ layer }) => layer === model.logits))
    for (const unit of units) firsts.push([layer, Math.floor(unit / group) * group]);
  const units = new Map(model.layers.map(({ name, units }) => [name, units]));
  const known = new Map(firsts.map(([layer, first]) => [`${layer} ${first}`, [layer, first]]));
  return [...known.values()].map(([layer, first]) => [layer, first, Math.min(group, units.get(layer) - first)]);
}

/** Each pixel the mean of those that it covers. */
function reduced({ data, width, height }) {
  const out = new Float64Array(side * side * 3);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) {
        let [sum, weight] = [0, 0];
        const [top, left, bottom, right] = [
          (y * height) / side,
          (x * width) / side,
          ((y + 1) * height) / side,
          ((x + 1) * width) / side,
        ];
        for (let i = Math.floor(top); i < bottom; i++)
          for (let j = Math.floor(left); j < right; j++) {
            const share = (Math.min(i + 1, bottom) - Math.max(i, top)) * (Math.min(j + 1, right) - Math.max(j, left));
            sum += share * data[4 * (i * width + j) + c];
            weight += share;
          }
        out[3 * (y * side + x) + c] = sum / weight;
      }
  return out;
}

const { blocksOf, thumbnailOf } = await page('models/blocks', 'run/thumbnails');
const [entry] = await loadManifest();
const model = await loadModel(entry);
const groups = groupsOf(model, blocksOf(model.layers), entry.fields.suggested ?? []);
const count = groups.reduce((sum, [, , units]) => sum + units, 0);
const sheet = { width: columns * side, height: Math.ceil(count / columns) * side };
const pixels = new Uint8Array(sheet.width * sheet.height * 4).fill(255);
let at = 0;
for (const [layer, first, units] of groups)
  for (let unit = first; unit < first + units; unit++, at++) {
    let frame;
    for await (const step of model.visualize(...thumbnailOf({ model, layer, cropSize: undefined }, unit))) frame = step.frame;
    const small = reduced(frame);
    const [left, top] = [(at % columns) * side, Math.floor(at / columns) * side];
    for (let i = 0; i < side * side * 3; i++) {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      const [x, y] = [left + (pixel % side), top + Math.floor(pixel / side)];
      pixels[4 * (y * sheet.width + x) + channel] = Math.round(small[i]);
    }
    process.stdout.write(`\r${at + 1} of ${count}`);
  }
await model.dispose();
const rows = groups.map((group) => `    ${JSON.stringify(group).replaceAll(',', ', ')}`);
const lines = ['{', `  "side": ${side},`, `  "columns": ${columns},`, '  "groups": [', rows.join(',\n'), '  ]', '}', ''];
await writeFile(`${import.meta.dirname}/drawn.jpg`, jpeg.encode({ data: pixels, ...sheet }, quality).data);
await writeFile(`${import.meta.dirname}/drawn.json`, lines.join('\n'));
console.log();
