/** What a model expects of a pixel, typed in: a mean and a deviation for each channel, in the units and the order of the model's own. */

export interface Typed {
  mean: number[]; // in the order of the model's channels, in units of `range`
  std: number[];
  range: 1 | 255; // of a pixel before the mean is taken away
  bgr: boolean; // the model's first channel is blue
}

export const firstTyped: Typed = { mean: [0, 0, 0], std: [1, 1, 1], range: 1, bgr: false };

/** In the units of the API: input = (rgb - mean) / std, with rgb in [0, 1]. */
export function preprocessingOf({ mean, std, range, bgr }: Typed): { mean: number[]; std: number[]; bgr: boolean } {
  return { mean: mean.map((value) => value / range), std: std.map((value) => value / range), bgr };
}

/** Three numbers, whatever stands between them; else a sentence that says what is wrong. */
export function parseTyped(text: { mean: string; std: string }, { range, bgr }: Pick<Typed, 'range' | 'bgr'>): Typed | string {
  const mean = numbers(text.mean);
  const std = numbers(text.std);
  if (mean.length !== 3 || !mean.every(Number.isFinite)) return 'The mean is three numbers, such as 0.485 0.456 0.406.';
  if (std.length !== 3 || !std.every(Number.isFinite)) return 'The deviation is three numbers, such as 0.229 0.224 0.225.';
  if (!std.every((value) => value > 0)) return 'Each deviation is above 0.';
  const largest = Math.max(...mean.map(Math.abs), ...std);
  if (largest > 1e6 || Math.min(...std) < 1e-6) return 'These numbers are too large or too small.';
  return { mean, std, range, bgr };
}

/** Of what was kept, which an earlier version of the page may have written. */
export function isTyped(value: unknown): value is Typed {
  const { mean, std, range, bgr } = (value ?? {}) as Partial<Typed>;
  if (!Array.isArray(mean) || !Array.isArray(std) || (range !== 1 && range !== 255) || typeof bgr !== 'boolean') return false;
  return typeof parseTyped({ mean: mean.join(' '), std: std.join(' ') }, { range, bgr }) === 'object';
}

/** A comma is a decimal sign where spaces or semicolons part the numbers: 0,485 0,456 0,406. */
function numbers(text: string): number[] {
  const words = text
    .trim()
    .replace(/[[\]()]/g, '')
    .split(/\s*;\s*|,\s+|\s+/);
  const list = words.length === 1 ? words[0]!.split(',') : words.map((word) => word.replace(',', '.'));
  return list.map((word) => (word === '' ? NaN : Number(word)));
}
