/** Objectives that C's and the package's tests compare with PyTorch come out of a link as they went in. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fromHash, toHash } from '../../web/run/hash';
import { describeObjective, objectiveOf } from '../../web/run/objective';
import { recipesOf } from '../../web/run/state';

const lines = ['objectives', 'groups'].flatMap((name) =>
  readFileSync(new URL(`../golden/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n'),
);

describe('an objective in a link', () => {
  test.each(lines)('%s', (objective) => {
    const picture = { model: 'tiny', layer: 'logits', unit: 0, seed: 1, recipe: recipesOf().quick, objective };
    const address = new URL(`http://host/${toHash(picture, { transparency: false, compare: false })}`); // what a browser makes of it
    const linked = fromHash(address.hash);
    expect(linked.objective).toBe(objective);
    expect(objectiveOf({ ...picture, ...linked, recipe: picture.recipe }, 'logits')).toEqual(JSON.parse(objective));
    expect(describeObjective(JSON.parse(objective)).length).toBeLessThan(200);
  });
});

test.each(['inversion', 'accentuation', 'start'] as const)('that a picture is made with a photo is in its link: %s', (photo) => {
  const picture = { model: 'tiny', layer: 'a', unit: 3, photo, seed: 1, recipe: recipesOf().quick };
  const view = { transparency: false, compare: false };
  expect(fromHash(toHash(picture, view))).toMatchObject({ layer: 'a', unit: 3, photo });
  expect(fromHash(toHash(picture, view)).sample).toBeUndefined();
  expect(fromHash(toHash({ ...picture, sample: true }, view)).sample).toBe(true);
  expect(fromHash('#photo=other').photo).toBeUndefined();
});
