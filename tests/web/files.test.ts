/** Models of one's own, and files that are none. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { smallModel, splitModel, tokenModel } from './onnx';

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
  expect(await page.locator('#normalization option').count()).toBe(7);
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

test('a model whose weights lie in another file is opened with it, and stays', async () => {
  const { file, data } = splitModel('split.onnx.data');
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'split.onnx', file);
  await expect
    .poll(() => text(page, '#alert'))
    .toMatch(/^split\.onnx cannot be used\. .* 'split\.onnx\.data', which was not given/);
  await drop(page, 'split.onnx.data', data); // it is known which model lacked it
  await expect.poll(() => text(page, '#where')).toContain('split.onnx');
  await finished(page);
  const score = await text(page, '#score');
  await expect.poll(() => text(page, '#kept')).toMatch(/^Remembered/);
  await page.reload();
  await expect.poll(() => text(page, '#where')).toContain('split.onnx');
  await finished(page);
  expect(await text(page, '#score')).toBe(score);
  await drop(page, 'other.onnx.data', data);
  await expect.poll(() => text(page, '#alert')).toMatch(/^other\.onnx\.data holds weights of a model: open it together with/);
  await page.setInputFiles('#file', [
    { name: 'split.onnx.data', mimeType: '', buffer: data },
    { name: 'both.onnx', mimeType: '', buffer: file },
  ]);
  await expect.poll(() => text(page, '#where')).toContain('both.onnx');
  await finished(page);
  expect(await text(page, '#score')).toBe(score);
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

test('an operator that is missing is named, and the last layer before it is offered and works', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await page.setInputFiles('#file', { name: 'odd.onnx', mimeType: '', buffer: smallModel({ odd: true }) });
  const offered = 'Visualize rectified instead';
  const sentence = "Node 'odd-one' (Mystery) is not supported; the model can be used up to layer 'rectified'.";
  await expect.poll(() => text(page, '#alert')).toBe(`${sentence} ${offered}`);
  await page.getByRole('button', { name: offered }).click();
  await expect.poll(() => text(page, '#where')).toContain('odd.onnx · rectified');
  expect(await page.isVisible('#alert')).toBe(false);
  await finished(page);
  expect(page.url()).toContain('layer=rectified');
  await page.click('#layer');
  const options = page.locator('#layer-list [role=treeitem]');
  expect(await options.filter({ hasText: 'rectified' }).getAttribute('aria-disabled')).toBeNull();
  expect(await options.filter({ hasText: 'parts' }).getAttribute('aria-disabled')).toBe('true');
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

test('what cannot be known of a model is said: what it expects of a pixel, and which size of it works', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'squares.onnx', smallModel({ squares: true }));
  await expect.poll(() => text(page, '#where')).toContain('squares.onnx');
  expect(await text(page, '#model-hint')).toMatch(/is not known: node 'squares' \(Mul\) .* a mere guess\./);
  await page.selectOption('#normalization', 'unit');
  await expect.poll(() => text(page, '#model-hint')).not.toContain('guess');
  await drop(page, 'open.onnx', smallModel({ fixed: true, open: true }));
  await expect.poll(() => text(page, '#where')).toContain('open.onnx');
  expect(await text(page, '#model-hint')).toMatch(/leaves the size of its images open; 64 × 64 is one that works/);
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

test('a link to a file that was opened elsewhere says what to do, and is followed when it is done', async () => {
  const link = `#model=file:mine.onnx&layer=rectified&unit=3&${smallRecipe}`;
  const { page } = await visit(browser, { path: link });
  await finished(page);
  expect(await text(page, '#alert')).toMatch(/mine\.onnx, a file .*: open it again/);
  await drop(page, 'other.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('other.onnx');
  expect(await text(page, '#where')).not.toContain('rectified');
  await drop(page, 'mine.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('mine.onnx · rectified');
  await finished(page);
  expect(new URL(page.url()).hash).toBe(link);
  await page.click('#next');
  await expect.poll(() => page.url()).toContain('unit=4');
  await drop(page, 'mine.onnx', smallModel()); // the link has been followed once
  await expect.poll(() => page.url()).toContain('layer=scores');
});

test('what a link asks for is not lost by what is done before the first model is there', async () => {
  const before = (page: Page) => page.route('**/efficientnet-lite0.onnx', () => {}); // for ever on its way
  const recipe = `${smallRecipe}&preset=horama&parametrization=fourier&images=2`.replace('seed=1', 'seed=8');
  const { page } = await visit(browser, { path: `#layer=scores&unit=1&${recipe}&transparency=1`, before });
  await expect.poll(() => text(page, '#status')).toMatch(/^Loading EfficientNet/);
  await page.click('#compare');
  await drop(page, 'small.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  expect(new URL(page.url()).hash).toBe(`#model=file:small.onnx&layer=scores&unit=0&${recipe}&transparency=1&compare=1`);
  expect(await text(page, '#where')).toContain('scores');
});

test('a file that is opened before the package is there is not lost', async () => {
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  const before = (page: Page) => page.route('**/phaselens/index.js', (route) => gate.then(() => route.continue()));
  const { page } = await visit(browser, { path: `#model=file:mine.onnx&layer=rectified&unit=3&${smallRecipe}`, before });
  await drop(page, 'mine.onnx', smallModel());
  go();
  await expect.poll(() => text(page, '#where')).toContain('mine.onnx · rectified');
  expect(await page.isVisible('#alert')).toBe(false);
});

test('a layer of tokens is looked at without its class token, or at that alone', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  expect(await page.isVisible('#tokens')).toBe(false);
  await drop(page, 'tokens.onnx', tokenModel());
  await expect.poll(() => text(page, '#where')).toContain('tokens.onnx · tokens · MatMul, 65 tokens × 6 features');
  await finished(page);
  expect(await page.isVisible('#tokens')).toBe(true);
  expect(page.url()).not.toContain('tokens=');
  await page.selectOption('#tokens', 'class');
  await expect.poll(() => page.url()).toContain('tokens=class');
  await finished(page);
  expect(await text(page, '#where')).toContain('class token');
  await page.goBack();
  await expect.poll(() => page.inputValue('#tokens')).toBe('');
  expect(problems).toEqual([]);
});

test('what a model expects can be typed in', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'small.onnx', smallModel());
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  const score = await text(page, '#score');
  await page.selectOption('#normalization', 'typed');
  await expect.poll(() => page.isVisible('#typed-mean')).toBe(true);
  expect(await page.inputValue('#typed-mean')).toBe('0.485 0.456 0.406');
  await finished(page);
  expect(await text(page, '#score')).toBe(score);
  await page.fill('#typed-std', '58 57');
  await page.press('#typed-std', 'Tab');
  await expect.poll(() => text(page, '#typed-complaint')).toBe('The deviation is three numbers, such as 0.229 0.224 0.225.');
  await page.fill('#typed-std', '58,4; 57,1; 57,4');
  await page.press('#typed-std', 'Tab');
  await page.selectOption('#typed-range', '255');
  await page.selectOption('#typed-order', 'bgr');
  await expect.poll(() => page.isVisible('#typed-complaint')).toBe(false);
  await expect.poll(() => text(page, '#score')).not.toBe(score);
  await finished(page);
  await expect.poll(() => text(page, '#kept')).toContain('Remembered');
  await page.reload();
  await expect.poll(() => page.inputValue('#typed-std')).toBe('58.4 57.1 57.4');
  expect([await page.inputValue('#typed-range'), await page.inputValue('#typed-order')]).toEqual(['255', 'bgr']);
  expect(problems).toEqual([]);
});
