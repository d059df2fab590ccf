/** What the options are that nobody gives, for help. */
import { settle } from '../api/index.js';
import type { Given } from './command.js';
import { writeOptions } from './flags.js';
import { openModel, readWish, using } from './models.js';

/** All that the preset decides for this model. */
export async function defaultsOf(given: Given): Promise<ReadonlyMap<string, string>> {
  const model = await openModel(await readWish(given), { workers: 1 });
  const preset = given.text('preset');
  const { config, frameOptions } = await using(model, () =>
    model.visualize({ kind: 'logit', unit: 0 }, preset ? { preset } : {}),
  );
  return writeOptions({ ...settle(config, frameOptions), preset: preset ?? 'default' });
}
