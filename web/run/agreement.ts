/** How far pictures agree, by what a network makes of them. */

/** Of two lists of features: 1 where they point the same way, 0 where they have nothing in common. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i]! * b[i]!;
    aa += a[i]! ** 2;
    bb += b[i]! ** 2;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}

/** Of each of the first with each of the second; of each two of the first, where there is no second. */
export function agreements(first: readonly Float32Array[], second?: readonly Float32Array[]): number[] {
  return first.flatMap((a, i) => (second ?? first.slice(i + 1)).map((b) => cosine(a, b)));
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
