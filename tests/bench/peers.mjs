// The peers' harness: other libraries' steps of the same kind, each in a fresh Chromium.
import { spawnSync } from 'node:child_process';

const BEST = { impl: 'tfjs', backend: 'wasm', variant: 'tuned', what: 'step', reps: 15, budget: 3, out: 'none' };

/** Milliseconds of a whole step of the best tuned peer, the median of some. */
export function peerStep(folder, model, size, threads) {
  const options = Object.entries({ ...BEST, model, image: size, threads }).flatMap(([key, value]) => [`--${key}`, String(value)]);
  const run = spawnSync('node', ['run.mjs', ...options], { cwd: folder, encoding: 'utf8' });
  if (run.status) throw new Error(`the peer failed: ${run.stderr}`);
  return JSON.parse(run.stdout).step_ms_median;
}
