/** One visualization, to its end or to an interruption. */
import type { Frame, Visualization } from '../api/index.js';
import { interruption } from './interrupt.js';
import { clearLine, showLine, timeLeft } from './progress.js';

export interface Drawn {
  readonly frames: readonly Frame[];
  readonly score: number;
  readonly steps: number;
}

/** Frames are asked for at the end alone. */
export const quiet = { frameInterval: 1e6 };

/** undefined where it was interrupted, after `keep` was called; what is all but done is finished instead. */
export async function draw(
  visualization: Visualization,
  title: string,
  keep?: (visualization: Visualization) => Promise<boolean>,
): Promise<Drawn | undefined> {
  const begun = performance.now();
  let first: number | undefined;
  let score = Number.NaN;
  for await (const { index, steps, score: now } of visualization) {
    score = now;
    first ??= index;
    const left = timeLeft(performance.now() - begun, index - first + 1, steps - first);
    showLine(`${title}: step ${index + 1} of ${steps}, score ${score.toPrecision(4)}, ${left}`);
    if (interruption.aborted && (keep ? await keep(visualization) : true)) return;
  }
  clearLine();
  const frames: Frame[] = [];
  for (let image = 0; image < visualization.config.images; image++) frames.push(await visualization.frame({}, image));
  const { steps } = visualization;
  await visualization.stop();
  return { frames, score, steps };
}
