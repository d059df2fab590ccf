// timeline: what the time of a step goes into, in the lead and in its helper.
import { inBrowser } from '../browser.mjs';
import { fixed, median, table } from '../table.mjs';

const RECIPES = [
  { size: 256, crops: 4, cropSize: 224 },
  { size: 256, crops: 4, cropSize: 96 },
  { size: 320, crops: 2, cropSize: 96 },
];

/** Seconds of steps. */
const SECONDS = 3;

const LEAD = ['image', 'send', 'crops', 'frame', 'wait', 'update', 'report'];

/** Medians over the steps, by the page's keys; `between` is what no part of the lead's accounts for. */
function medians(steps) {
  const keys = [...new Set(steps.flatMap(Object.keys))];
  const result = Object.fromEntries(keys.map((key) => [key, median(steps.map((step) => step[key] ?? 0))]));
  return { ...result, between: result.step - LEAD.reduce((sum, what) => sum + (result[`0: ${what}`] ?? 0), 0) };
}

export async function timeline({ given }) {
  const rows = [];
  await inBrowser(async (page) => {
    for (const recipe of RECIPES)
      for (const workers of [1, 2]) {
        const options = { ...recipe, workers, build: given.core, seconds: SECONDS };
        const steps = await page.evaluate((options) => window.timeline(options), options);
        rows.push({ ...recipe, workers, ms: medians(steps) });
      }
  });
  const simulated = RECIPES.map((recipe) => simulate(recipe, rows));
  print(rows, simulated, given.core);
  return { rows, simulated };
}

const MANY = 4;

/** With more workers than this machine may have: each takes its share of crops, as long as two workers' crops took, and is sent the image. */
function simulate(recipe, rows) {
  const [one, two] = [1, 2].map((count) => rows.find((row) => row.workers === count && row.cropSize === recipe.cropSize).ms);
  const helpers = Math.min(MANY, recipe.crops) - 1;
  const share = Math.ceil(recipe.crops / (helpers + 1)) / Math.ceil(recipe.crops / 2);
  const saved = two['0: crops'] + two['0: wait'] - share * Math.max(two['0: crops'], two['1: crops']);
  const step = two.step - saved + (helpers - 1) * (two['0: send'] + two.from);
  return { ...recipe, workers: MANY, step, beside_one: one.step / step };
}

function print(rows, simulated, build) {
  console.log(`\nA step's time, EfficientNet-Lite0, Chromium, ${build}, ms; medians over ${SECONDS} seconds of steps`);
  const parts = [...LEAD.map((what) => [what, `0: ${what}`]), ['between', 'between'], ['the step', 'step']];
  const helper = [
    ["helper's message", 'to'],
    ["helper's crops", '1: crops'],
    ['and back', 'from'],
  ];
  table(
    ['', 'workers', ...[...parts, ...helper].map(([title]) => title)],
    rows.map(({ size, crops, cropSize, workers, ms }) => [
      `${size} px, ${crops} of ${cropSize}`,
      workers,
      ...[...parts, ...helper].map(([, key]) => fixed(ms[key], 2)),
    ]),
  );
  for (const { size, crops, cropSize, workers, step, beside_one } of simulated)
    console.log(
      `  ${size} px, ${crops} of ${cropSize} by ${workers} workers, put together of these parts: ${fixed(step)} ms, ${fixed(beside_one, 2)}x one's`,
    );
}
