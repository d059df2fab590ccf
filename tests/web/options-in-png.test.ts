/** A PNG of the page says how it was made: the page and the command make it again, and the page takes the command's. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'fast-png';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, picture, reach, smallRecipe, text, visit } from './browser';

let browser: Browser;
let folder: string;
beforeAll(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'phaselens-'));
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const path = `#unit=985&${smallRecipe}&penaltyL2=0.5`;
const dist = resolve(import.meta.dirname, '../../dist');
const command = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--experimental-wasm-relaxed-simd', join(dist, 'cli.js'), ...args], { cwd: folder });

async function png(page: Page): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save')]);
  return readFile(await download.path());
}

test('a saved PNG dropped onto the page brings its settings back, and is a photo only where it is wanted as one', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const bits = await picture(page);
  const data = await png(page);
  const other = await visit(browser, { path: path.replace('985', '340').replace('seed=1', 'seed=7') });
  await reach(other.page, 1);
  await drop(other.page, 'daisy.png', data);
  await expect.poll(() => text(other.page, '#title')).toBe('daisy');
  await finished(other.page);
  expect(await picture(other.page)).toBe(bits);
  expect(other.page.url()).toBe(page.url());
  expect(await other.page.inputValue('[name=penaltyL2]')).toBe('0.5');
  expect(await text(other.page, '#alert')).toMatch(/^daisy\.png says how it was made: this makes it again\./);
  expect(await other.page.locator('#photos li').count()).toBe(0);
  await other.page.click('#alert button');
  await expect.poll(() => other.page.locator('#photos li').count()).toBe(1);
  const plain = Buffer.from(
    await other.page.evaluate(async () => {
      const canvas = document.querySelector('canvas')!;
      const blob = await new Promise<Blob>((resolve) => canvas.toBlob((blob) => resolve(blob!), 'image/png'));
      return [...new Uint8Array(await blob.arrayBuffer())];
    }),
  );
  await drop(other.page, 'plain.png', plain); // without options it is a photo
  await expect.poll(() => other.page.locator('#photos li').count()).toBe(2);
  expect([...problems, ...other.problems]).toEqual([]);
});

test('the command makes it again, to the same pixels', async () => {
  const { page } = await visit(browser, { path });
  await finished(page);
  const data = await png(page);
  await writeFile(join(folder, 'page.png'), data);
  await command('render', '--again', 'page.png');
  const [one, two] = [decode(data), decode(await readFile(join(folder, 'page-again.png')))];
  expect([two.width, two.height]).toEqual([one.width, one.height]);
  const colours = (image: typeof one) =>
    Array.from({ length: image.width * image.height }, (_, i) =>
      image.data.subarray(i * image.channels, i * image.channels + 3).join(),
    );
  expect(colours(two)).toEqual(colours(one));
});

test('what the page refined, the command refuses with the way on', async () => {
  const { page } = await visit(browser, { path: `${path}&finer=1` });
  await finished(page);
  await writeFile(join(folder, 'finer.png'), await png(page));
  const refused = 'finer.png was refined by the page, which makes it again: drop it there.';
  await expect(command('render', '--again', 'finer.png')).rejects.toThrow(refused);
});

test('the page takes the command’s, and says what it has no field for', async () => {
  const flags = ['--unit', 'daisy', '--size', '96', '--steps', '16', '--crops', '2', '--crop-size', '64', '--seed', '5'];
  await command('render', ...flags, '--out', 'plain.png');
  await command('render', ...flags, '--learning-rate', '0.5', '--out', 'other.png');
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  await drop(page, 'plain.png', await readFile(join(folder, 'plain.png')));
  await expect.poll(() => page.inputValue('[name=seed]')).toBe('5');
  await finished(page);
  expect(await text(page, '#alert')).toMatch(/^plain\.png says how it was made/);
  const { data, width, channels } = decode(await readFile(join(folder, 'plain.png')));
  const again = decode(await png(page));
  const at = (image: { data: ArrayLike<number>; channels: number }, i: number) =>
    [0, 1, 2].map((c) => image.data[i * image.channels + c]);
  for (const i of [0, 1000, width * 50 + 40]) expect(at(again, i)).toEqual(at({ data, channels }, i));
  await drop(page, 'other.png', await readFile(join(folder, 'other.png')));
  await expect
    .poll(() => text(page, '#alert'))
    .toBe('other.png was made otherwise, for the page has no field for it: learningRate.');
  expect(problems).toEqual([]);
});
