// What the benchmark prints.

/** GMAC/s of a thread's SIMD units that seconds are scaled to, where they are to be compared with those of another machine. */
export const REFERENCE = 25;

/** What milliseconds would be where the SIMD units do REFERENCE, by what they did in this run. */
export const scaled = (ms, peak) => (ms * peak) / REFERENCE;

export const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

export const fixed = (value, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits) : '-');
export const percent = (value) => (Number.isFinite(value) ? `${(100 * value).toFixed(0)} %` : '-');

/** Columns as wide as what stands in them: the first to the left, numbers to the right. */
export function table(heads, rows) {
  const texts = [heads, ...rows].map((row) => row.map(String));
  const widths = heads.map((_, column) => Math.max(...texts.map((row) => row[column].length)));
  for (const row of texts)
    console.log(`  ${row.map((text, column) => (column ? text.padStart(widths[column]) : text.padEnd(widths[0]))).join('  ')}`);
}
