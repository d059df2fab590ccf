// How busy the machine is with what is not ours: how far numbers can be trusted.
import fs from 'node:fs';
import os from 'node:os';

const TICK = 10; // milliseconds, of Linux

/** Milliseconds of processor time: of all, and of this process and the children that have ended. */
function used() {
  const all = os.cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
  const fields = fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return { all, own: TICK * fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0), at: performance.now() };
}

/** Does `work`; {result, cores}: how many cores others used meanwhile, where this is Linux. */
export async function besideOthers(work) {
  if (!fs.existsSync('/proc/self/stat')) return { result: await work() };
  const before = used();
  const result = await work();
  const after = used();
  const others = after.all - before.all - (after.own - before.own);
  return { result, cores: Math.max(0, others / (after.at - before.at)) };
}
