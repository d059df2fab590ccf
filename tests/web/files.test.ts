/** Models of one's own, and files that are none. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#${smallRecipe}`;

test('a dropped model is shown, with a choice of what it expects', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  expect(await page.isVisible('#normalization')).toBe(false);
  await drop(page, 'small.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  expect(await page.isVisible('#drop')).toBe(false);
  expect(await page.locator('#normalization option').count()).toBe(5);
  const before = await text(page, '#score');
  await page.selectOption('#normalization', { label: '0 to 255' });
  await page.waitForFunction((before) => document.getElementById('score')!.textContent !== before, before);
  await finished(page);
  expect(page.url()).toContain('model=file:small.onnx');
  await page.selectOption('#model', { index: 0 });
  await expect.poll(() => text(page, '#where')).toContain('EfficientNet-Lite0');
  expect(await page.isVisible('#normalization')).toBe(false);
  await finished(page);
  expect(problems).toEqual([]);
});

test('a file that is no model gives a sentence, and the model before stays usable', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'notes.onnx', Buffer.from('Dear diary, today I saw a daisy.'));
  await expect.poll(() => text(page, '#alert')).toMatch(/^notes\.onnx cannot be used\. .*[a-z].*\.$/);
  await drop(page, 'empty.onnx', Buffer.alloc(0));
  await expect.poll(() => text(page, '#alert')).toMatch(/^empty\.onnx cannot be used\. /);
  await drop(page, 'half.onnx', smallModel().subarray(0, 300));
  await expect.poll(() => text(page, '#alert')).toMatch(/^half\.onnx cannot be used\. /);
  expect(await page.inputValue('#model')).toBe('efficientnet-lite0');
  await page.click('#another');
  await expect.poll(() => page.isVisible('#alert')).toBe(false);
  await finished(page);
  expect(await text(page, '#title')).toBe('daisy');
  expect(problems).toEqual([]);
});

test('an operator that is missing is named where it matters, and the layers before it run', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await page.setInputFiles('#file', { name: 'odd.onnx', mimeType: '', buffer: smallModel({ odd: true }) });
  await expect.poll(() => text(page, '#where')).toContain('odd.onnx');
  await finished(page);
  await page.click('#layer');
  const options = page.locator('#layer-list [role=treeitem]');
  expect(await options.filter({ hasText: 'rectified' }).getAttribute('aria-disabled')).toBeNull();
  expect(await options.filter({ hasText: 'parts' }).getAttribute('aria-disabled')).toBe('true');
  expect(await text(page, '#alert')).toMatch(/^Some layers of odd\.onnx cannot be run\. .*odd-one.*Mystery/);
  expect(problems).toEqual([]);
});

test('what a model does to its input itself chooses its normalization, until the reader does', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'bytes.onnx', smallModel({ bytes: true }));
  await expect.poll(() => text(page, '#where')).toContain('bytes.onnx');
  expect(await page.inputValue('#normalization')).toBe('bytes');
  expect(await text(page, '#model-hint')).toMatch(/guessed: node 'shares' \(Div\) .* from 0 to 255\./);
  await page.selectOption('#normalization', 'unit');
  await expect.poll(() => text(page, '#model-hint')).not.toContain('guessed');
  expect(await page.inputValue('#normalization')).toBe('unit');
  await finished(page);
  expect(problems).toEqual([]);
});

test('a model that takes crops of one size only gets that size', async () => {
  const { page, problems } = await visit(browser, { path: path.replace('cropSize=64', 'cropSize=96') });
  await reach(page, 1);
  await drop(page, 'fixed.onnx', smallModel({ fixed: true }));
  await expect.poll(() => text(page, '#where')).toContain('fixed.onnx');
  await finished(page);
  expect(await text(page, '#alert')).toBe('fixed.onnx takes crops of 64 pixels only.');
  expect(page.url()).toContain('cropSize=64');
  await page.click('#next');
  await expect.poll(() => text(page, '#title')).toBe('Unit 1');
  await finished(page);
  expect(problems).toEqual([]);
});

test('a link to a file that was opened elsewhere says what to do', async () => {
  const { page } = await visit(browser, { path: `#model=file:mine.onnx&layer=x&${smallRecipe}` });
  await finished(page);
  expect(await text(page, '#alert')).toMatch(/mine\.onnx, a file .*: open it again/);
});
