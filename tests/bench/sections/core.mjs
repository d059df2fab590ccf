// core: the packaged network on one thread, for crops of the sizes that recipes use.
import { network } from '../networks.mjs';
import { printProfile, printSpeeds } from '../speeds.mjs';

/** [crop, batch] */
const SHAPES = [
  [96, 1],
  [96, 2],
  [96, 4],
  [128, 1],
  [128, 2],
  [224, 1],
  [224, 4],
];

export async function core({ measure, given }) {
  const { title, file } = network('lite0');
  const shapes = [];
  for (const [crop, batch] of SHAPES.filter(([crop]) => !given.crop || crop === Number(given.crop)))
    shapes.push({ title, ...(await measure.network(file, crop, batch, given.profile)) });
  printSpeeds(`The network, one thread, ${measure.title}`, shapes);
  for (const shape of shapes) printProfile(shape);
  return { shapes };
}
