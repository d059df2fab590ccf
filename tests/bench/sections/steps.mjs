// steps: whole steps through the API, as a page takes them.
import { addressOf, inBrowser } from '../browser.mjs';
import { network } from '../networks.mjs';
import { peerStep } from '../peers.mjs';
import { fixed, median, percent, scaled, table } from '../table.mjs';

/** `peer`: what the peers' harness calls the network. */
const RECIPES = [
  { id: 'lite0', size: 256, crops: 4, cropSize: 224, peer: 'efficientnet_lite0' },
  { id: 'resnet18', size: 256, crops: 4, cropSize: 224, peer: 'resnet18' },
  { id: 'lite0', size: 256, crops: 4, cropSize: 96 },
  { id: 'lite0', size: 320, crops: 2, cropSize: 96 },
  { id: 'lite0', size: 320, crops: 3, cropSize: 128 },
  { id: 'lite0', size: 512, crops: 4, cropSize: 224 },
];
const WORKERS = [1, 2];

/** Seconds of a turn. */
const SECONDS = 2;

/** A turn of one recipe with so many workers, right after what the SIMD units do with as many threads at once. */
async function turn(page, build, { id, size, crops, cropSize }, workers) {
  const url = id === 'lite0' ? '' : addressOf(network(id).file);
  const peak = await page.evaluate((options) => window.peak(...options), [build, workers]);
  const options = { url, size, crops, cropSize, seconds: SECONDS, build, workers };
  const { times, macs } = await page.evaluate((options) => window.stepTimes(options), options);
  return { ms: median(times), macs, peak };
}

/** One turn of everyone, so that load on the machine meets all alike, by recipe and workers. */
async function round({ given }) {
  const turns = await inBrowser(async (page) => {
    const turns = [];
    for (const recipe of RECIPES) {
      turns.push([]);
      for (const workers of WORKERS) turns.at(-1).push(await turn(page, given.core, recipe, workers));
    }
    return turns;
  });
  for (const [i, { peer, size }] of RECIPES.entries())
    for (const [at, threads] of WORKERS.entries())
      turns[i][at].peer_ms = peer && given.peers ? peerStep(given.peers, peer, size, threads) : undefined;
  return turns;
}

/** What one recipe took with so many workers: medians of the rounds, of ratios within each. */
function row(rounds, recipe, at) {
  const over = (value) => median(rounds.map((turns) => value(turns[recipe][at], turns[recipe][0])));
  const speed = ({ macs, ms }) => macs / ms / 1e6;
  const { id, size, crops, cropSize } = RECIPES[recipe];
  return {
    title: `${network(id).title}, ${size} px, ${crops} of ${cropSize}`,
    workers: WORKERS[at],
    ms: over(({ ms }) => ms),
    at_25_ms: over(({ ms, peak }) => scaled(ms, peak)),
    gmacs: over(speed),
    share: over((one) => speed(one) / one.peak / WORKERS[at]),
    peak_gmacs: over(({ peak }) => peak),
    beside_one: over(({ ms }, alone) => alone.ms / ms),
    peer_ms: over(({ peer_ms }) => peer_ms),
    beside_peer: over(({ ms, peer_ms }) => peer_ms / ms),
  };
}

export async function steps(context) {
  const rounds = [];
  for (let i = 0; i < context.rounds; i++) rounds.push(await round(context));
  const rows = RECIPES.flatMap((_, recipe) => WORKERS.map((_, at) => row(rounds, recipe, at)));
  print(context, rows);
  return { rows };
}

function print({ given, rounds }, rows) {
  console.log(
    `\nWhole steps, Chromium, ${given.core}; medians of ${rounds} turns; peak: of each of as many threads as workers at once`,
  );
  table(
    ['', 'workers', 'ms', 'at 25', 'GMAC/s', 'share', 'peak', 'beside one', 'best peer ms', 'beside it'],
    rows.map((r) => [
      r.title,
      r.workers,
      fixed(r.ms),
      fixed(r.at_25_ms),
      fixed(r.gmacs),
      percent(r.share),
      fixed(r.peak_gmacs),
      `${fixed(r.beside_one, 2)}x`,
      fixed(r.peer_ms),
      Number.isFinite(r.peer_ms) ? `${fixed(r.beside_peer, 2)}x` : '-',
    ]),
  );
  if (!given.peers) console.log('  skipped: the best tuned peer, no --peers');
}
