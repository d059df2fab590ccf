// Where bench.c's reports come from.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { coreReport } from './browser.mjs';
import { root } from './networks.mjs';

const MAGNITUDE = path.join(root, 'models/generated/imagenet-magnitude.npy');

/** The WebAssembly build in a worker of Chromium. */
export const inChromium = (flavour, rounds) => ({
  title: `Chromium, ${flavour}`,
  network: (file, crop, batch, profile) => coreReport(flavour, 'network', file, crop, batch, rounds, Number(profile)),
  pictures: () => coreReport(flavour, 'picture', MAGNITUDE, rounds),
  load: (file) => coreReport(flavour, 'load', file),
});

function nativeReport(...words) {
  const run = spawnSync(path.join(root, 'build/release/bench'), words.map(String), { encoding: 'utf8' });
  if (run.error ?? run.status) throw new Error(`build/release/bench failed: ${run.error?.message ?? run.stdout + run.stderr}`);
  return JSON.parse(run.stdout);
}

/** The native build, which knows this machine's instructions. */
export const natively = (rounds) => ({
  title: 'native',
  network: (file, crop, batch, profile) => nativeReport('network', file, crop, batch, rounds, ...(profile ? ['profile'] : [])),
  pictures: () => nativeReport('picture', MAGNITUDE, rounds),
});
