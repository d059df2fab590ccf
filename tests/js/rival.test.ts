/** What a picture is compared with, and other things that have one place in the API. */
import { expect, it } from 'vitest';
import {
  failureOf,
  isAddress,
  loadImage,
  loadTiny,
  logit,
  packagedModel,
  quick,
  refining,
  rivalOf,
  tinyFile,
} from './support.js';

const objective = logit(1);

it('a rival by a preset has the size, steps, crops and seed of the picture, given or not', async () => {
  const model = await loadTiny();
  const { height, width, steps, crops } = model.recipe;
  const rival = rivalOf('xplique', { objective, options: { seed: 3 } }, model);
  expect(rival).toEqual({ preset: 'xplique', height, width, steps, crops, seed: 3 });
  expect(model.visualize(objective, rival).config).toMatchObject({ height, width, steps, crops, seed: 3 });
  const sized = rivalOf('paper', { objective, options: { size: 64, seconds: 1 } }, model);
  expect(sized).toMatchObject({ preset: 'paper', height: 64, width: 64, seconds: 1 });
  expect(sized).not.toHaveProperty('steps');
});

it('a rival by a parametrization has the optimizer that suits it', async () => {
  const model = await loadTiny();
  const options = { seed: 3, parametrization: 'pixel' } as const;
  expect(rivalOf('maco', { objective, options }, model)).toEqual({ seed: 3, parametrization: 'maco' });
  expect(rivalOf('fourier', { objective, options }, model)).toMatchObject({ parametrization: 'fourier', optimizer: 'adam' });
  expect(() => rivalOf('faster', { objective, options }, model)).toThrow(/one of maco, fourier.*xplique.*not "faster"/);
});

it('what refining does is what it is said to do', async () => {
  const model = await loadTiny();
  const picture = model.visualize(objective, { ...quick, size: 64 });
  await picture[Symbol.asyncIterator]().next();
  const { height, steps, crops } = picture.refine().config;
  expect({ height, steps, crops }).toEqual({
    height: Math.round(64 * refining.enlargement),
    steps: refining.steps,
    crops: refining.crops,
  });
  await picture.stop();
});

it('a model’s name is an address or the id of a packaged one', async () => {
  expect(['a.onnx', 'models/a', 'models\\a'].map(isAddress)).toEqual([true, true, true]);
  expect((await packagedModel()).id).toBe('efficientnet-lite0');
  expect(await packagedModel('efficientnet-lite0')).toEqual(await packagedModel());
  expect(await failureOf(packagedModel('efficientnet'))).toMatchObject({
    code: 'invalid-argument',
    message: 'There is no packaged model efficientnet, but efficientnet-lite0. An address or a path has a dot or a slash.',
  });
});

it('Node is told that it decodes no images', async () => {
  expect(await failureOf(loadImage(tinyFile))).toMatchObject({
    code: 'invalid-argument',
    message: expect.stringMatching(/Node decodes no images/),
  });
});
