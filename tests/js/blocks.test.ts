/** A network by depth, for its drawing. */
import { expect, test } from 'vitest';
import { blocksOf, sideOf } from '../../web/models/blocks.js';
import type { LayerInfo } from './support.js';

const layer = (name: string, shape = [1, 8, 16, 16], more: Partial<LayerInfo> = {}): LayerInfo => ({
  name,
  aliases: [],
  kind: 'Conv',
  block: '',
  shape,
  units: shape[1]!,
  unitAxis: 1,
  prefixTokens: 0,
  runs: true,
  ...more,
});

const labels = (layers: LayerInfo[]) => blocksOf(layers).map(({ label, layer }) => `${label}: ${layer.name}`);

test('a module is a block, its last layer stands for it', () => {
  const names = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((i) => [`/layers.${i}/conv/Conv_output_0`, `/layers.${i}/relu/Relu_output_0`]);
  expect(labels(names.map((name) => layer(name)))).toEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `layers.${i}: /layers.${i}/relu/Relu_output_0`),
  );
});

test('the one module around all others makes way for them', () => {
  const names = ['a', 'b', 'c'].flatMap((name) => [`/net/${name}/x/Conv_output_0`, `/net/${name}/y/Conv_output_0`]);
  expect(labels(names.map((name) => layer(name)))).toHaveLength(6);
});

test('a layer that cannot be run stands for nothing', () => {
  const layers = [
    layer('/a/x/Conv_output_0'),
    layer('/a/y/Odd_output_0', [1, 8], { runs: false }),
    layer('/b/z/Odd', [1], { units: 0 }),
  ];
  expect(labels(layers)).toEqual(['a/x/Conv: /a/x/Conv_output_0']);
});

test('where names tell nothing, neighbours are one block', () => {
  const blocks = blocksOf(Array.from({ length: 1000 }, (_, i) => layer(`v${i}`)));
  expect(blocks).toHaveLength(28);
  expect(blocks[0]).toMatchObject({ label: 'v0 to v35', layer: { name: 'v35' } });
  expect(blocks.reduce((sum, { layers }) => sum + layers.size, 0)).toBe(1000);
});

test('the side of what has places, of maps and of tokens', () => {
  expect(sideOf(layer('map', [1, 8, 16, 9]))).toBe(12);
  expect(sideOf(layer('tokens', [1, 196, 192], { unitAxis: 2 }))).toBe(14);
  expect(sideOf(layer('vector', [1, 1000]))).toBe(1);
});
