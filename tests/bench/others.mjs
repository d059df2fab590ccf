// How busy the machine is with what is not ours: how far numbers can be trusted.
import os from 'node:os';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds of processor time, of all. */
const used = () => os.cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);

/** Cores that are busy while we are not. */
async function busy() {
  const [before, start] = [used(), performance.now()];
  await setTimeout(500);
  return (used() - before) / (performance.now() - start);
}

/** Does `work`; {result, cores}: how many cores others used just before it and after it, on average. */
export async function besideOthers(work) {
  const before = await busy();
  const result = await work();
  return { result, cores: (before + (await busy())) / 2 };
}
