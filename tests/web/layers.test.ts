/** The layer picker: a tree of blocks that can be searched. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describer, parts, treeOf } from '../../web/models/layers';
import { drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { chainModel, deepModel } from './onnx';

function layer(name: string, shape = [1, 8, 4, 4], kind = 'Conv', unitAxis = shape.length === 3 ? 2 : 1) {
  return {
    name,
    aliases: [] as string[],
    kind,
    block: '',
    shape,
    units: shape[unitAxis] ?? 0,
    unitAxis,
    prefixTokens: 0,
    runs: true,
  };
}

describe('names', () => {
  test.each([
    ['layer3.0.conv2', ['layer3.0', 'conv2']],
    ['/layer3/layer3.0/conv2/Conv_output_0', ['layer3.0', 'conv2', 'Conv']],
    ['/blocks.3/attn/Softmax_output_0', ['blocks.3', 'attn', 'Softmax']],
    ['/blocks/blocks.3/attn/qkv/Add_output_0', ['blocks.3', 'attn', 'qkv', 'Add']],
    ['/blocks.0/mlp/act/output_0', ['blocks.0', 'mlp', 'act']],
    ['/blocks.0/attn/Split_output_1', ['blocks.0', 'attn', 'Split_output_1']],
    ['blocks.2.0.expand', ['blocks.2.0', 'expand']],
    ['onnx::Add_12', ['onnx', 'Add_12']],
    ['123', ['123']],
    ['//', ['//']],
  ])('%s', (name, expected) => expect(parts(name)).toEqual(expected));

  test('of thousands of parts make no tree that deep, and thousands without a name are soon sorted', () => {
    const long = Array.from({ length: 5000 }, (_, i) => `p${i}`).join('.');
    const nameless = Array.from({ length: 30000 }, (_, i) => layer(`relu_${i}`, undefined, 'Relu'));
    const tree = treeOf([layer(long), layer(`${long}.x`), ...nameless, layer('stage/end')]);
    expect(tree.map(({ label, layers }) => [label.slice(0, 8), layers])).toEqual([
      ['p0/p1/p2', 2],
      ['stage', 30001],
    ]);
  });

  test('are told beside what the newer exporter calls the values', () => {
    const told = [
      ['conv2d', 'patch_embed.proj'],
      ['linear', 'blocks.0.attn.qkv'],
      ['val_33', 'blocks.0.attn.qkv'],
      ['add_1', 'blocks.0'],
      ['conv', '/stem'],
      ['stem', '/stem'],
    ].map(([name = '', block = '']) => ({ ...layer(name), block }));
    const lines = treeOf(told).map(({ label, children }) => [label, children.map(({ label }) => label)]);
    expect(lines).toEqual([
      ['patch_embed/proj/conv2d', []],
      ['blocks.0', ['attn/qkv', 'add_1']],
      ['stem', ['conv']],
    ]);
  });

  test('make blocks, where a block may be a layer too and a block of one layer is one line', () => {
    const blocks = ['blocks.0.expand', 'blocks.0.project', 'conv_7', 'blocks.0.relu', 'blocks.0'];
    const names = ['/conv1/Conv_output_0', ...blocks, 'a/b', 'a/b_output_0', 'logits'];
    const lines = treeOf(names.map((name) => layer(name))).map(({ label, layer, layers, children }) => [
      label,
      layer?.name,
      layers,
      children.map(({ label }) => label),
    ]);
    expect(lines).toEqual([
      ['conv1/Conv', '/conv1/Conv_output_0', 1, []],
      ['blocks.0', 'blocks.0', 5, ['expand', 'project', 'conv_7', 'relu']],
      ['a/b', 'a/b', 2, ['a/b_output_0']],
      ['logits', 'logits', 1, []],
    ]);
  });

  test('stand beside what the layer holds', () => {
    const layers = [
      layer('stem', [1, 192, 14, 14]),
      layer('tokens', [1, 197, 192], 'Add'),
      layer('weights', [1, 3, 197, 197], 'Softmax'),
      layer('logits', [1, 1000], 'Gemm'),
      { ...layer('odd', [], 'Mystery'), runs: false },
      layer('rows', [1, 192, 196], 'Reshape', 1),
      layer('last', [1, 56, 56, 96], 'LayerNormalization', 3),
      layer('windows', [64, 49, 96], 'Add'),
      layer('map', [1, 49, 96], 'Add'),
    ];
    expect(layers.map(describer(layers))).toEqual([
      'Conv, 192 channels, 14 × 14',
      'Add, 197 tokens × 192 features',
      'Softmax, 3 × 197 × 197',
      'Gemm, 1000 units',
      'Mystery, cannot be run',
      'Reshape, 192 channels, 196 positions',
      'LayerNormalization, 96 channels, 56 × 56',
      'Add, 64 windows of 49 tokens × 96 features',
      'Add, 49 tokens × 96 features',
    ]);
  });
});

describe('the tree', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser?.close());

  const rows = (page: Page) => page.locator('#layer-list [role=treeitem]');
  const active = (page: Page) =>
    page.evaluate(() => {
      const id = document.getElementById('layer')!.getAttribute('aria-activedescendant');
      const { ariaLevel, ariaExpanded, ariaPosInSet, ariaSetSize, childNodes } = document.getElementById(id!)!;
      return [childNodes[1]!.textContent, ariaLevel, ariaExpanded, `${ariaPosInSet}/${ariaSetSize}`];
    });

  test('lists blocks, opens and closes them by keyboard and by pointer, and is searched', async () => {
    const { page, problems } = await visit(browser, { path: `#${smallRecipe}` });
    await finished(page);
    expect(await page.getAttribute('#layer', 'aria-haspopup')).toBe('tree');
    expect(await page.getAttribute('#layer-list', 'role')).toBe('tree');
    await page.focus('#layer');
    await page.keyboard.press('ArrowDown');
    const closed = await rows(page).count();
    expect(closed).toBeLessThan(25);
    expect(await active(page)).toEqual(['logits', '1', null, `1/${closed}`]);
    await page.keyboard.press('ArrowDown');
    expect((await active(page)).slice(0, 3)).toEqual(['stem', '1', 'false']);
    await page.keyboard.press('ArrowRight');
    expect((await active(page)).slice(0, 3)).toEqual(['stem', '1', 'true']);
    await page.keyboard.press('ArrowRight');
    expect(await active(page)).toEqual(['conv', '2', null, '1/1']);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    expect((await active(page)).slice(0, 3)).toEqual(['stem', '1', 'false']);
    await page.keyboard.press('End');
    expect((await active(page))[3]).toBe(`${closed}/${closed}`);
    await page.keyboard.press('Home');
    expect((await active(page))[0]).toBe('logits');

    const block = rows(page).filter({ hasText: /^blocks\.3\.1/ });
    expect(await block.textContent()).toBe('blocks.3.1 Add, 80 channels, 14 × 14');
    await block.locator('.twist').click();
    expect(await block.getAttribute('aria-expanded')).toBe('true');
    expect(await rows(page).count()).toBeGreaterThan(closed);
    await rows(page)
      .filter({ hasText: /^depthwise / })
      .click();
    await expect.poll(() => page.inputValue('#layer')).toBe('blocks.3.1.depthwise');
    await expect.poll(() => text(page, '#where')).toContain('blocks.3.1.depthwise · ');
    await finished(page);

    await page.click('#layer'); // its block is open
    expect((await active(page)).slice(0, 2)).toEqual(['depthwise', '2']);
    await page.keyboard.type('4.2 proj');
    expect(await rows(page).allTextContents()).toEqual([
      expect.stringMatching(/^blocks\.4\.2 /),
      expect.stringMatching(/^project /),
    ]);
    expect((await active(page))[0]).toBe('project');
    await page.keyboard.press('ArrowLeft'); // in the text
    await page.keyboard.type('x');
    expect(await page.inputValue('#layer')).toBe('4.2 proxj');
    expect(await rows(page).allTextContents()).toEqual(['Nothing matches “4.2 proxj”']);
    await page.keyboard.press('Escape');
    expect(await page.inputValue('#layer')).toBe('blocks.3.1.depthwise');
    expect(problems).toEqual([]);
  });

  test('shows the lines around the chosen one of very many', async () => {
    const { page, problems } = await visit(browser, { path: `#${smallRecipe}` });
    await finished(page);
    await drop(page, 'chain.onnx', chainModel(5000));
    await expect.poll(() => text(page, '#where')).toContain('chain.onnx · v5000');
    await page.click('#layer');
    const lines = page.locator('#layer-list [role=treeitem]');
    expect(await lines.count()).toBe(2001);
    expect(await lines.last().textContent()).toBe('3000 more: type a part of the name');
    await page.fill('#layer', 'v123');
    expect(await lines.count()).toBe(11);
    await page.press('#layer', 'Enter');
    await expect.poll(() => text(page, '#where')).toContain('chain.onnx · v123 ·');
    await page.click('#layer');
    await expect.poll(() => page.locator('#layer-list .active').getAttribute('data-layer')).toBe('v123');
    expect(problems).toEqual([]);
  });

  test('finds one of a thousand layers', async () => {
    const { page, problems } = await visit(browser, { path: `#${smallRecipe}` });
    await reach(page, 1);
    await drop(page, 'deep.onnx', deepModel(250));
    await expect.poll(() => text(page, '#status'), { timeout: 20_000 }).toMatch(/^Starting “.*”; “daisy” is still on show$/);
    await page.evaluate(() => document.getElementById('stop')!.click());
    await page.click('#layer');
    await page.fill('#layer', 'relu');
    await page.fill('#layer', 'layers.249 attn');
    expect(await rows(page).allTextContents()).toEqual([
      expect.stringMatching(/^layers\.249 /),
      expect.stringMatching(/^attn /),
      expect.stringMatching(/^Relu /),
      expect.stringMatching(/^Add /),
    ]);
    expect(problems).toEqual([]);
  });
});
