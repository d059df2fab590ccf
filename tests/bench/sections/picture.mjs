// picture: what a step does beside the network, on one thread, at the sizes that recipes use.
import { fixed, table } from '../table.mjs';

export async function picture({ measure }) {
  const { pictures } = await measure.pictures();
  console.log(`\nBeside the network, ms a step, one thread, ${measure.title}`);
  const parts = Object.keys(pictures[0].ms);
  table(
    ['', ...parts, 'without the frame'],
    pictures.map(({ image, crops, crop, ms }) => {
      const step = Object.values(ms).reduce((sum, time) => sum + time, -ms.frame);
      return [`${image} px, ${crops} of ${crop}`, ...parts.map((part) => fixed(ms[part], 2)), fixed(step, 2)];
    }),
  );
  return { pictures };
}
