/** A PNG or a WebP of the page says how it was made: the page and the command make it again, and the page takes the command's. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'fast-png';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { textIn, withText } from '../../web/parts/texts';
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

async function png(page: Page, button = '#save'): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
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

const webpOf = (...chunks: [name: string, data: number[]][]) => {
  const parts = chunks.map(([name, data]) => {
    const part = Buffer.alloc(8 + data.length + (data.length % 2));
    part.write(name, 'latin1');
    part.writeUInt32LE(data.length, 4);
    part.set(data, 8);
    return part;
  });
  const body = Buffer.concat([Buffer.from('WEBP'), ...parts]);
  const head = Buffer.from('RIFF    ');
  head.writeUInt32LE(body.length, 4);
  return new Uint8Array(Buffer.concat([head, body]));
};

test.each([
  ['lossy', webpOf(['VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 96, 0, 80, 0, 7]]), 0x04],
  ['lossless with alpha', webpOf(['VP8L', [0x2f, 95, 0b1100_0000, 0b0001_0011, 0b0001_0000]]), 0x14],
  ['with a header', webpOf(['VP8X', [0x10, 0, 0, 0, 95, 0, 0, 79, 0, 0]], ['ALPH', [1]], ['VP8 ', [1, 2]]), 0x14],
])('a WebP file that is %s gets its text, its size and its flags', async (_, bytes, flags) => {
  const text = '{"a":"<&amp;>"}';
  const file = await withText(new Blob([bytes]), 'webp', 'phaselens', text);
  const made = new Uint8Array(await file.arrayBuffer());
  const view = new DataView(made.buffer);
  expect(view.getUint32(4, true)).toBe(made.length - 8);
  expect(Buffer.from(made.subarray(12, 16)).toString()).toBe('VP8X');
  expect([...made.subarray(20, 30)]).toEqual([flags, 0, 0, 0, 95, 0, 0, 79, 0, 0]);
  expect(await textIn(file, 'phaselens')).toBe(text);
  expect(await textIn(new Blob([bytes]), 'phaselens')).toBeUndefined();
  expect(await textIn(new Blob([made.subarray(0, 40)]), 'phaselens')).toBeUndefined(); // cut off
});

test('a saved WebP is smaller, opens everywhere, and brings its settings back too', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const bits = await picture(page);
  const data = await png(page, '#save-webp');
  expect(data.length).toBeLessThan((await png(page)).length / 2);
  const size = await page.evaluate(
    async (bytes) => {
      const { width, height } = await createImageBitmap(new Blob([Uint8Array.from(bytes)], { type: 'image/webp' }));
      return [width, height];
    },
    [...data],
  );
  expect(size).toEqual([96, 96]);
  const url = page.url();
  await page.evaluate((hash) => (location.hash = hash), path.replace('985', '340').replace('seed=1', 'seed=7'));
  await expect.poll(() => text(page, '#title')).toBe('zebra');
  await drop(page, 'daisy.webp', data);
  await expect.poll(() => text(page, '#title')).toBe('daisy');
  await finished(page);
  expect(await picture(page)).toBe(bits);
  expect(page.url()).toBe(url);
  expect(problems).toEqual([]);
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
  const flags = '--unit daisy --size 96 --steps 16 --crops 2 --crop-size 64 --seed 5 --build relaxed'.split(' ');
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
