// Tables of what a network and its operators do, beside what the SIMD units did in the same rounds.
import { fixed, percent, scaled, table } from './table.mjs';

/** `shapes`: what bench.c's `network` reports, each with a title. */
export function printSpeeds(title, shapes) {
  console.log(`\n${title}; share: of this run's SIMD peak; at 25: scaled to a peak of 25 GMAC/s`);
  table(
    ['', 'crops', 'MMAC', 'forward ms', 'GMAC/s', 'share', 'and back ms', 'GMAC/s', 'share', 'x forward', 'at 25', 'peak', 'MB'],
    shapes.map((s) => {
      const forward = s.mmacs / s.forward_ms,
        both = (2 * s.mmacs) / s.both_ms;
      return [
        s.title,
        `${s.batch} of ${s.crop}`,
        fixed(s.mmacs, 0),
        fixed(s.forward_ms, 2),
        fixed(forward),
        percent(forward / s.peak_gmacs),
        fixed(s.both_ms, 2),
        fixed(both),
        percent(both / s.peak_gmacs),
        fixed(s.both_ms / s.forward_ms, 2),
        fixed(scaled(s.both_ms, s.peak_gmacs), 2),
        fixed(s.peak_gmacs),
        fixed(s.memory_mb, 0),
      ];
    }),
  );
}

const speed = (mmacs, ms, peak) => (mmacs ? `${(mmacs / ms).toFixed(1)} ${percent(mmacs / ms / peak).padStart(5)}` : '-');

/** Milliseconds of one direction at least, by either roof: multiply-adds at the SIMD peak, weights read once at what memory gives. */
const roofs = (o, { peak_gmacs, stream_gbs }) => ({ compute: o.mmacs / peak_gmacs, memory: o.weight_mb / stream_gbs });
const least = (o, shape) => Math.max(...Object.values(roofs(o, shape)));

/** Which roof is the lower one. */
function boundBy(o, shape) {
  const { compute, memory } = roofs(o, shape);
  return compute || memory ? (memory > compute ? 'memory' : 'compute') : '-';
}

/** What the whole network could do under the two roofs, what it does, and what there is beside them. */
function printRoofline(shape) {
  const { mmacs, both_ms, peak_gmacs: peak, stream_gbs, operators } = shape;
  const sum = (of) => operators.reduce((total, o) => total + of(o), 0);
  const took = (o) => o.forward_ms + o.backward_ms;
  const attainable = 2 * sum((o) => least(o, shape));
  const without = sum((o) => (o.mmacs ? 0 : took(o)));
  const share = (name) => percent(sum((o) => (boundBy(o, shape) === name ? took(o) : 0)) / sum(took));
  console.log(
    `\n  roofline: peak ${fixed(peak)} GMAC/s, memory ${fixed(stream_gbs)} GB/s, ${fixed(sum((o) => o.weight_mb))} MB of weights each way -> ` +
      `attainable ${fixed((2 * mmacs) / attainable)} GMAC/s forward and back, ${percent((2 * mmacs) / attainable / peak)} of the peak; ` +
      `this is ${fixed((2 * mmacs) / both_ms)}, ${percent(attainable / both_ms)} of what is attainable\n` +
      `  of the time ${share('compute')} in operators bound by compute, ${share('memory')} by memory; ${fixed(without, 2)} ms (${percent(without / sum(took))}) in those without products`,
  );
}

/** Each operator, the slowest first, and the sum of each kind. Times are those of its turn within whole passes; hot: called again and
 * again by itself. */
export function printProfile(shape) {
  const { title, crop, batch, operators, peak_gmacs: peak } = shape;
  if (!operators) return;
  const heads = ['bound', 'MMAC', 'forward ms', 'GMAC/s  share', 'hot ms', 'back ms', 'GMAC/s  share', 'hot ms'];
  const cells = (o) => [
    boundBy(o, shape),
    fixed(o.mmacs, 2),
    fixed(o.forward_ms, 3),
    speed(o.mmacs, o.forward_ms, peak),
    fixed(o.hot_forward_ms, 3),
    fixed(o.backward_ms, 3),
    speed(o.mmacs, o.backward_ms, peak),
    fixed(o.hot_backward_ms, 3),
  ];
  const slowest = [...operators].sort((a, b) => b.forward_ms + b.backward_ms - a.forward_ms - a.backward_ms);
  console.log(`\nOperators of ${title}, ${batch} of ${crop}`);
  table(
    ['', 'kind', 'in', 'weights', 'out', ...heads],
    slowest.map((o) => [o.name || '(change of layout)', o.kind, o.in, o.weights, o.out, ...cells(o)]),
  );
  console.log(`\nKinds of operators of ${title}, ${batch} of ${crop}`);
  table(
    ['', 'count', ...heads],
    byKind(operators).map((kind) => [kind.kind, kind.count, ...cells(kind)]),
  );
  printRoofline(shape);
}

const SUMMED = ['mmacs', 'weight_mb', 'forward_ms', 'backward_ms', 'hot_forward_ms', 'hot_backward_ms'];

/** Convolutions are told apart by their windows. */
function kindOf({ kind, weights, in: from }) {
  const [, channels, height, width] = weights.split('x').map(Number);
  if (kind !== 'Conv') return kind;
  const grouped = channels === 1 && Number(from.split('x')[1]) > 1;
  return `${kind} ${height}x${width}${grouped ? ' depthwise' : ''}`;
}

function byKind(operators) {
  const kinds = new Map();
  for (const o of operators) {
    const kind = kindOf(o);
    const row = kinds.get(kind) ?? { kind, count: 0, ...Object.fromEntries(SUMMED.map((key) => [key, 0])) };
    for (const key of SUMMED) row[key] += o[key];
    row.count++;
    kinds.set(kind, row);
  }
  return [...kinds.values()].sort((a, b) => b.forward_ms + b.backward_ms - a.forward_ms - a.backward_ms);
}
