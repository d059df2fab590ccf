import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dist, failureOf, loadModel, magnitudeFile, realModel, tinyFile, type VisualizeOptions } from './support.js';

/** Runs in a Node of its own, whose WebAssembly has these features. */
function run(script: string, ...flags: string[]): string {
  const prelude = `import { loadModel, logit } from ${JSON.stringify(new URL('index.js', dist).href)};
    const file = new Uint8Array(Buffer.from(${JSON.stringify(Buffer.from(tinyFile).toString('base64'))}, 'base64'));`;
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '-e', prelude + script], {
    timeout: 30_000,
  });
  return stdout.toString().trim() + stderr.toString();
}

const relaxedFlag = '--experimental-wasm-relaxed-simd';

describe('builds', () => {
  it('relaxed is refused where it cannot run', async () => {
    expect(await failureOf(loadModel(tinyFile, { build: 'relaxed' }))).toMatchObject({ code: 'no-simd' });
  });

  it('relaxed is taken where the engine has registers for it', () => {
    const script = 'const model = await loadModel(file); console.log(model.build); await model.dispose();';
    expect(run(`delete globalThis.Float16Array; ${script}`, relaxedFlag)).toBe('simd');
    expect(run(`globalThis.Float16Array ??= class {}; ${script}`, relaxedFlag)).toBe('relaxed');
  });

  it('none runs without SIMD, and the message names browsers', () => {
    const script =
      'WebAssembly.validate = () => false; await loadModel(file).catch((error) => console.log(error.code, error.message));';
    expect(run(script)).toMatch(/^no-simd .*Safari 16\.4/);
  });
});

/** Relaxed SIMD rounds a product and a sum once, not twice. How far its results are from the other build's, in the 2-norm. */
describe.skipIf(!existsSync(new URL('phaselens/phaselens-relaxed.wasm', dist)))('relaxed gives nearly the same as simd', () => {
  interface Job {
    model: string;
    preprocessing: { mean: number[]; std: number[] };
    magnitude: string;
    side: number;
    options: VisualizeOptions;
  }

  function deviations({
    model,
    preprocessing,
    magnitude,
    side,
    options,
  }: Job): Record<'logits' | 'gradient' | 'picture', number> {
    const image = Array.from(
      { length: 3 * side * side },
      (_, i) => photo[Math.floor(i / 3 / side) * 672 + (i % (3 * side))]! / 255,
    );
    const ten: VisualizeOptions = { size: 64, cropSize: 64, crops: 2, steps: 10, seed: 2, magnitude, ...options };
    const input = JSON.stringify({
      api: new URL('index.js', dist).href,
      model,
      loading: { preprocessing },
      image,
      side,
      options: ten,
    });
    const script = fileURLToPath(new URL('two-builds.mjs', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [relaxedFlag, script], { input, encoding: 'utf8' });
    expect(stderr).toBe('');
    return JSON.parse(stdout) as ReturnType<typeof deviations>;
  }

  const golden = (name: string) => fileURLToPath(new URL(`../golden/${name}`, import.meta.url));
  const photo = readFileSync(golden('photo_224.npy')).subarray(-3 * 224 * 224);

  it.each(['default', 'xplique', 'horama', 'faccent'])('for a smooth network, after ten steps of %s too', (preset) => {
    const found = deviations({
      model: golden('presets/network.onnx'),
      preprocessing: { mean: [0.45, 0.4, 0.5], std: [0.25, 0.2, 0.3] },
      magnitude: golden('presets/magnitude.npy'),
      side: 16,
      options: { preset },
    });
    expect(found.logits).toBeLessThan(1e-6);
    expect(found.gradient).toBeLessThan(1e-6);
    expect(found.picture).toBeLessThan(1e-4); // xplique's and horama's first steps go by a gradient's sign, even of a tiny one
  });

  it.skipIf(!realModel)('for EfficientNet-Lite0 (skipped where it was not fetched)', () => {
    const found = deviations({
      model: realModel!,
      preprocessing: { mean: [127 / 255, 127 / 255, 127 / 255], std: [128 / 255, 128 / 255, 128 / 255] },
      magnitude: fileURLToPath(magnitudeFile),
      side: 224,
      options: { optimizer: 'adam', learningRate: 0.01, schedule: 'constant' },
    });
    expect(found.logits).toBeLessThan(1e-5);
    expect(found.gradient).toBeLessThan(1e-2); // a value within rounding of a ReLU6's bound may fall on its other side,
    expect(found.picture).toBeLessThan(1e-2); // from which on, the larger the steps, the sooner pictures differ
  });
});
