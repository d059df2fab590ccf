/** What keeps the package from being published at any time: its sizes, and the licences of its parts. */
import { expect, it } from 'vitest';
import { problems } from '../../wasm/toolchain/release.mjs';
import { realModel } from './support.js';

it.skipIf(!realModel)('the files are as small as they should be, and bring every licence', () => {
  expect(problems()).toEqual([]);
});
