import { describe, expect, it } from 'vitest';
import type { Model, Step, Visualization, VisualizeOptions } from './support.js';
import { bytesOf, collect, failureOf, firstOf, lastElsewhere, loadTiny, logit, quick } from './support.js';

const options: VisualizeOptions = { ...quick, crops: 7, outputs: ['values', 'transparency'] };

/** What a step is, for comparing. */
const contents = ({ index, score, frame, values, transparency }: Step) =>
  [index, score, ...[frame.data, values!, transparency!].map((array) => bytesOf(array).toString('base64'))].join();

async function all(model: Model, more: VisualizeOptions = {}): Promise<string[]> {
  return (await collect(model.visualize(logit(1), { ...options, ...more }))).map(contents);
}

/** A checkpoint after three steps or so. */
async function kept(model: Model, more: VisualizeOptions = {}): Promise<Uint8Array> {
  const visualization = model.visualize(logit(1), { ...options, ...more });
  const steps = visualization[Symbol.asyncIterator]();
  for (let i = 0; i < 3; i++) await steps.next();
  const bytes = await visualization.checkpoint();
  await visualization.stop();
  return bytes;
}

const rest = async (visualization: Visualization) => (await collect(visualization)).map(contents);

describe('a checkpoint', () => {
  it('goes on with the same bits, whoever shares the crops', async () => {
    const whole = await all(await loadTiny({ workers: 1 }));
    const bytes = await kept(await loadTiny({ workers: 2 }));
    for (const workers of [1, 2, 5]) {
      const model = await loadTiny({ workers });
      const visualization = await model.resume(bytes, { outputs: ['values', 'transparency'] });
      expect(visualization).toMatchObject({ steps: quick.steps, height: 64, width: 64 });
      const steps = await rest(visualization);
      expect(steps.length).toBeGreaterThan(3);
      expect(steps.length).toBeLessThan(quick.steps);
      expect(steps).toEqual(whole.slice(-steps.length));
    }
  });

  it('says what the run was: every option, the objective, and the note that it was given', async () => {
    const model = await loadTiny();
    const first = model.visualize(logit(1), { ...options, preset: 'horama', penaltyL2: 0.25 });
    await first[Symbol.asyncIterator]().next();
    const again = await model.resume(await first.checkpoint('a note'));
    expect(again).toMatchObject({ objective: logit(1), note: 'a note', config: first.config });
    expect(again.config).toMatchObject({ crops: 7, penaltyL2: 0.25, range: [-2.5, 2.5] });
    expect((await model.resume(await first.checkpoint())).note).toBe('');
    expect(await failureOf(first.checkpoint(7 as never))).toMatchObject({
      code: 'invalid-argument',
      message: 'A note is a text, not 7.',
    });
  });

  it('goes on with the same bits after a pause, from an image, with another preset, and twice', async () => {
    const start = { data: Float32Array.from({ length: 300 }, (_, i) => (i % 7) / 7), height: 10, width: 10 };
    const more: VisualizeOptions = { preset: 'horama', size: 48, start, transparency: true };
    const model = await loadTiny();
    const whole = await all(model, more);
    const first = await model.resume(await kept(model, more), { outputs: ['values', 'transparency'] });
    await firstOf(first);
    first.pause();
    const again = await model.resume(await first.checkpoint(), { outputs: ['values', 'transparency'] });
    const steps = await rest(again);
    expect(steps).toEqual(whole.slice(-steps.length));
    first.resume();
    const others = await rest(first);
    expect(others).toEqual(whole.slice(-others.length));
  });

  it('goes on in another process', async () => {
    const model = await loadTiny();
    const other = await lastElsewhere(await kept(model), {});
    const last = (await collect(model.visualize(logit(1), options))).at(-1)!;
    expect(other).toBe(bytesOf(last.values!).toString('base64'));
  });

  it('is refused where it is damaged, is none, or has decided the option', async () => {
    const model = await loadTiny();
    const bytes = await kept(model);
    for (const bad of [new Uint8Array(0), bytes.subarray(0, 99), bytes.map((byte, i) => (i === 8 ? 9 : byte))]) {
      expect(await failureOf(model.resume(bad))).toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(/checkpoint/),
      });
    }
    expect((await failureOf(model.resume('run' as unknown as Uint8Array))).message).toMatch(/Uint8Array/);
    expect((await failureOf(model.resume(bytes, { steps: 9 } as object))).message).toMatch(/no option steps/);
    const text = new TextDecoder('latin1').decode(bytes);
    const other = Uint8Array.from(text.replace('"objective"', '"objectivf"'), (letter) => letter.charCodeAt(0));
    expect((await failureOf(model.resume(other))).message).toMatch(/objective/);
    const finished = model.visualize(logit(1), { ...quick, steps: 1 });
    await collect(finished);
    expect((await failureOf(finished.checkpoint())).message).toMatch(/finished/);
  });
});
