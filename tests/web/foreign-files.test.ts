/** Files that are something else than what the page takes: what they are is said, the way on with it, and the picture stays. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drop, finished, launch, picture, smallRecipe, text, visit } from './browser';
import { smallModel } from './onnx';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const path = `#unit=985&${smallRecipe}`;
const bytes = (text: string) => Buffer.from(text, 'latin1');
const zipOf = (name: string) => bytes(`PK\x03\x04${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}`);

const files: [name: string, data: Buffer, where: string, sentence: RegExp][] = [
  ['README.md', bytes('# ResNet\n'), '#alert', /This is a Markdown text: a network is an ONNX file \(\.onnx\)\./],
  ['page.html', bytes('<!doctype html><p>404'), '#alert', /This is a web page: fetch the file itself/],
  ['models.zip', zipOf('resnet.onnx'), '#alert', /This is a zip archive: unpack it/],
  ['resnet.pth', zipOf('archive/data.pkl'), '#alert', /This is a PyTorch file: in Python, .* torch\.onnx\.export\(/],
  ['pytorch_model.bin', zipOf('archive/data.pkl'), '#alert', /This is a PyTorch file: /],
  ['model.safetensors', bytes('\x40\0\0\0\0\0\0\0{"w":{}}'), '#alert', /This is a safetensors file/],
  [
    'weights.h5',
    bytes('\x89HDF\r\n\x1a\n'),
    '#alert',
    /This is an HDF5 file, as Keras saves networks: in Python, .* model\.export\(/,
  ],
  ['mobile.tflite', bytes('\x1c\0\0\0TFL3'), '#alert', /This is a TensorFlow Lite file: convert it with python -m tf2onnx/],
  ['saved_model.pb', bytes('\x08\x01\x12\x99'), '#alert', /This is a TensorFlow graph: convert the folder/],
  ['lfs.onnx', bytes('version https://git-lfs.github.com/spec/v1\n'), '#alert', /This is a Git LFS pointer.*: .* git lfs pull/],
  ['empty.onnx', Buffer.alloc(0), '#alert', /This is an empty file: fetch or save it once more/],
  [
    'half.onnx',
    smallModel().subarray(0, 300),
    '#alert',
    /This ONNX file is cut off or damaged: .* at byte \d+ of 300\. Fetch or export it once more\./,
  ],
  ['clip.mp4', bytes('\0\0\0\x20ftypisom\0\0\0\0'), '#alert', /This is a video: a network is an ONNX file/],
  ['photo.heic', bytes('\0\0\0\x20ftypheic\0\0\0\0'), '#photos-complaint', /This is an HEIC photo: save it as JPEG or PNG first/],
  ['photo.nef', bytes('II*\0\x08\0\0\0'), '#alert', /This is a raw photo of a camera: /],
  [
    'drawing.svg',
    bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    '#photos-complaint',
    /This is an SVG drawing: save it as PNG first/,
  ],
  ['clip.jpg', bytes('\0\0\0\x20ftypisom\0\0\0\0'), '#photos-complaint', /This is a video: save a still picture of it as JPEG/],
  ['photo.npy', bytes('\xff\xd8\xff\xe0'), '#magnitude-complaint', /This is a JPEG image: a spectrum is a NumPy file/],
  ['page.checkpoint', bytes('<html>'), '#checkpoint-complaint', /This is a web page: /],
];

test('what is dropped that cannot be used is named, with the way on', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  const before = await picture(page);
  for (const [name, data, where, sentence] of files) {
    await drop(page, name, data);
    await expect.poll(() => text(page, where)).toMatch(new RegExp(`^${name} cannot be used\\. ${sentence.source}`));
  }
  await finished(page);
  expect(await picture(page)).toBe(before);
  expect(await page.inputValue('#model')).toBe('efficientnet-lite0');
  expect(await text(page, '#title')).toBe('daisy');
  expect(problems).toEqual([]);
});

test('the fields for files say the same, and the docs are a link where there are some', async () => {
  const { page } = await visit(browser, { path });
  await finished(page);
  const pth = { name: 'resnet.pth', mimeType: '', buffer: zipOf('archive/data.pkl') };
  await page.setInputFiles('#generator-file', pth);
  await expect.poll(() => text(page, '#generator-complaint')).toMatch(/^resnet\.pth cannot be used\. This is a PyTorch file: /);
  await page.setInputFiles('#file', pth);
  await expect.poll(() => text(page, '#alert')).toMatch(/^resnet\.pth cannot be used\. This is a PyTorch file: [^<]*\.$/);
  await page.evaluate(() => {
    document
      .querySelector('header')!
      .insertAdjacentHTML('beforeend', '<nav class="site-links"><a href="./docs/index.html">Docs</a></nav>');
  });
  await page.setInputFiles('#file', pth);
  await expect.poll(() => page.locator('#alert a').getAttribute('href')).toMatch(/\/docs\/own-model\.html$/);
  expect(await text(page, '#alert a')).toBe('How to get one');
});

/** A folder is dropped: only the browser itself can make an entry of one. */
const dropFolder = (page: Page, name: string, files: Record<string, Buffer>) =>
  page.evaluate(
    ([name, files]) => {
      const entries = files.map(([file, data]) => ({
        isFile: true,
        file: (take: (file: File) => void) => take(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], file)),
      }));
      const reader = { readEntries: (take: (entries: unknown[]) => void) => take(entries.splice(0)) };
      const entry = { isDirectory: true, name, createReader: () => reader };
      DataTransferItem.prototype.webkitGetAsEntry = () => entry as unknown as FileSystemEntry;
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([], name));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true }));
    },
    [name, Object.entries(files).map(([file, data]) => [file, data.toString('base64')] as const)] as const,
  );

test('of a folder the model is taken; where there is none, it is said what there is', async () => {
  const { page, problems } = await visit(browser, { path });
  await finished(page);
  await dropFolder(page, 'holidays', { 'beach.jpg': bytes('\xff\xd8\xff') });
  await expect.poll(() => text(page, '#alert')).toMatch(/^The folder holidays has no ONNX file in it\. Photos, /);
  await dropFolder(page, 'mobilenet', { fingerprint: bytes('a'), 'saved_model.pb': bytes('\x08\x01\x12\x99') });
  await expect.poll(() => text(page, '#alert')).toMatch(/^saved_model\.pb cannot be used\. This is a TensorFlow graph/);
  await dropFolder(page, 'bert', { 'config.json': bytes('{}'), 'model.safetensors': bytes('\x40\0\0\0\0\0\0\0{"w":{}}') });
  await expect.poll(() => text(page, '#alert')).toMatch(/^model\.safetensors cannot be used\. This is a safetensors file/);
  await dropFolder(page, 'mine', { 'notes.txt': bytes('a'), 'small.onnx': smallModel() });
  await expect.poll(() => text(page, '#where')).toContain('small.onnx');
  await finished(page);
  expect(problems).toEqual([]);
});
