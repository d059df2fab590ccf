/** What steps take is told without what comes before them: by a clock of the test's own, never by how fast it runs. */
import { expect, test } from 'vitest';
import type { Config, Model } from '../../web/phaselens';
import { Pace } from '../../web/run/pace';
import { sizeOf, Timing } from '../../web/run/timing';

const model = { input: { height: 224, width: 224 } } as Model;
const config = { height: 320, width: 320, images: 1, crops: 2, cropSize: 96 } as Config;
const small = sizeOf(config, model);
const large = sizeOf({ ...config, height: 512, width: 512, cropSize: 0 }, model);

function session(of: Model = model) {
  let now = 100;
  const timing = new Timing(() => now);
  timing.model = of;
  const wait = (seconds: number) => void (now += seconds);
  /** One that takes so long to begin, whose next two steps are there then. */
  const run = (steps: number, each: number, begins = 2, run = { config }, side = 0) => {
    timing.begun(run, 1, side);
    for (let i = 0; i < steps; i++) {
      wait(i === 0 ? begins : i < 3 ? 0.001 : each);
      timing.step();
    }
    timing.state();
  };
  return { timing, wait, run, pace: timing.of(of) };
}

test.each([4, 16, 192])('after %i steps they take what each took, whatever it took to begin', (steps) => {
  const { run, pace } = session();
  run(steps, 0.05);
  expect(pace.seconds(small)).toBeCloseTo(0.05);
  expect(pace.rate(small)).toBeCloseTo(20);
});

test('of fewer nothing is told, but by pictures of the same model and size before', () => {
  const { run, pace, timing } = session();
  run(3, 0.05);
  expect(pace.seconds(small)).toBeUndefined();
  run(40, 0.05);
  run(2, 0.05, 9);
  expect(pace.seconds(small)).toBeCloseTo(0.05);
  run(40, 0.02); // the latest count
  expect(pace.seconds(small)).toBeCloseTo(0.02);
  expect(timing.of({ ...model } as Model).seconds(small)).toBeUndefined();
});

test('pauses are left out, and what a picture takes to be refined', () => {
  const { run, wait, pace, timing } = session();
  const refined = { config };
  run(16, 0.05, 2, refined);
  wait(60); // paused
  timing.state();
  for (const seconds of [0.001, 0.001, 0.001, 0.05]) {
    wait(seconds);
    timing.step();
  }
  expect(pace.seconds(small)).toBeCloseTo(0.05);
  refined.config = { ...config, height: 512, width: 512, cropSize: 0 };
  for (const seconds of [1, 0.001, 0.001, 0.2, 0.2]) {
    wait(seconds);
    timing.step();
  }
  expect([pace.seconds(small), pace.seconds(large)]).toEqual([expect.closeTo(0.05), expect.closeTo(0.2)]);
});

test('pictures that take turns do a step each, and one of them may not have begun', () => {
  const { wait, pace, timing } = session();
  for (const side of [0, 2]) timing.begun({ config }, 1, side);
  for (let i = 0; i < 10; i++) {
    wait(i === 0 ? 2 : 0.05);
    timing.step();
    wait(i === 0 ? 3 : 0.05);
    timing.stepBeside(undefined, 2);
  }
  timing.state();
  expect(pace.seconds(small)).toBeCloseTo(0.05);
});

test('a size that was not there is told by the nearest: by what the network sees, and what is done beside it', () => {
  const pace = new Pace();
  pace.add(small, 0.053);
  expect(pace.seconds(large)).toBeGreaterThan(0.12); // 0.145 was measured with these 0.053
  expect(pace.seconds(large)).toBeLessThan(0.16);
  expect(pace.rate(large)).toBeUndefined();
  const slow = new Pace();
  slow.add(small, 2); // of a network that is large, nearly all of it is the network's
  expect(slow.seconds(large)! / 2).toBeGreaterThan(0.95 * (large.crops / small.crops));
  slow.add(large, 9);
  expect(slow.seconds({ ...large, crops: 2 * large.crops })).toBeGreaterThan(17);
});
