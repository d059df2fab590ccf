/** Units that a Relu holds at 0: in the first steps gradients go through it, and a step tells where none came. */
import { describe, expect, it } from 'vitest';
import { firstBias, tinyNetwork, writeOnnx } from './onnx.js';
import { channel, collect, loadTiny, quick, type VisualizeOptions } from './support.js';

const unit = 2;

/** The tiny network, whose unit is 0 until the bias is made up for. */
function fileOf(bias: number): Uint8Array {
  const network = tinyNetwork();
  const values = Float32Array.from(firstBias, (value, i) => (i === unit ? bias : value));
  const tensors = network.tensors.map((tensor) => (tensor.name === 'b1' ? { ...tensor, values } : tensor));
  return writeOnnx({ ...network, tensors });
}

const options: VisualizeOptions = {
  ...quick,
  parametrization: 'pixel',
  standardizeImage: false,
  noiseNormal: 0,
  noiseUniform: 0,
  schedule: 'constant',
  learningRate: 0.4,
};

describe('a unit that a Relu holds at 0', () => {
  it('is told by every step that no gradient comes in, and the layer before the Relu is named', async () => {
    const model = await loadTiny({}, fileOf(-1000));
    const blocked = async (redirectSteps: number, layer = 'relu1') => {
      const steps = await collect(model.visualize(channel(layer, unit), { ...options, redirectSteps }));
      return steps.map(({ blocked }) => blocked);
    };
    const { steps } = quick;
    expect(await blocked(0)).toEqual(Array(steps).fill(true));
    expect(await blocked(5)).toEqual(Array.from({ length: steps }, (_, i) => i >= 5));
    expect(await blocked(0, 'conv1')).toEqual(Array(steps).fill(false));
    const unclamped = Object.fromEntries(model.layers.map(({ name, unclamped }) => [name, unclamped]));
    expect(unclamped).toMatchObject({ conv1: undefined, relu1: 'conv1', relu2: 'conv2', pool: undefined });
    expect(await collect(model.visualize(channel('relu1', unit), { ...options, preset: 'paper', steps: 2 }))).toMatchObject([
      { blocked: true, score: 0 },
      { blocked: true, score: 0 },
    ]);
  });

  it('comes to life in the first steps, with the same bits for any number of workers and from a checkpoint', async () => {
    const file = fileOf(-0.6);
    const last = async (workers: number, redirectSteps: number, keepAt = 0) => {
      const model = await loadTiny({ workers }, file);
      const visualization = model.visualize(channel('relu1', unit), { ...options, redirectSteps, outputs: ['values'] });
      if (!keepAt) return (await collect(visualization)).at(-1)!;
      let kept: Uint8Array | undefined;
      for await (const step of visualization) {
        if (step.index < keepAt) continue;
        kept = await visualization.checkpoint();
        break;
      }
      return (await collect(await model.resume(kept!, { outputs: ['values'] }))).at(-1)!;
    };
    expect(await last(1, 0)).toMatchObject({ score: 0, blocked: true });
    const alone = await last(1, 8);
    expect(alone.score).toBeGreaterThan(0);
    expect((await last(3, 8)).values).toEqual(alone.values);
    expect((await last(2, 8, 3)).values).toEqual(alone.values);
  });
});
