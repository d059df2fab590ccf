/** Real trained networks, where they are present (PHASELENS_SHARED, or ../shared beside the project): they see what others said
 * that they see. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel, type Model } from '../../dist/index.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shared = process.env.PHASELENS_SHARED ?? join(root, '../shared');
const file = (name: string) => join(shared, 'models', name);
const side = 224;

const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const networks = [
  { name: 'squeezenet1.1', preprocessing: imagenet, crop: 0.875 },
  { name: 'mobilenetv2_1.0_224', preprocessing: half, crop: 0.875 },
  { name: 'vit_tiny_patch16_224', preprocessing: half, crop: 0.9 },
];

type TopFive = [unit: number, probability: number][];

const floats = (path: string): Float32Array => new Float32Array(new Uint8Array(readFileSync(path)).buffer);

/** The numbers of a float32 npy file. */
function readNpy(path: string): Float32Array {
  const bytes = new Uint8Array(readFileSync(path));
  return new Float32Array(bytes.slice(10 + bytes[8]! + 256 * bytes[9]!).buffer);
}

function topFive(logits: Float32Array): TopFive {
  const largest = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  const order = [...powers.keys()].sort((a, b) => powers[b]! - powers[a]!);
  return order.slice(0, 5).map((unit) => [unit, powers[unit]! / sum]);
}

/** C x H x W to H x W x C. */
function interleave(planes: Float32Array, scale: number): Float32Array {
  const pixels = planes.length / 3;
  return Float32Array.from(planes, (_, i) => planes[(i % 3) * pixels + Math.floor(i / 3)]! * scale);
}

describe.skipIf(!existsSync(file('sanity_top5.json')))('trained networks', () => {
  let photos: string;

  beforeAll(() => {
    photos = mkdtempSync(join(tmpdir(), 'phaselens-photos-'));
    const script = ['tests/models/make_photos.py', join(shared, 'photos'), photos];
    const { status, stderr } = spawnSync('build/python/bin/python', script, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  });
  afterAll(() => rmSync(photos, { recursive: true, force: true }));

  const load = (name: string, preprocessing: typeof half): Promise<Model> =>
    loadModel(file(`${name}.onnx`), { preprocessing, workers: 1 });

  it.each(networks)('$name names the photos as onnxruntime does', async ({ name, preprocessing, crop }) => {
    const said = JSON.parse(readFileSync(file('sanity_top5.json'), 'utf8')) as Record<string, Record<string, TopFive>>;
    const model = await load(name, preprocessing);
    const present = Object.entries(said[name]!).filter(([photo]) => existsSync(join(shared, 'photos', photo)));
    expect(present.length).toBeGreaterThan(5);
    for (const [photo, wanted] of present) {
      const data = floats(join(photos, `${photo.replace('.jpg', '')}-${crop}.f32`));
      const { data: logits } = await model.activations({ data, height: side, width: side }, model.logits!);
      const found = new Map(topFive(logits));
      expect(topFive(logits)[0]![0], photo).toBe(wanted[0]![0]);
      // The published probabilities are rounded to a thousandth.
      for (const [unit, probability] of wanted)
        if (probability > 0.01) expect(Math.abs((found.get(unit) ?? 0) - probability), `${photo}, ${unit}`).toBeLessThan(0.002);
    }
    await model.dispose();
  });

  it('squeezenet1.1 gives the output that was stored with it', async () => {
    const model = await load('squeezenet1.1', { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] });
    const data = interleave(readNpy(file('reference_io/squeezenet1.1_input_0.npy')), 1 / 255);
    const wanted = readNpy(file('reference_io/squeezenet1.1_output_0.npy'));
    const { data: found } = await model.activations({ data, height: side, width: side }, model.logits!);
    const largest = Math.max(...wanted.map(Math.abs));
    const deviation = Math.max(...wanted.map((x, i) => Math.abs(x - found[i]!)));
    expect(deviation / largest).toBeLessThan(1e-4);
    await model.dispose();
  });

  it('resnet18_to_layer3 runs every layer', async () => {
    const model = await load('resnet18_to_layer3', imagenet);
    expect(model.layers.every(({ runs }) => runs)).toBe(true);
    const data = floats(join(photos, 'chelsea-0.875.f32'));
    const { data: values, shape } = await model.activations({ data, height: side, width: side }, 'layer3');
    expect(shape).toEqual([1, 256, 14, 14]);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(Math.max(...values)).toBeGreaterThan(0.5);
    await model.dispose();
  });
});
