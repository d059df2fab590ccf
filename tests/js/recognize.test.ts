/** Files that are something else than what was asked for: what they are, and the way on. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { collect, explainFile, failureOf, loadModel, loadTiny, logit, type Purpose, tinyFile } from './support.js';

/** One character a byte. */
const bytesOf = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0));

/** The head of a zip archive whose first file has this name. */
const zipOf = (name: string) => bytesOf(`PK\x03\x04${'\0'.repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}\x80\x02`);
const box = (brand: string) => bytesOf(`\0\0\0\x20ftyp${brand}\0\0\0\0mif1`);
const tiff = bytesOf('II*\0\x08\0\0\0\x15\0');

const files: [name: string, bytes: Uint8Array, what: string, way: RegExp][] = [
  ['a.onnx', bytesOf(''), 'an empty file', /fetch or save it once more/],
  ['a.onnx', bytesOf('version https://git-lfs.github.com/spec/v1\n'), 'a Git LFS pointer', /git lfs pull/],
  ['a.pt', zipOf('archive/data.pkl'), 'a PyTorch file', /torch\.onnx\.export/],
  ['a.onnx', zipOf('resnet18/data/0'), 'a PyTorch file', /torch\.onnx\.export/],
  ['a.pth', zipOf('weights'), 'a PyTorch file', /torch\.onnx\.export/],
  ['pytorch_model.bin', zipOf('weights'), 'a PyTorch file', /torch\.onnx\.export/],
  ['a.pth', bytesOf('\x80\x02\x8a\x0al\xfc'), 'a Python pickle', /torch\.onnx\.export/],
  ['a.safetensors', bytesOf('\x40\x01\0\0\0\0\0\0{"w":{}}'), 'a safetensors file', /torch\.onnx\.export/],
  ['a.keras', zipOf('metadata.json'), 'a Keras file', /format="onnx"/],
  ['a.h5', bytesOf('\x89HDF\r\n\x1a\n'), 'an HDF5 file, as Keras saves networks', /format="onnx"/],
  ['a.tflite', bytesOf('\x1c\0\0\0TFL3'), 'a TensorFlow Lite file', /tf2onnx\.convert --tflite/],
  ['saved_model.pb', bytesOf('\x08\x01\x12\x99'), 'a TensorFlow graph', /tf2onnx\.convert --saved-model/],
  ['a.gguf', bytesOf('GGUF\x03'), 'a GGUF file', /an ONNX file \(\.onnx\)/],
  ['a.npz', zipOf('arr_0.npy'), 'a NumPy archive', /an ONNX file/],
  ['a.zip', zipOf('resnet18.onnx'), 'a zip archive', /unpack it/],
  ['a.onnx.gz', gzipSync('text'), 'a compressed file', /unpack it/],
  ['a.tar', bytesOf(`${'a'.repeat(257)}ustar\0`), 'a compressed file', /unpack it/],
  ['a.jpg', bytesOf('\xff\xd8\xff\xe0'), 'a JPEG image', /an ONNX file/],
  ['a.png', bytesOf('\x89PNG\r\n\x1a\n'), 'a PNG image', /an ONNX file/],
  ['a.webp', bytesOf('RIFF\x10\0\0\0WEBPVP8 '), 'a WebP image', /an ONNX file/],
  ['a.gif', bytesOf('GIF89a\0'), 'a GIF image', /an ONNX file/],
  ['a.bmp', bytesOf('BM\x36\0\x0c\0\0\0\0\0'), 'a BMP image', /an ONNX file/],
  ['a.avif', box('avif'), 'an AVIF image', /an ONNX file/],
  ['a.heic', box('heic'), 'an HEIC photo', /an ONNX file/],
  ['a.cr2', bytesOf('II*\0\x10\0\0\0CR\x02'), 'a raw photo of a camera', /an ONNX file/],
  ['a.cr3', box('crx '), 'a raw photo of a camera', /an ONNX file/],
  ['a.NEF', tiff, 'a raw photo of a camera', /an ONNX file/],
  ['a.tif', tiff, 'a TIFF image', /an ONNX file/],
  ['a.psd', bytesOf('8BPS\0\x01'), 'a Photoshop image', /an ONNX file/],
  ['a.mp3', bytesOf('ID3\x04'), 'a sound', /an ONNX file/],
  ['a.mp4', box('isom'), 'a video', /an ONNX file/],
  ['a.mov', box('qt  '), 'a video', /an ONNX file/],
  ['a.webm', bytesOf('\x1aE\xdf\xa3\x01'), 'a video', /an ONNX file/],
  ['a.pdf', bytesOf('%PDF-1.7\n'), 'a PDF file', /an ONNX file/],
  ['a.npy', bytesOf('\x93NUMPY\x01\0'), 'a NumPy array', /an ONNX file/],
  ['a.svg', bytesOf('<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="x">'), 'an SVG drawing', /an ONNX file/],
  ['a.onnx', bytesOf('\n<!DOCTYPE html><title>404</title>'), 'a web page', /fetch the file itself/],
  ['a.xml', bytesOf('<?xml version="1.0"?><net name="a">'), 'an XML file', /an ONNX file/],
  ['config.json', bytesOf('{\n  "id2label": {}}'), 'a JSON file', /an ONNX file/],
  ['README.md', bytesOf('# ResNet\n\nDear diary \xe2\x80\x94'), 'a Markdown text', /an ONNX file/],
  ['notes.txt', bytesOf('Dear diary, today I saw a daisy.\r\n'), 'a text', /an ONNX file/],
];

it.each(files)('%s, %j, is told to be no network', async (name, bytes, what, way) => {
  const sentence = await explainFile(new File([bytes as Uint8Array<ArrayBuffer>], name), 'model');
  expect(sentence).toMatch(/^This is .*\.$/);
  expect(sentence).toContain(`This is ${what}`);
  expect(sentence).toMatch(way);
});

it.each(files)('%s, %j, is refused as a network in the same words, whatever it is read from', async (name, bytes) => {
  const file = new File([bytes as Uint8Array<ArrayBuffer>], name);
  const error = await failureOf(loadModel(file, { workers: 1 }));
  expect(error).toMatchObject({ code: 'invalid-model', message: await explainFile(file, 'model') });
  const folder = await mkdtemp(join(tmpdir(), 'phaselens-'));
  await writeFile(join(folder, name), bytes);
  expect((await failureOf(loadModel(join(folder, name), { workers: 1 }))).message).toBe(error.message);
  await rm(folder, { recursive: true });
});

it.each([
  ['a.heic', box('heic'), 'image', /^This is an HEIC photo: save it as JPEG or PNG first\.$/],
  ['a.svg', bytesOf('<svg>'), 'image', /^This is an SVG drawing: save it as PNG/],
  ['a.mp4', box('isom'), 'image', /^This is a video: save a still picture of it/],
  ['a.jpg', bytesOf('\xff\xd8\xff'), 'image', /^This is a JPEG image: it is damaged, or/],
  ['a.txt', bytesOf('a'), 'image', /^This is a text: an image is a JPEG, PNG/],
  ['a.npy', bytesOf('\xff\xd8\xff'), 'magnitude', /^This is a JPEG image: a spectrum is a NumPy file/],
  ['a.npy', bytesOf('\x93NUMPY'), 'magnitude', undefined],
  ['a.txt', bytesOf('\xff\xd8\xff'), 'names', /^This is a JPEG image: names of classes are a text/],
  ['a.txt', bytesOf('cat\ndog'), 'names', undefined],
  ['a.checkpoint', bytesOf('<html>'), 'checkpoint', /^This is a web page: fetch the file itself/],
  ['a.bin', bytesOf('\x01\x02\x03'), 'model', undefined],
] as [string, Uint8Array<ArrayBuffer>, Purpose, RegExp | undefined][])(
  '%s, %j, as %s',
  async (name, bytes, purpose, expected) => {
    const sentence = await explainFile(new File([bytes], name), purpose);
    if (expected) expect(sentence).toMatch(expected);
    else expect(sentence).toBeUndefined();
  },
);

it('an ONNX file that is cut off is told from what never was one', async () => {
  const cutOff = await failureOf(loadModel(tinyFile.slice(0, 300), { workers: 1 }));
  expect(cutOff.message).toMatch(
    /^This ONNX file is cut off or damaged: .* at byte \d+ of 300\. Fetch or export it once more\.$/,
  );
  expect((await failureOf(loadModel(bytesOf('\x01\x02\x03'), { workers: 1 }))).message).toMatch(/^this is not an ONNX file/);
});

it('a file that is one is opened under any name', async () => {
  const model = await loadModel(new File([tinyFile as Uint8Array<ArrayBuffer>], 'graph.pb'), { workers: 1 });
  expect(model.layers.length).toBeGreaterThan(0);
  await model.dispose();
});

it('a spectrum and a generator that are something else are told too', async () => {
  const model = await loadTiny();
  const options = { size: 64, steps: 1, crops: 1 };
  const photo = bytesOf('\xff\xd8\xff\xe0');
  expect(await failureOf(collect(model.visualize(logit(1), { ...options, magnitude: photo })))).toMatchObject({
    code: 'invalid-magnitude',
    message: expect.stringMatching(/^This is a JPEG image: a spectrum is/),
  });
  const generator = { parametrization: 'generator', generator: zipOf('archive/data.pkl') } as const;
  expect(await failureOf(collect(model.visualize(logit(1), { ...options, ...generator })))).toMatchObject({
    code: 'invalid-model',
    message: expect.stringMatching(/^This is a PyTorch file: /),
  });
});
