// start: the page as `npm run build` leaves it in site/, opened again: what its files hold lies in the browser's cache.
import { inBrowser } from '../browser.mjs';
import { fixed, median, table } from '../table.mjs';

/** Visits before those that count: the first fetches, and the engine keeps code that was optimized in one for the next. */
const WARMING = 2;

/** Notes in the page when it draws for the first time, and when each step is done; times count from the navigation. */
function watch() {
  window.seen = { steps: [] };
  const { putImageData } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.putImageData = function (...given) {
    putImageData.apply(this, given);
    window.seen.frame ??= performance.now();
  };
  const look = () => {
    const [, done] =
      document
        .getElementById('progress')
        ?.getAttribute('aria-valuetext')
        ?.match(/^step (\d+) /) ?? [];
    if (done) window.seen.steps[done - 1] ??= performance.now();
  };
  new MutationObserver(look).observe(document, { subtree: true, attributes: true, attributeFilter: ['aria-valuetext'] });
}

/** What was noted by the tenth step. The page's security policy lets nothing be evaluated in it but from outside. */
async function seen(page) {
  for (;;) {
    const seen = await page.evaluate(() => window.seen);
    if (seen.steps.length >= 10) return seen;
    await page.waitForTimeout(200);
  }
}

async function visit(context, origin) {
  const page = await context.newPage();
  try {
    await page.addInitScript(watch);
    await page.goto(`${origin}/site/`);
    const { frame, steps } = await seen(page);
    return {
      frame_ms: frame,
      first_ms: steps[0],
      tenth_ms: steps[9],
      second_alone_ms: steps[1] - steps[0],
      tenth_alone_ms: steps[9] - steps[8],
    };
  } finally {
    await page.close();
  }
}

export async function start({ rounds }) {
  const visits = await inBrowser(
    async (page, origin) => {
      const visits = [];
      for (let i = 0; i < WARMING + rounds; i++) visits.push(await visit(page.context(), origin));
      return visits.slice(WARMING);
    },
    { 'Cache-Control': 'max-age=3600' },
  );
  const result = Object.fromEntries(Object.keys(visits[0]).map((key) => [key, median(visits.map((visit) => visit[key]))]));
  console.log(`\nOpening the page again, Chromium, ms from the navigation; medians of ${rounds} visits`);
  table(
    ['first frame', 'first step', 'tenth step', 'the second alone', 'the tenth alone'],
    [Object.values(result).map((ms) => fixed(ms, 0))],
  );
  return result;
}
