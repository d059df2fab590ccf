/** `phaselens layers`: what a model has to look at. */
import type { LayerInfo } from '../api/index.js';
import type { Command, Given } from './command.js';
import { modelFlags, openModel, readWish, readWorkers } from './models.js';

const head = ['layer', 'kind', 'shape', 'units', ''];

function cells({ name, kind, shape, units, runs }: LayerInfo, logits: string | undefined): string[] {
  const note = runs ? (name === logits ? 'the logits' : '') : 'cannot be run';
  return [name, kind, shape.join(' x '), units > 0 ? String(units) : '-', note];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

async function run(given: Given): Promise<void> {
  const model = await openModel(await readWish(given), { workers: 1, ...readWorkers(given) });
  const { layers, logits } = model;
  await model.dispose();
  if (given.yes('json')) for (const layer of layers) console.log(JSON.stringify(layer));
  else console.log(table([head, ...layers.map((layer) => cells(layer, logits))]));
}

export const layers: Command = {
  name: 'layers',
  usage: '[--model MODEL]',
  summary: "Lists a model's layers: names, operators, shapes and how many units.",
  operands: [0, 0],
  flags: [...modelFlags, { name: 'json', text: 'A line of JSON for each.' }],
  run,
};
