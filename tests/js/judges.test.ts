/** The networks that judge pictures on the page: they lie beside it, not in the package, and see in photos what is there. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'jpeg-js';
import { expect, it } from 'vitest';
import type { Frame } from '../../dist/index.js';
import { loadManifest, loadModel, realModel } from './support.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const list = join(root, 'site/judges/manifest.json');
const shared = process.env.PHASELENS_SHARED ?? join(root, '../shared');
const isBuilt = existsSync(list) && realModel !== undefined;

it.skipIf(!isBuilt)('are listed beside the page, and the package has none of them', async () => {
  expect((await loadManifest(list)).map(({ id }) => id)).toEqual(['efficientnet-lite1', 'efficientnet-lite2']);
  expect((await loadManifest()).map(({ id }) => id)).toEqual(['efficientnet-lite0']);
  expect(await loadManifest(join(root, 'dist/page/judges/manifest.json'))).toEqual([]);
  expect(existsSync(join(root, 'dist/phaselens/models/efficientnet-lite1.onnx'))).toBe(false);
});

/** Photos that come with the page, and others where they are present, and what is in them. */
const photos = [
  ['web/public/photos/cat.jpg', /cat|tabby/i],
  ['web/public/photos/coffee.jpg', /espresso|cup/],
  [join(shared, 'photos/bird.jpg'), /chickadee/],
  [join(shared, 'photos/chelsea.jpg'), /cat|tabby/i],
  [join(shared, 'photos/hot_dog.jpg'), /hot ?dog/],
  [join(shared, 'photos/sunflower.jpg'), /daisy/],
] as const;

function read(file: string): Frame {
  const { data, width, height } = decode(readFileSync(resolve(root, file)), { useTArray: true });
  return { data: new Uint8ClampedArray(data), width, height };
}

it.skipIf(!isBuilt).each([0, 1])('number %i names what is in photos, by its own size and preprocessing', async (i) => {
  const entry = (await loadManifest(list))[i]!;
  const { size } = entry.fields.input as { size: number };
  const model = await loadModel(entry, { size, workers: 1 });
  expect([model.input.height, model.input.width]).toEqual(
    [
      [240, 240],
      [260, 260],
    ][i],
  );
  for (const [file, wanted] of photos.filter(([file]) => existsSync(resolve(root, file)))) {
    const { data } = await model.activations(read(file), model.logits!);
    expect(model.labels![data.indexOf(Math.max(...data))], file).toMatch(wanted);
  }
  await model.dispose();
});
