// networks: the same numbers of other networks, for a crop of their own size.
import { network, titleOf } from '../networks.mjs';
import { printProfile, printSpeeds } from '../speeds.mjs';

const IDS = ['resnet18', 'resnet50', 'vgg16', 'vit'];

export async function networks({ measure, given }) {
  const shapes = [];
  for (const id of IDS) {
    const found = network(id);
    if (found) shapes.push({ title: found.title, ...(await measure.network(found.file, 224, 1, given.profile)) });
    else console.log(`skipped: ${titleOf(id)}, its file is not there`);
  }
  printSpeeds(`Other networks, one thread, ${measure.title}`, shapes);
  for (const shape of shapes) printProfile(shape);
  return { shapes };
}
