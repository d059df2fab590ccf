/** `phaselens gradient`: where a photo matters to a unit. */
import type { FloatImage, Frame } from '../api/index.js';
import type { Command, Given } from './command.js';
import { write } from './disk.js';
import { misuse } from './exit.js';
import { readPicture, toPng } from './images.js';
import { interruption } from './interrupt.js';
import { modelFlags, openModel, readWish, readWorkers, using } from './models.js';
import { prepareOut } from './out.js';
import { textsOf } from './recipe.js';
import { teller } from './speak.js';
import { readSubjects, subjectFlags } from './subjects.js';
import { version } from './version.js';

/** As an opaque grey: the part of the pixels that is white, so that a few bright ones do not hide the others. */
const white = 0.99;

/** Of each pixel its largest gradient of a colour, from black, 0, to white. */
function saliency({ data, height, width }: FloatImage): Frame {
  const sizes = Float32Array.from({ length: height * width }, (_, i) =>
    Math.max(Math.abs(data[3 * i]!), Math.abs(data[3 * i + 1]!), Math.abs(data[3 * i + 2]!)),
  );
  const most = Float32Array.from(sizes).sort()[Math.floor(white * (sizes.length - 1))]! || 1;
  const frame = new Uint8ClampedArray(4 * sizes.length).fill(255);
  for (const [i, size] of sizes.entries()) frame.fill((255 * size) / most, 4 * i, 4 * i + 3);
  return { data: frame, height, width };
}

async function run(given: Given): Promise<void> {
  const [photo = ''] = given.operands;
  const out = given.text('out') ?? photo.replace(/\.\w+$/, '') + '-gradient.png';
  if (!/\.png$/i.test(out)) throw misuse(`--out is a PNG: ${out} does not end with .png.`);
  await prepareOut(out);
  const image = await readPicture(photo);
  const wish = await readWish(given);
  await using(await openModel(wish, { workers: 1, ...readWorkers(given) }), async (model) => {
    const [subject, second] = await readSubjects(given, model);
    if (second) throw misuse('A gradient is that of one unit.');
    const { score, gradient } = await model.gradient(image, subject!.objective, { signal: interruption });
    const made = { phaselens: version, build: model.build, model: wish, subject, photo, score };
    await write(out, toPng(saliency(gradient), textsOf(`Gradient of ${subject!.name}`, made)));
    teller(given)({ out, ...subject, score }, `${out}  ${subject!.name}  score ${score.toPrecision(4)}`);
  });
}

export const gradient: Command = {
  name: 'gradient',
  usage: 'PHOTO --unit UNIT [--out PNG]',
  summary: 'Makes a saliency map: where a photo matters to a unit. Prints the score of the photo.',
  operands: [1, 1],
  flags: [
    { name: 'out', short: 'o', value: 'PNG', text: 'White where it matters. Default: PHOTO-gradient.png.' },
    ...subjectFlags,
    ...modelFlags,
    { name: 'json', text: 'A line of JSON in the end.' },
  ],
  run,
};
