/** Sharing and running the crops of a step, in the lead and in helpers. */
import { type BoundRun, check, type Library } from '../binding/binding.js';
import type { Gate } from './gate.js';

export interface Share {
  first: number;
  count: number;
}

/** Contiguous shares of `crops` for `workers`, which differ by one at most; the first are the larger ones. */
export function shareCrops(crops: number, workers: number): Share[] {
  const shares: Share[] = [];
  for (let i = 0, first = 0; i < workers; i++) {
    const count = Math.ceil((crops - first) / (workers - i));
    shares.push({ first, count });
    first += count;
  }
  return shares;
}

/** Runs crops, a pass at a time; false if the run was stopped between two of them. */
export async function runCrops(library: Library, run: BoundRun, gate: Gate, { first, count }: Share): Promise<boolean> {
  const [end, pass] = [first + count, run.pass()];
  for (let crop = first; crop < end; crop += pass) {
    check(library, run.step(library.STEP_CROPS, crop, Math.min(pass, end - crop)));
    if (!(await gate.pass())) return false;
  }
  return true;
}
