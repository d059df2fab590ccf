/** Names of the classes of a model of one's own. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, reach, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#${smallRecipe}`;
const offered = (page: Page) => page.locator('#names option').allTextContents();
const five = ['anchor', 'boat', 'crane', 'dock', 'eel'];

async function opened(page: Page, name: string, data: Buffer, others?: Record<string, Buffer>): Promise<void> {
  await reach(page, 1);
  await drop(page, name, data, others);
  await expect.poll(() => text(page, '#where')).toContain(name);
  await finished(page);
}

test.each([
  [1000, 985, 'ImageNet’s'],
  [1001, 986, 'ImageNet’s, with “background” first'],
])('a model with %i outputs gets ImageNet’s names, also where no other model was loaded', async (outputs, daisy, title) => {
  const { page, problems } = await visit(browser, { path });
  await opened(page, 'big.onnx', smallModel({ outputs }));
  expect(await text(page, '#title')).toBe('daisy');
  expect(page.url()).toContain(`unit=${daisy}`);
  expect(await offered(page)).toEqual([title, 'None']);
  await page.reload();
  await expect.poll(() => text(page, '#title')).toBe('daisy');
  await finished(page);
  await page.selectOption('#names', 'None');
  await expect.poll(() => text(page, '#title')).toBe(`Unit ${daisy}`);
  expect(await page.isVisible('#unit')).toBe(false);
  await expect.poll(() => text(page, '#kept')).toMatch(/^Remembered/);
  await page.waitForTimeout(200);
  await page.reload();
  await expect.poll(() => text(page, '#title')).toBe(`Unit ${daisy}`);
  expect(await offered(page)).toEqual([title, 'None']);
  expect(problems).toEqual([]);
});

test('names come from a file, by the button, by dropping it, or together with the model', async () => {
  const { page, problems } = await visit(browser, { path });
  await opened(page, 'small.onnx', smallModel());
  expect(await text(page, '#title')).toBe('Unit 0');
  expect(await offered(page)).toEqual(['None: classes go by number']);
  const steps = await text(page, '#step');
  await drop(page, 'things.txt', Buffer.from(`${five.join('\r\n')}\r\n`));
  await expect.poll(() => text(page, '#title')).toBe('anchor');
  expect(await text(page, '#step')).toBe(steps); // the picture is the same
  expect(await text(page, '#status')).toMatch(/^“anchor”, 16 steps in/);
  expect(await offered(page)).toEqual(['things.txt', 'None: classes go by number']);
  await page.click('#unit');
  await page.keyboard.type('eel');
  await page.keyboard.press('Enter');
  await expect.poll(() => text(page, '#title')).toBe('eel');
  await finished(page);
  await page.reload();
  await expect.poll(() => text(page, '#title')).toBe('eel');
  await finished(page);
  const json = Buffer.from(JSON.stringify(five.toReversed()));
  await page.setInputFiles('#names-file', { name: 'list.json', mimeType: '', buffer: json });
  await expect.poll(() => text(page, '#title')).toBe('anchor');
  const config = Buffer.from(JSON.stringify({ model_type: 'vit', id2label: Object.fromEntries(five.entries()) }));
  await page.setInputFiles('#names-file', { name: 'config.json', mimeType: '', buffer: config });
  await expect.poll(() => text(page, '#title')).toBe('eel');
  await opened(page, 'second.onnx', smallModel(), { 'things.txt': Buffer.from(five.join('\n')) });
  await expect.poll(() => text(page, '#title')).toBe('anchor');
  expect(problems).toEqual([]);
});

test('a file that does not fit gives a sentence, and the names before stay', async () => {
  const { page, problems } = await visit(browser, { path });
  await reach(page, 1);
  await drop(page, 'five.txt', Buffer.from(five.join('\n')));
  await expect
    .poll(() => text(page, '#alert'))
    .toMatch(/^five\.txt cannot be used\. It is taken for names of classes, and EfficientNet-Lite0 has its own: /);
  await opened(page, 'small.onnx', smallModel(), { 'five.txt': Buffer.from(five.join('\n')) });
  const wrong: [string, string | Buffer, string][] = [
    ['four.txt', five.slice(1).join('\n'), 'It holds 4 names, and small.onnx has 5 outputs.'],
    ['map.json', '{"0": "anchor"}', 'It holds 1 name, and small.onnx has 5 outputs.'],
    ['gap.json', '{"0": "anchor", "2": "boat"}', 'The labels are 2 names, of which none is for unit 1.'],
    ['pairs.json', '[{"a": "b"}]', 'The labels have {"a":"b"} for unit 0, which is no name.'],
    ['broken.json', '["a", ', 'The labels begin like JSON, but are none'],
    ['empty.txt', ' \n', 'The labels are an empty file.'],
    ['photo.txt', Buffer.from([255, 216, 255, 0, 10, 3]), 'This is a JPEG image: names of classes are a text'],
    ['latin.txt', Buffer.from([99, 233, 10, 100]), 'The labels are no text in UTF-8.'],
  ];
  for (const [name, content, sentence] of wrong) {
    await drop(page, name, Buffer.from(content as string));
    await expect.poll(() => text(page, '#alert')).toContain(`${name} cannot be used. ${sentence}`);
  }
  expect(await text(page, '#title')).toBe('anchor');
  expect(await offered(page)).toEqual(['five.txt', 'None: classes go by number']);
  expect(problems).toEqual([]);
});
