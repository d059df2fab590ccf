import { spawnSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as api from '../../dist/index.js';
import { loadMany, makeMany } from './forgotten.mjs';
import {
  channel,
  collect,
  dist,
  failureOf,
  loadTiny,
  logit,
  magnitudeFile,
  modules,
  quick,
  tinyFile,
  type VisualizeOptions,
} from './support.js';

describe('the binding', () => {
  it('gives everything back', async () => {
    const { default: create } = await import(new URL('binding/phaselens.mjs', modules).href);
    const module = await WebAssembly.compile(await readFile(new URL('phaselens/phaselens-simd.wasm', dist)));
    const library = await create({
      instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
        void WebAssembly.instantiate(module, imports).then(done);
        return {};
      },
    });
    const magnitude = new Uint8Array(await readFile(magnitudeFile));
    const preset = library.presets().default;
    const config = { ...preset.config, height: 64, width: 64, crops: 3, steps: 4 };
    const objective = JSON.stringify(logit(1));
    const photos = [{ data: new Float32Array(300), height: 10, width: 10 }];
    const cycle = () => {
      const model = new library.Model();
      expect(model.reserve('', tinyFile.length)).toBe(0);
      model.write(0, tinyFile);
      expect(model.load({ mean: [0, 0, 0], std: [1, 1, 1], bgr: false })).toBe(0);
      const lead = new library.Run();
      const helper = new library.Run();
      const refused = new library.Run();
      expect(lead.create(model, objective, config, photos, magnitude)).toBe(0);
      expect(helper.create(model, objective, config, photos, null)).toBe(0);
      expect(refused.create(model, JSON.stringify(logit(99)), config, photos, magnitude)).not.toBe(0);
      expect(library.statusCode(refused.create(model, objective, config, photos, magnitude.subarray(0, 100)))).toBe(
        'invalid-magnitude',
      );
      for (let i = 0; i < config.steps; i++) {
        expect(lead.step(library.STEP_IMAGE | library.STEP_CROPS | library.STEP_UPDATE, 0, config.crops)).toBe(0);
      }
      lead.finish();
      lead.frame(0, { ...preset.frame, transparency: true });
      expect(library.memory().handles).toBe(4);
      for (const handle of [lead, helper, refused, model]) handle.delete();
    };
    cycle(); // what libraries set up once, they keep
    const before = library.memory();
    for (let i = 0; i < 5; i++) cycle();
    expect(library.memory()).toEqual({ ...before, handles: 0 });
  });
});

describe('a model', () => {
  it('holds no more after many visualizations than after the first', async () => {
    const model = await loadTiny({ workers: 3 });
    const run = async () => {
      const visualization = model.visualize(logit(1), quick);
      await collect(visualization);
      await visualization.stop();
    };
    // A helper that came too late for the first ones has not prepared its network yet: until every worker has, memory grows.
    const used = async () => (await model.memory()).map((worker) => worker.used);
    for (let tries = 0, last = [0], now = await used(); `${last}` !== `${now}` && tries < 20; tries++) {
      await run();
      [last, now] = [now, await used()];
    }
    const before = await model.memory();
    for (let i = 0; i < 5; i++) await run();
    const after = await model.memory();
    expect(after.map(({ handles }) => handles)).toEqual([1, 1, 1]);
    // Where the allocator puts things differs by some bytes.
    after.forEach(({ used, heap }, i) => {
      expect(Math.abs(used - before[i]!.used)).toBeLessThan(1024);
      expect(heap).toBe(before[i]!.heap);
    });
  });

  it('holds no more after visualizations that went beyond their budget, however much they asked for', async () => {
    const model = await loadTiny({ workers: 1 });
    const budget = 24e6;
    const refused = async (options: VisualizeOptions) => {
      const error = await failureOf(
        collect(model.visualize(channel('relu2', 1), { ...quick, memoryBudget: budget, ...options })),
      );
      expect(error).toMatchObject({ name: 'PhaselensError', code: 'out-of-memory' });
      expect(error.message).not.toMatch(/one image at a time/);
      return error.message;
    };
    await collect(model.visualize(channel('relu2', 1), quick));
    const [before] = await model.memory();
    for (let i = 0; i < 3; i++) {
      expect(await refused({ crops: 256, images: 4, cropSize: 1024 })).toMatch(/budget (is|of) 24 MB/);
      expect(await refused({ images: 8, cropSize: 512 })).toMatch(/budget (is|of) 24 MB/);
      expect(await refused({ size: 2048 })).toMatch(/budget (is|of) 24 MB/);
    }
    const [after] = await model.memory();
    expect(after!.used).toBeLessThan(before!.used + 1024);
    expect(after!.heap).toBeLessThan(before!.heap + 2 * budget);
    await refused({ crops: 256, images: 4, cropSize: 1024, memoryBudget: 2 ** 33 }); // 3 x 2^32 bytes of crops alone
    expect((await model.memory())[0]!.used).toBeLessThan(before!.used + 1024);
  });

  it.each(['disposed of', 'forgotten'])('that is %s lets the process end', (how) => {
    const script = `
      import { readFileSync } from 'node:fs';
      import { loadModel, logit } from ${JSON.stringify(new URL('index.js', dist).href)};
      const file = Buffer.from(${JSON.stringify(Buffer.from(tinyFile).toString('base64'))}, 'base64');
      const model = await loadModel(new Uint8Array(file), { workers: 3 });
      let steps = 0;
      for await (const step of model.visualize(logit(1), ${JSON.stringify(quick)})) steps++;
      if (${how === 'disposed of'}) await model.dispose();
      console.log(steps);`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 });
    expect({ status, stdout: stdout.toString().trim(), stderr: stderr.toString() }).toEqual({
      status: 0,
      stdout: `${quick.steps}`,
      stderr: '',
    });
  });
});

/** MEMORY_GROWTH_LINEAR_STEP of the module. */
const heapStep = 8 << 20;

describe('what nobody holds any more', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const work = { api, gc, file: tinyFile };

  it.each([
    ['finished', false],
    ['left in the middle', true],
  ])('is freed: a thousand pictures that were %s', { timeout: 300_000 }, async (_, left) => {
    const { signal } = new AbortController();
    setMaxListeners(0, signal); // one for all of them
    const { early, late } = await makeMany({ ...work, times: 1000, left, signal });
    expect(late.map(({ handles }) => handles)).toEqual([1, 1]); // of the model
    late.forEach(({ used, heap }, i) => {
      expect(Math.abs(used - early[i]!.used)).toBeLessThan(1024); // where the allocator puts things differs by some bytes
      expect(heap - early[i]!.heap).toBeLessThanOrEqual(heapStep); // of those left, some wait at once until they are found
    });
  });

  it('is freed: what disposed models had', async () => {
    const memory = await loadMany({ ...work, times: 8, here: () => process.memoryUsage().arrayBuffers });
    expect(memory.at(-1)! - memory[0]!).toBeLessThan(tinyFile.length);
  });
});
