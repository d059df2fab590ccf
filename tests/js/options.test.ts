/** Options: those of TypeScript are the core's, and what cannot be is refused before it comes to the core. */
import fs from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configOptions, frameOptions, type OptionInfo } from '../../build/modules/base/option-list.js';
import { file, optionList, readLists } from '../../wasm/toolchain/options.mjs';
import type { Model, VisualizeOptions } from './support.js';
import { averageSpectrum, failureOf, loadModel, logit, quick, tinyFile } from './support.js';

const all = [...configOptions, ...frameOptions];

/** Values of an option that cannot be, and those that only just can. */
function ends({ type, low = 0, high = 0, words = [] }: OptionInfo): { wrong: unknown[]; right: unknown[] } {
  const beyond = [low - 1, high + Math.max(1, high / 1000), NaN, Infinity, -Infinity, '3', 3n, null, [], {}];
  const one = { wrong: beyond, right: [low, high] };
  const types: Record<OptionInfo['type'], { wrong: unknown[]; right: unknown[] }> = {
    flag: { wrong: [0, 1, 'true', null, {}], right: [true, false] },
    number: one,
    whole: { wrong: [...beyond, low + 0.5, 2 ** 53, -(2 ** 32)], right: [low, high] },
    word: { wrong: ['', 0, null, 'toString', words], right: [...words] },
    range: { wrong: [low, [low], [high, low], [low, high + 1], [NaN, high], [1n, 2n], '12'], right: [[low, high]] },
    distribution: {
      wrong: [
        low,
        [low, high],
        { uniform: [high, low] },
        { normal: [low, -1] },
        { normal: [NaN, 1] },
        { uniform: [low, high * 2] },
      ],
      right: [{ uniform: [low, high] }, { normal: [low, 0] }],
    },
    standardize: {
      wrong: [0, 'yes', null, { epsilon: high + 1 }, { epsilon: '1' }, { unbiased: 1 }],
      right: [true, { epsilon: low }],
    },
  };
  return types[type];
}

describe('options', () => {
  let model: Model;
  beforeAll(async () => {
    model = await loadModel(tinyFile, { workers: 1 });
  });
  afterAll(() => model.dispose());

  const given = (name: string, value: unknown): VisualizeOptions => {
    const generator = name === 'parametrization' && value === 'generator' ? { generator: 'some.onnx' } : {};
    return { [name]: value, ...generator } as VisualizeOptions;
  };

  it("are the core's lists, in the file that is made of them", async () => {
    expect(fs.readFileSync(file, 'utf8')).toBe(optionList(await readLists()));
  });

  it.each(all.map((option) => [option.name, option] as const))('%s is checked before it comes to the core', (name, option) => {
    const { wrong, right } = ends(option);
    for (const value of right) expect(() => model.visualize(logit(1), given(name, value))).not.toThrow();
    for (const value of wrong) {
      const refused = () => model.visualize(logit(1), given(name, value));
      expect(refused, `${name} of ${String(value)}`).toThrow(`The option ${name} is `);
      if (option.low !== undefined) expect(refused).toThrow(`from ${option.low} to ${option.high}`);
    }
  });

  it.each([
    [{ steps: 2 ** 32 + 2 }, /steps is a whole number from 1 to 100000, not 4294967298/],
    [{ size: 2 ** 32 + 64 }, /size is a whole number from 32 to 4096, not 4294967360/],
    [{ size: 64.5 }, /size is a whole number/],
    [{ seed: 2 ** 53 }, /seed is a whole number from 0 to 9007199254740991/],
    [{ cropSize: 8 }, /cropSize is 0 or a whole number from 16 to 1024, not 8/],
    [{ photos: Array(9).fill({}) }, /number of photos is a whole number from 0 to 8, not 9/],
  ])('%o are refused with what may be', (options, message) => {
    expect(() => model.visualize(logit(1), options as VisualizeOptions)).toThrow(message);
  });

  it('of 4 GB and more are a budget', async () => {
    const visualization = model.visualize(logit(1), { ...quick, memoryBudget: 2 ** 32 });
    for await (const step of visualization) {
      expect(step.score).toSatisfy(Number.isFinite);
      break;
    }
  });

  it('in other places are checked too', async () => {
    const image = { data: new Float32Array(12), height: 2, width: 2 };
    const failures: [Promise<unknown>, RegExp][] = [
      [loadModel(tinyFile, { workers: 2 ** 32 + 1 }), /option workers is a whole number from 1 to 256, not 4294967297/],
      [loadModel(tinyFile, { workers: 2n as never }), /not 2n/],
      [model.accepts(2 ** 32 + 32), /height of an input is a whole number from 1 to 4096/],
      [model.accepts({ height: 32, width: NaN }), /width of an input .* not NaN/],
      [model.activations({ ...image, height: 2 ** 32 + 2 }, 'conv1'), /height is a whole number from 1 to 16384/],
      [model.gradient({ ...image, width: '2' as never }, logit(1)), /width is a whole number/],
      [averageSpectrum([], { size: 2 ** 32 + 8 }), /height is a whole number from 2 to 4096, not 4294967304/],
      [averageSpectrum([], { width: 3.5 }), /width is a whole number/],
    ];
    for (const [failing, message] of failures) {
      const error = await failureOf(failing);
      expect(error).toMatchObject({ name: 'PhaselensError', code: 'invalid-argument' });
      expect(error.message).toMatch(message);
    }
  });
});
