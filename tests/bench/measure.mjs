// Where bench.c's reports come from.
import { coreReport } from './browser.mjs';
import { root } from './networks.mjs';

/** The WebAssembly build in a worker of Chromium. */
export const inChromium = (flavour, rounds) => ({
  title: `Chromium, ${flavour}`,
  network: (file, crop, batch, profile) => coreReport(flavour, 'network', file, crop, batch, rounds, Number(profile)),
  pictures: () => coreReport(flavour, 'picture', `${root}/models/generated/imagenet-magnitude.npy`, rounds),
  load: (file) => coreReport(flavour, 'load', file),
});
