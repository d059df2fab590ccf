// recognition: how long it takes until a network that never saw the picture names it.
import fs from 'node:fs';
import { page as fromPage } from '../../../web/site/from-page.mjs';
import { labels, NETWORKS } from '../../report/networks.mjs';
import { addressOf, inBrowser } from '../browser.mjs';
import { listOf } from '../networks.mjs';
import { fixed, median, percent, REFERENCE, table } from '../table.mjs';

const WORKERS = 2;

/** Frames are judged every so many steps. */
const EVERY = 4;

/** The peak is measured before every so many classes. */
const BETWEEN = 5;

/** So many classes, a third of them well known. */
function classes(count) {
  const { known, drawn } = listOf('classes');
  const some = Math.min(known.length, Math.ceil(count / 3));
  return [...known.slice(0, some), ...drawn.slice(0, count - some)];
}

const judges = () =>
  NETWORKS.filter(({ id, file }) => id !== 'lite0' && fs.existsSync(file)).map(({ id, file, preprocessing }) => ({
    id,
    url: addressOf(file),
    preprocessing,
  }));

export async function recognition({ given }) {
  const networks = judges();
  if (networks[0]?.id !== 'mobilenetv2') return console.log('\nskipped: recognition, MobileNetV2 is not there');
  const recipe = given.recipe ? JSON.parse(given.recipe) : {};
  const more = given.more ? (await fromPage('run/refined')).lengthening : undefined;
  const units = classes(Number(given.classes));
  const { pictures, peaks } = await inBrowser(async (page) => {
    await page.evaluate((options) => window.loadRecognition(options), { workers: WORKERS, build: given.core, recipe, networks });
    const pictures = [],
      peaks = [];
    for (const [i, unit] of units.entries()) {
      if (i % BETWEEN === 0) peaks.push(await page.evaluate((options) => window.peak(...options), [given.core, WORKERS]));
      pictures.push(await page.evaluate((options) => window.recognize(options), { unit, recipe, more, every: EVERY }));
    }
    return { pictures, peaks };
  });
  const result = {
    recipe,
    more,
    config: pictures[0].config,
    workers: WORKERS,
    peak_gmacs: median(peaks),
    ...summary(pictures),
    pictures,
  };
  print(result, given.core);
  return result;
}

const SHARES = { half: 0.5, seven_tenths: 0.7, nine_tenths: 0.9 };

/** By when such a share of all pictures is named, or undefined. */
const byShare = (values, count) =>
  Object.fromEntries(
    Object.entries(SHARES).map(([name, share]) => [name, values.sort((a, b) => a - b)[Math.ceil(share * count) - 1]]),
  );

function summary(pictures) {
  const named = pictures.flatMap(({ named }) => (named ? [named] : []));
  const reciprocals = pictures.flatMap(({ guesses }) => Object.values(guesses).map((guess) => 1 / guess));
  const last = pictures.map(({ guesses }) => guesses.mobilenetv2 === 1);
  return {
    seconds: byShare(
      named.map(({ seconds }) => seconds),
      pictures.length,
    ),
    gmacs: byShare(
      named.map(({ gmacs }) => gmacs),
      pictures.length,
    ),
    named_once: named.length / pictures.length,
    named_last: last.filter(Boolean).length / pictures.length,
    reciprocal_guess: reciprocals.reduce((sum, value) => sum + value, 0) / reciprocals.length,
    whole_seconds: median(pictures.map(({ seconds }) => seconds)),
    whole_gmacs: median(pictures.map(({ gmacs }) => gmacs)),
  };
}

function print(r, build) {
  const { height, crops, cropSize } = r.config;
  const { steps } = r.pictures[0];
  const at25 = (seconds) => fixed((seconds * r.peak_gmacs) / REFERENCE, 2);
  console.log(
    `\nFirst recognition: ${r.pictures.length} classes, ${height} px, ${steps} steps${r.more ? ' with those of “More steps”,' : ''} of ${crops} crops of ${cropSize || 'its own size'}, ${r.workers} workers, ` +
      `Chromium, ${build}\n  when MobileNetV2 first names the picture; SIMD peak of each thread ${fixed(r.peak_gmacs)} GMAC/s`,
  );
  table(
    ['', 'half', 'seven tenths', 'nine tenths', 'the whole run'],
    [
      ['seconds', ...Object.values(r.seconds).map((value) => fixed(value, 2)), fixed(r.whole_seconds, 2)],
      ['seconds at 25', ...Object.values(r.seconds).map(at25), at25(r.whole_seconds)],
      ['GMAC', ...Object.values(r.gmacs).map((value) => fixed(value)), fixed(r.whole_gmacs)],
    ],
  );
  const never = r.pictures.filter(({ named }) => !named).map(({ unit }) => labels[unit]);
  console.log(
    `  named once ${percent(r.named_once)}, at the end ${percent(r.named_last)}; 1 / guess of all judges at the end ` +
      `${fixed(r.reciprocal_guess, 3)}${never.length ? `; never: ${never.join(', ')}` : ''}`,
  );
}
