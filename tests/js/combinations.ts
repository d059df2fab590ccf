/** Recipes in which any two choices that a visualization offers meet at least once, for what must hold for all of them. */
import type { Objective, VisualizeOptions } from '../../dist/index.js';

/** What JSON can hold of a visualization; photos are made from a formula. */
export interface Combination {
  objective: Objective;
  options: Omit<VisualizeOptions, 'start' | 'photos' | 'signal' | 'magnitude'>;
  /** Whether it starts from the photo. */
  start: boolean;
}

export const photo = { data: Array.from({ length: 3 * 30 * 20 }, (_, i) => 0.5 + 0.4 * Math.sin(i * i)), height: 30, width: 20 };

const logit: Objective = { kind: 'logit', unit: 1 };
const near: Objective = { kind: 'distance', layer: 'relu1', photo: 0, weight: -0.2 };
const apart: Objective = { kind: 'diversity', layer: 'relu2' };
const sum = (...of: Objective[]): Objective => ({ kind: 'sum', of });

/** What is chosen independently of each other. */
const choices: readonly (readonly Partial<Combination>[])[] = [
  [
    { options: { resample: 'antialiased' } },
    { options: { resample: 'antialiased-aligned', boxWholePixels: true, boxSquare: false } },
    { options: { resample: 'bilinear', boxInside: false, boxSide: { normal: [0.5, 0.1] }, boxCentre: { normal: [0.5, 0.2] } } },
    { options: { resample: 'roi-bicubic', boxSideChange: -0.2 } },
    { options: { transform: 'warps' } },
  ],
  [
    { options: { magnitudeResize: 'frequency' } },
    { options: { magnitudeResize: 'bilinear', keepConstant: true } },
    { options: { magnitudeResize: 'antialiased', oppositePhases: false } },
    { options: { magnitudeResize: 'antialiased-aligned', continueMagnitude: false } },
  ],
  [
    { options: { parametrization: 'maco' } },
    { options: { parametrization: 'fourier', startDeviation: 0.3 } },
    { options: { parametrization: 'pixel' } },
  ],
  [
    { options: { images: 1 }, objective: logit },
    { options: { images: 1 }, objective: sum(logit, near) },
    { options: { images: 3 }, objective: sum(logit, near, apart) },
  ],
  [
    { options: { noiseNormal: 0, noiseUniform: 0 } },
    { options: { noiseNormal: 0.1, noiseUniform: 0.05 } },
    { options: { noiseNormal: 0.1, noiseBeforeResize: true } },
  ],
  [
    { options: { standardizePhase: false, standardizeImage: true } },
    { options: { standardizePhase: true, standardizeImage: false } },
    { options: { standardizePhase: true, standardizeRgb: true } },
  ],
  [
    { options: { optimizer: 'nadam', schedule: 'cosine' } },
    { options: { optimizer: 'nadam', schedule: 'constant', momentumDecay: 1 } },
    { options: { optimizer: 'adam', schedule: 'constant', learningRate: 0.05 } },
  ],
  [{ options: { size: 48 } }, { options: { height: 33, width: 51 } }],
  [{ options: {} }, { options: { penaltyVariation: 1, penaltyL2: 2, penaltyFrequency: 3 } }],
  [{ options: {} }, { options: { networkUnits: true, range: [-2, 2] } }],
  [{ start: false }, { start: true }],
];

/** Greedy: each row begins with a pair that has not met, and takes in every other place what meets most of the others anew. */
function pairwise(sizes: readonly number[]): number[][] {
  const pairs = new Set<string>();
  const key = (i: number, a: number, j: number, b: number): string => (i < j ? `${i} ${a} ${j} ${b}` : `${j} ${b} ${i} ${a}`);
  for (let j = 0; j < sizes.length; j++)
    for (let i = 0; i < j; i++)
      for (let a = 0; a < sizes[i]!; a++) for (let b = 0; b < sizes[j]!; b++) pairs.add(key(i, a, j, b));

  const rows: number[][] = [];
  for (let [first] = pairs; first !== undefined; [first] = pairs) {
    const [i, a, j, b] = first.split(' ').map(Number) as [number, number, number, number];
    const row = new Map([
      [i, a],
      [j, b],
    ]);
    const gain = (place: number, value: number) =>
      [...row].filter(([other, its]) => pairs.has(key(place, value, other, its))).length;
    for (let place = 0; place < sizes.length; place++) {
      if (row.has(place)) continue;
      const gains = Array.from({ length: sizes[place]! }, (_, value) => gain(place, value));
      row.set(place, gains.indexOf(Math.max(...gains)));
    }
    for (const [i, a] of row) for (const [j, b] of row) pairs.delete(key(i, a, j, b));
    rows.push(sizes.map((_, place) => row.get(place)!));
  }
  return rows;
}

export const combinations: Combination[] = pairwise(choices.map((values) => values.length)).map((row) => {
  const chosen = row.map((value, place) => choices[place]![value]!);
  const options = Object.assign({ steps: 4, crops: 7, cropSize: 32, seed: 9 }, ...chosen.map(({ options }) => options));
  return { objective: logit, start: false, ...Object.assign({}, ...chosen), options } as Combination;
});
