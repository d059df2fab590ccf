/** <phase-lens> among others and in the life of a page: turns, views, moves, the reader's wishes. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, launchKeeping } from './browser';
import { article, canvasOf, define, reaches, says, small } from './element';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const cat = resolve(import.meta.dirname, '../../web/public/photos/cat.jpg');
const lens = `document.querySelector('phase-lens')`;
const tall = '<div style="height: 4000px"></div>';
const poster = '<img slot="poster" alt="" src="./photos/cat.jpg" width="320" height="320">';
/** Slow enough to be met in the middle. */
const long = small.replace('16', '200');

/** Notes what the workers hold whenever a picture takes its step `index`. */
const weigh = (index: number) => `<script>
  const weights = [];
  let model;
  document.addEventListener('load', (event) => (model = event.detail?.model ?? model), true);
  addEventListener('step', ({ detail }) => detail.index === ${index} && weights.push(model.memory()), true);
</script>`;
type Weight = { handles: number; heap: number }[];
const weights = `Promise.all(weights)`;

test('twenty share one model and its workers, and need the memory of one', async () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, unit) => `<phase-lens unit="${unit}" ${small} autoplay></phase-lens>`).join('');
  const grid = (count: number) =>
    `${weigh(8)}<div style="display: grid; grid-template-columns: repeat(8, 100px)">${many(count)}</div>`;
  const most = async (count: number) => {
    const { page, told, uncaught } = await article(browser, grid(count));
    const done = `[...document.querySelectorAll('phase-lens')].every(({ state }) => state === 'finished')`;
    await page.waitForFunction(done, undefined, { timeout: 170_000 });
    expect(await told('finish')).toHaveLength(count);
    expect(await uncaught()).toEqual([]);
    expect(page.workers()).toHaveLength(2);
    const all = (await page.evaluate(weights)) as Weight[];
    expect(all).toHaveLength(count);
    expect(Math.max(...all.flat().map(({ handles }) => handles))).toBeLessThanOrEqual(2); // the model and a run
    return Math.max(...all.map((workers) => workers.reduce((sum, { heap }) => sum + heap, 0)));
  };
  const one = await most(1);
  expect((await most(20)) - one).toBeLessThanOrEqual(2 * (8 << 20)); // a step of each heap's growth
});

test('they begin when they are seen; one that is out of view keeps what it has and blocks nobody', async () => {
  const { page, told } = await article(
    browser,
    `<phase-lens id="a" unit="1" ${long} autoplay></phase-lens>${tall}<phase-lens id="b" unit="1" ${small} autoplay></phase-lens>`,
  );
  await expect.poll(async () => (await told('step')).length).toBeGreaterThan(3);
  expect((await told()).filter(({ id }) => id === 'b')).toEqual([]);
  await page.evaluate(`scrollTo(0, 1e6)`);
  await reaches(page, '#b', 'finished');
  expect(await page.evaluate(`document.querySelector('#a').state`)).toBe('paused');
  await page.evaluate(`scrollTo(0, 0)`);
  await reaches(page, '#a', 'finished');
  const steps = (await told('step')).filter(({ id }) => id === 'a').map(({ index }) => index!);
  expect(steps).toEqual([...steps].sort((a, b) => a - b)); // it went on, not anew
  await page.evaluate(`scrollTo(0, 1e6)`);
  expect(await canvasOf(page, '#a')).toBeDefined();
});

test('a hidden page computes nothing', async () => {
  const { page } = await article(browser, `<phase-lens unit="1" ${long} autoplay></phase-lens>`);
  await reaches(page, 'phase-lens', 'playing');
  const turn = (state: string) =>
    page.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });
      document.dispatchEvent(new Event('visibilitychange'))`);
  await turn('hidden');
  await reaches(page, 'phase-lens', 'paused');
  await turn('visible');
  await reaches(page, 'phase-lens', 'finished');
});

test('moved in the document it goes on and keeps its picture; taken out it gives everything back', async () => {
  const { page, told, uncaught } = await article(browser, `<phase-lens unit="1" ${long} autoplay></phase-lens><main></main>`);
  await reaches(page, 'phase-lens', 'playing');
  await page.evaluate(`document.querySelector('main').append(${lens})`);
  await reaches(page, 'phase-lens', 'finished');
  const picture = await canvasOf(page);
  await page.evaluate(`document.body.prepend(${lens})`);
  expect(await page.evaluate(`${lens}.state`)).toBe('finished');
  expect(await canvasOf(page)).toBe(picture);
  expect(page.workers().length).toBeGreaterThan(0);
  await page.evaluate(`window.kept = ${lens}; kept.remove()`);
  await expect.poll(() => page.workers().length).toBe(0);
  await page.evaluate(`document.body.append(kept)`);
  expect(await canvasOf(page)).toBe(picture);
  expect(await page.evaluate(`${lens}.state`)).toBe('finished');
  expect(await told('finish')).toHaveLength(1);
  await page.evaluate(`${lens}.remove()`);
  const { page: other } = await article(browser, `<phase-lens unit="1" ${long} autoplay></phase-lens>`);
  await reaches(other, 'phase-lens', 'playing');
  await other.evaluate(`addEventListener('step', () => ${lens}?.remove(), { once: true })`);
  await expect.poll(() => other.workers().length).toBe(0); // in the middle, from inside its own event
  expect(await uncaught()).toEqual([]);
});

test('taken out while the model loads, from inside its progress, it leaves nothing', async () => {
  const { page, uncaught } = await article(
    browser,
    `<script>addEventListener('progress', ({ target }) => target.remove(), true)</script><phase-lens unit="1" ${small} autoplay></phase-lens>`,
  );
  await page.waitForFunction(`!${lens}`);
  await expect.poll(() => page.workers().length).toBe(0);
  expect(await uncaught()).toEqual([]);
});

test('brought back from the cache of pages, it has its picture', async () => {
  const cached = await launchKeeping();
  try {
    const { page } = await article(cached, `<phase-lens unit="1" ${small} autoplay></phase-lens>`);
    await page.evaluate(`addEventListener('pageshow', ({ persisted }) => (window.persisted = persisted))`);
    await reaches(page, 'phase-lens', 'finished');
    const picture = await canvasOf(page);
    await page.goto(new URL('photos/cat.jpg', page.url()).href);
    await page.evaluate('history.back()').catch(() => {}); // its page is gone before it answers
    await expect.poll(() => page.evaluate('window.persisted').catch(() => undefined)).toBe(true);
    expect(await canvasOf(page)).toBe(picture);
    await page.evaluate(`${lens}.restart()`);
    await reaches(page, 'phase-lens', 'finished');
    expect(await canvasOf(page)).toBe(picture);
  } finally {
    await cached.close();
  }
});

test('who asked for less motion sees the poster, and the picture when they ask', async () => {
  const { page, requests } = await article(browser, `<phase-lens unit="1" ${small} autoplay>${poster}</phase-lens>`, {
    reducedMotion: 'reduce',
  });
  await page.waitForSelector('phase-lens img');
  await page.waitForTimeout(300);
  expect(await page.evaluate(`${lens}.state`)).toBe('idle');
  expect(requests.some((url) => url.endsWith('.onnx'))).toBe(false);
  await page.getByRole('button', { name: 'Draw the picture' }).click();
  await reaches(page, 'phase-lens', 'finished');
  expect(await page.isVisible('phase-lens img')).toBe(false);
});

test('who saves data downloads nothing before they ask', async () => {
  const before = (page: Page) =>
    page.addInitScript(() => Object.defineProperty(navigator, 'connection', { value: { saveData: true } }));
  const { page, requests } = await article(browser, `<phase-lens unit="1" ${small} autoplay>${poster}</phase-lens>`, { before });
  await page.waitForTimeout(300);
  expect(await page.evaluate(`${lens}.state`)).toBe('idle');
  expect(requests.some((url) => /onnx|wasm/.test(url))).toBe(false);
});

test('without JavaScript the poster and the caption are there', async () => {
  const body = `<phase-lens unit="1" ${small}>${poster}<p slot="caption">A goldfish</p></phase-lens>`;
  const { page } = await article(browser, body, { javaScriptEnabled: false });
  expect(await page.isVisible('img')).toBe(true);
  expect(await page.isVisible('text=A goldfish')).toBe(true);
});

test('the keyboard does all, and what it shows is said', async () => {
  const { page } = await article(browser, `<phase-lens unit="goldfish" ${long} controls></phase-lens>`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await reaches(page, 'phase-lens', 'playing');
  await page.keyboard.press('Space'); // the focus went to the button that is left
  await reaches(page, 'phase-lens', 'paused');
  expect(await says(page)).toBe('Paused');
  await page.keyboard.press('Space');
  await reaches(page, 'phase-lens', 'finished');
  expect(await says(page)).toBe('The picture is finished');
  expect(await page.getByRole('img', { name: 'Picture of what a neural network looks for: goldfish' }).count()).toBe(1);
  const opaque = await canvasOf(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.getByRole('button', { name: /Transparent/ }).getAttribute('aria-pressed')).toBe('true');
  await expect.poll(() => canvasOf(page)).not.toBe(opaque);
  await page.evaluate(`${lens}.alt = 'A fish'`);
  await expect.poll(() => page.getByRole('img', { name: 'A fish' }).count()).toBe(1);
});

test('nothing on the page moves, whatever it shows', async () => {
  const watchShifts = `<script>window.shifts = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (shifts += value))).observe({ type: 'layout-shift', buffered: true })</script>`;
  const style = '<style>phase-lens { width: 300px } phase-lens:not(:defined) { display: block; aspect-ratio: 3 / 2 }</style>';
  const sized = small.replace('size="96"', 'width="96" height="64"');
  const { page } = await article(browser, `<phase-lens unit="1" ${sized} autoplay></phase-lens><p>After</p>`, {
    head: `${style}${watchShifts}${define}`,
  });
  await reaches(page, 'phase-lens', 'finished');
  expect(await page.locator('phase-lens').boundingBox()).toMatchObject({ width: 300, height: 200 });
  await page.evaluate(`${lens}.optimizer = 'sgd'`);
  await reaches(page, 'phase-lens', 'failed');
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  expect(await page.evaluate('shifts')).toBe(0);
});

/** Of README.md. */
async function sampleOf(language: string, part: string): Promise<string> {
  const readme = await readFile(resolve(import.meta.dirname, '../../README.md'), 'utf8');
  const samples = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);
  const found = samples.find((text) => text.includes(part));
  if (found === undefined) throw new Error(`README.md has no sample with ${part}.`);
  return found;
}

test('the canvas of README.md is drawn on by the sample as it stands there', async () => {
  const script = await sampleOf('js', 'step.draw(');
  const map = '<script type="importmap">{ "imports": { "phaselens": "./phaselens/index.js" } }</script>';
  const body = `<canvas></canvas><script type="module">${script}window.drawn = true</script>`;
  const { page, problems, uncaught } = await article(browser, body, { head: map });
  await page.waitForFunction('window.drawn', undefined, { timeout: 150_000 });
  const colours = `(() => {
    const { width, height } = document.querySelector('canvas')
    const { data } = document.querySelector('canvas').getContext('2d').getImageData(0, 0, width, height)
    return new Set(new Uint32Array(data.buffer)).size
  })()`;
  expect(await page.evaluate(colours)).toBeGreaterThan(1000);
  expect([...problems, ...(await uncaught())]).toEqual([]);
});

test('the page of README.md runs as it stands there', async () => {
  const html = await sampleOf('html', '<phase-lens');
  const before = (page: Page) => page.route('**/goldfish.png', (route) => route.fulfill({ path: cat }));
  const { page, problems, uncaught } = await article(browser, '', { html, before });
  await reaches(page, 'phase-lens', 'finished');
  expect(await page.locator('phase-lens').boundingBox()).toMatchObject({ width: 320 });
  expect([...problems, ...(await uncaught())]).toEqual([]);
});
