import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dist, failureOf, loadModel, tinyFile } from './support.js';

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

  it('none runs without SIMD, and the message names browsers', () => {
    const script =
      'WebAssembly.validate = () => false; await loadModel(file).catch((error) => console.log(error.code, error.message));';
    expect(run(script)).toMatch(/^no-simd .*Safari 16\.4/);
  });

  it.skipIf(!existsSync(new URL('phaselens-relaxed.wasm', dist)))('relaxed gives nearly the same as simd', () => {
    const script = `
      const scores = [];
      for (const build of ['simd', 'relaxed']) {
        const model = await loadModel(file, { build, workers: 1 });
        const { score } = await model.gradient({ data: new Float32Array(3072).fill(0.3), height: 32, width: 32 }, logit(2));
        scores.push(score);
        await model.dispose();
      }
      console.log(JSON.stringify(scores));`;
    const [simd, relaxed] = JSON.parse(run(script, relaxedFlag)) as [number, number];
    expect(Math.abs(simd - relaxed)).toBeLessThan(1e-4 * Math.abs(simd));
  });
});
