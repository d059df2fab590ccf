import { describe, expect, it } from 'vitest';
// @ts-expect-error: plain JavaScript
import { named } from '../report/pictures.mjs';
// @ts-expect-error: plain JavaScript
import { BINS, meanPower, radialPower } from '../report/power.mjs';

const side = 64;
const image = (value: (y: number, x: number) => number) => ({
  data: Float32Array.from({ length: 3 * side * side }, (_, i) => value(Math.floor(i / 3 / side), Math.floor(i / 3) % side)),
  height: side,
  width: side,
});
const power = (value: (y: number, x: number) => number): number[] => radialPower(image(value)) as number[];
const peak = (list: number[]): number => list.indexOf(Math.max(...list));

describe('radial power', () => {
  it('has its peak at the frequency of a wave, in cycles per 256 pixels, in every direction', () => {
    expect(peak(power((_, x) => Math.sin((2 * Math.PI * 8 * x) / side)))).toBe(32);
    expect(peak(power((y) => Math.cos((2 * Math.PI * 16 * y) / side)))).toBe(64);
    expect(peak(power((y, x) => Math.cos((2 * Math.PI * (6 * y - 8 * x)) / side)))).toBe(40);
  });

  it('does not see the mean, and grows with the square of the contrast', () => {
    const wave = (contrast: number) => power((_, x) => 0.5 + contrast * Math.sin((2 * Math.PI * 8 * x) / side));
    const [weak, strong] = [wave(0.1), wave(0.2)];
    expect(strong[32]! / weak[32]!).toBeCloseTo(4, 3);
    expect(weak[0]!).toBeLessThan(1e-6 * weak[32]!);
  });

  it('averages spectra after taking each to 1 at radius 4', () => {
    const flat = (value: number) => Array(BINS).fill(value) as number[];
    expect(meanPower([flat(2), flat(7)])).toEqual(flat(1));
  });
});

describe('named', () => {
  it('counts first guesses and those within five', () => {
    const made = [{ guesses: { a: 1, b: 5 } }, { guesses: { a: 2, b: 6 } }, { guesses: { b: 1 } }];
    expect(named(made)).toEqual({ a: { first: 1, five: 2, of: 2 }, b: { first: 1, five: 2, of: 3 } });
  });
});
