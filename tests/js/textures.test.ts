/** Where boxes lie: about the middle for things, anywhere for textures. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Model, Objective, VisualizeOptions } from './support.js';
import { accentuation, channel, direction, diversity, layer, loadManifest, loadModel, logit, neuron, sum } from './support.js';

const [fine, coarse] = ['blocks.4.0.expand', 'head.conv'];
const vector = Array.from({ length: 480 }, () => 1);
const mask = { height: 1, width: 1, values: [1] };

describe('boxes of the default recipe', () => {
  let model: Model;
  beforeAll(async () => {
    const [entry] = await loadManifest();
    model = await loadModel(entry!, { workers: 1 });
  });
  afterAll(() => model.dispose());

  const centreOf = (objective: Objective, options: VisualizeOptions = {}) => model.visualize(objective, options).config.boxCentre;

  it.each<[string, Objective]>([
    ['a channel', channel(fine, 0)],
    ['a direction', direction(fine, vector)],
    ['a whole layer', layer(fine)],
    ['several, which differ', sum(channel(fine, 0), channel(fine, 1), diversity(fine))],
  ])('lie anywhere for %s of a fine map', (_, objective) => expect(centreOf(objective)).toEqual({ uniform: [0, 1] }));

  it.each<[string, Objective]>([
    ['a class', logit(1)],
    ['a channel of a coarse map', channel(coarse, 0)],
    ['one position of a fine map', neuron(fine, 0)],
    ['a part of a fine map', channel(fine, 0, { mask })],
    ['a class near what a fine map has of a photo', accentuation(logit(1), fine)],
    ['a fine and a coarse map', sum(channel(fine, 0), channel(coarse, 0))],
    ['a layer that is not there', channel('nowhere', 0)],
  ])('lie about the middle for %s', (_, objective) => expect(centreOf(objective)).toEqual(model.recipe.boxCentre));

  it('are those that are given, or of another preset', () => {
    const boxCentre = { normal: [0.5, 0.2] as const };
    expect(centreOf(channel(fine, 0), { boxCentre })).toEqual(boxCentre);
    expect(centreOf(channel(fine, 0), { preset: 'xplique' })).toEqual(centreOf(logit(1), { preset: 'xplique' }));
  });
});
