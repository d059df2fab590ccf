// torch: the native build beside PyTorch, one thread each, forward and the gradient of the image alone.
import { spawn } from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';
import { natively } from '../measure.mjs';
import { network, root } from '../networks.mjs';
import { fixed, median, table } from '../table.mjs';

const IDS = ['lite0', 'resnet18', 'vit'];

/** As long as torch_speed.py measures. */
const TURNS = 8;

/** A running torch_speed.py: `ask(id)` resolves to milliseconds of each way to run the network. */
function startTorch(python) {
  const child = spawn(python, [path.join(root, 'tests/bench/torch_speed.py')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(id) {
      child.stdin.write(`${id}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('torch_speed.py ended: see above why');
      return JSON.parse(value);
    },
    stop: () => child.stdin.end(),
  };
}

/** The fastest way, of one direction. */
function fastest(ways, key) {
  const [way, times] = Object.entries(ways).reduce((best, one) => (one[1][key] < best[1][key] ? one : best));
  return { way, ms: times[key] };
}

export async function torch({ given, rounds }) {
  if (!given.torch) return console.log('\nskipped: PyTorch, no --torch');
  const ours = natively(TURNS),
    theirs = startTorch(given.torch);
  const turns = [];
  try {
    for (let i = 0; i < rounds; i++)
      for (const id of IDS.filter(network)) {
        const own = ours.network(network(id).file, 224, 1, false);
        turns.push({ id, ours: own, torch: await theirs.ask(id) });
      }
  } finally {
    theirs.stop();
  }
  const rows = IDS.filter(network).flatMap((id) => ['forward_ms', 'both_ms'].map((key) => row(turns, id, key)));
  print(rows, rounds);
  return { rows };
}

/** Medians over the rounds, of ratios within each; the way is the one that was the fastest most often. */
function row(turns, id, key) {
  const own = turns.filter((turn) => turn.id === id);
  const best = own.map(({ torch }) => fastest(torch, key));
  const ways = best.map(({ way }) => way);
  return {
    title: network(id).title,
    what: key === 'both_ms' ? 'and back' : 'forward',
    ours_ms: median(own.map(({ ours }) => ours[key])),
    torch_ms: median(best.map(({ ms }) => ms)),
    way: ways.reduce((most, way) => (count(ways, way) > count(ways, most) ? way : most)),
    beside: median(own.map(({ ours }, i) => best[i].ms / ours[key])),
  };
}

const count = (list, one) => list.filter((other) => other === one).length;

function print(rows, rounds) {
  console.log(`\nThe native build beside PyTorch, one thread, one crop of 224; medians of ${rounds} turns`);
  table(
    ['', '', 'ms', 'PyTorch ms', 'its fastest way', 'beside it'],
    rows.map((r) => [r.title, r.what, fixed(r.ours_ms, 2), fixed(r.torch_ms, 2), r.way, `${fixed(r.beside, 2)}x`]),
  );
}
