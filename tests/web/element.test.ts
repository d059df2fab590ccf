/** <phase-lens> in a page: its attributes, events and methods, and what comes of bad input. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { launch } from './browser';
import { article, canvasOf, reaches, says, small } from './element';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

type Lens = HTMLElement & Record<string, unknown> & { play(): Promise<void>; pause(): void; restart(): Promise<void> };

/** The same server by another name: another origin. */
const elsewhere = inject('url').replace('127.0.0.1', 'localhost');

/** In the page: the element. */
const lens = `document.querySelector('phase-lens')`;

test('shows what its attributes say, tells of it, under a strict policy', async () => {
  const policy =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; require-trusted-types-for 'script'; trusted-types phaselens";
  const { page, problems, uncaught, told } = await article(
    browser,
    `<phase-lens id="a" unit="goldfish" ${small} autoplay></phase-lens>`,
    {
      policy,
    },
  );
  await reaches(page, 'phase-lens', 'finished');
  const events = await told();
  expect(events.filter(({ type }) => type === 'step').map(({ index }) => index)).toEqual([...Array(16).keys()]);
  for (const type of ['load', 'finish']) expect(events.filter((event) => event.type === type)).toHaveLength(1);
  expect(events.some(({ type }) => type === 'progress')).toBe(true);
  expect(await page.evaluate(`${lens}.shadowRoot.querySelector('canvas').getAttribute('aria-label')`)).toMatch(
    /looks for: goldfish$/,
  );
  expect(await says(page)).toBe('The picture is finished');
  const size = await page.evaluate(`(async () => (await createImageBitmap(await ${lens}.toBlob())).width)()`);
  expect(size).toBe(96);
  expect([...problems, ...(await uncaught())]).toEqual([]);
});

test('changing an attribute or a property changes the picture; the last choice wins, the same choices give the same picture', async () => {
  const { page, told, uncaught } = await article(browser, `<phase-lens unit="1" ${small} autoplay></phase-lens>`);
  await reaches(page, 'phase-lens', 'finished');
  const first = await canvasOf(page);
  const change = async (act: string) => {
    await page.evaluate(act);
    await page.waitForFunction(`${lens}.state !== 'finished'`);
    await reaches(page, 'phase-lens', 'finished');
    return canvasOf(page);
  };
  const second = await change(`${lens}.unit = 7; ${lens}.unit = 8; ${lens}.setAttribute('unit', '9')`);
  expect(second).not.toBe(first);
  expect(await page.evaluate(`${lens}.unit`)).toBe(9);
  expect((await told('finish')).length).toBe(2);
  expect(await change(`Object.assign(${lens}, { unit: 'goldfish', seed: 1 })`)).toBe(first);
  expect(await page.evaluate(`${lens}.getAttribute('unit')`)).toBe('goldfish');
  expect(await change(`${lens}.seed = 2`)).not.toBe(first);
  expect(await change(`${lens}.seed = 1; ${lens}.objective = { kind: 'logit', unit: 1 }; ${lens}.unit = undefined`)).toBe(first);
  expect(await page.evaluate(`${lens}.hasAttribute('unit')`)).toBe(false);
  expect(await uncaught()).toEqual([]);
});

test('transparency shows the same picture otherwise', async () => {
  const { page, told } = await article(browser, `<phase-lens unit="1" ${small} autoplay></phase-lens>`);
  await reaches(page, 'phase-lens', 'finished');
  const opaque = await canvasOf(page);
  await page.evaluate(`${lens}.transparency = true`);
  await expect.poll(() => canvasOf(page)).not.toBe(opaque);
  await page.evaluate(`${lens}.removeAttribute('transparency')`);
  await expect.poll(() => canvasOf(page)).toBe(opaque);
  expect(await told('finish')).toHaveLength(1);
});

test('plays, pauses and begins again when it is told', async () => {
  const { page, uncaught } = await article(browser, `<phase-lens unit="1" ${small.replace('16', '64')}></phase-lens>`);
  expect(await page.evaluate(`${lens}.state`)).toBe('idle');
  await page.evaluate(`${lens}.play()`);
  expect(await page.evaluate(`${lens}.state`)).toBe('playing');
  await page.evaluate(`${lens}.pause()`);
  await reaches(page, 'phase-lens', 'paused');
  const bytes = await page.evaluate(`(async () => (await ${lens}.checkpoint()).length)()`);
  expect(bytes).toBeGreaterThan(1000);
  const paused = await canvasOf(page);
  await page.evaluate(`${lens}.play()`);
  await reaches(page, 'phase-lens', 'finished');
  const whole = await canvasOf(page);
  expect(whole).not.toBe(paused);
  await page.evaluate(`${lens}.restart()`);
  await reaches(page, 'phase-lens', 'finished');
  expect(await canvasOf(page)).toBe(whole); // a pause has changed nothing
  expect(await page.evaluate(`${lens}.checkpoint().catch(({ code, message }) => code + ': ' + message)`)).toMatch(
    /^invalid-argument: .*finished/,
  );
  expect(await uncaught()).toEqual([]);
});

test('two pictures side by side are compared', async () => {
  const { page } = await article(browser, `<phase-lens unit="1" ${small} compare="fourier" autoplay></phase-lens>`);
  await reaches(page, 'phase-lens', 'finished');
  const pictures = [await canvasOf(page), await canvasOf(page, 'phase-lens', 1)];
  expect(new Set(pictures).size).toBe(2);
  expect(pictures).not.toContain(undefined);
  expect(await page.locator('phase-lens .name').allTextContents()).toEqual(['MaCo', 'Fourier']);
});

test('begins from an image: an address of the page, a file or pixels; the same image gives the same picture', async () => {
  const { page, requests, told, uncaught } = await article(
    browser,
    `<base href="./pictures/"><phase-lens unit="1" ${small} start="../photos/cat.jpg" autoplay></phase-lens>`,
  );
  await reaches(page, 'phase-lens', 'finished');
  const first = await canvasOf(page);
  expect(requests.some((url) => url.endsWith('/cat.jpg') && !url.includes('pictures'))).toBe(true);
  const change = async (act: string) => {
    const before = (await told('finish')).length;
    await page.evaluate(act);
    await expect.poll(async () => (await told('finish')).length).toBe(before + 1);
    return canvasOf(page);
  };
  expect(await change(`${lens}.start = undefined`)).not.toBe(first);
  const file = `fetch('../photos/cat.jpg').then((response) => response.blob()).then((blob) => (window.blob = blob))`;
  expect(await change(`${file}.then(() => void (${lens}.start = blob))`)).toBe(first);
  expect(await page.evaluate(`${lens}.start === blob && !${lens}.hasAttribute('start')`)).toBe(true);
  const grey = `{ data: new Float32Array(32 * 32 * 3).fill(0.5), height: 32, width: 32 }`;
  expect(await change(`${lens}.start = ${grey}`)).not.toBe(first);
  expect(await change(`${lens}.setAttribute('start', '../photos/cat.jpg')`)).toBe(first);
  expect(await page.evaluate(`${lens}.start`)).toBe('../photos/cat.jpg');
  expect(await uncaught()).toEqual([]);
});

test('stays near photos, and goes on with them after a pause', async () => {
  const objective = `objective='{"kind":"distance","layer":"head","photo":1,"weight":-1}'`;
  const { page, uncaught } = await article(
    browser,
    `<phase-lens id="a" ${objective} ${small} photos="./photos/cat.jpg  ./photos/cat.jpg" autoplay></phase-lens>`,
  );
  await page.evaluate(`${lens}.addEventListener('step', () => ${lens}.pause(), { once: true })`);
  await reaches(page, 'phase-lens', 'paused');
  await page.evaluate(`${lens}.play()`);
  await reaches(page, 'phase-lens', 'finished');
  expect(await page.evaluate(`${lens}.photos`)).toEqual(['./photos/cat.jpg', './photos/cat.jpg']);
  const whole = await canvasOf(page);
  await page.evaluate(`${lens}.restart()`);
  await reaches(page, 'phase-lens', 'finished');
  expect(await canvasOf(page)).toBe(whole);
  await page.evaluate(`${lens}.photos = ['./photos/cat.jpg', new URL('./photos/cat.jpg', document.baseURI)]`);
  await reaches(page, 'phase-lens', 'finished');
  expect(await page.evaluate(`${lens}.getAttribute('photos')`)).toMatch(/^\.\/photos\/cat\.jpg http.*cat\.jpg$/);
  expect(await uncaught()).toEqual([]);
});

test('a comparison shows its poster in both pictures, each its own half', async () => {
  const { page } = await article(
    browser,
    `<phase-lens unit="1" ${small} compare="fourier" poster="./photos/cat.jpg"></phase-lens>`,
  );
  const halves = await page
    .locator('phase-lens img')
    .evaluateAll((images) =>
      images.map((image) => ({ place: getComputedStyle(image).objectPosition, x: image.getBoundingClientRect().x })),
    );
  const pictures = await page
    .locator('phase-lens .picture')
    .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().x));
  expect(halves.map(({ place }) => place)).toEqual(['0% 50%', '100% 50%']);
  expect(halves.map(({ x }) => x)).toEqual(pictures);
});

test('streams need not be sequences, as Safari has them', async () => {
  const before = (page: Page) => page.addInitScript('delete ReadableStream.prototype[Symbol.asyncIterator]');
  const { page } = await article(browser, `<phase-lens unit="1" ${small} autoplay></phase-lens>`, { before });
  await page.waitForFunction(`['finished', 'failed'].includes(${lens}.state)`);
  expect(await says(page)).toBe('The picture is finished');
});

test('a cache that never answers is not waited for', async () => {
  const before = (page: Page) => page.addInitScript('CacheStorage.prototype.open = () => new Promise(() => {})');
  const { page, told } = await article(browser, `<phase-lens unit="1" ${small} autoplay></phase-lens>`, { before });
  await reaches(page, 'phase-lens', 'finished');
  expect(await told('error')).toEqual([]);
  await page.evaluate(`${lens}.remove()`);
  // And who leaves while it is asked leaves nothing behind.
  const { page: other, uncaught } = await article(browser, '<phase-lens unit="1" autoplay></phase-lens>', { before });
  await reaches(other, 'phase-lens', 'loading');
  await other.evaluate(`${lens}.remove()`);
  await expect.poll(() => other.workers().length).toBe(0);
  expect(await uncaught()).toEqual([]);
});

/** What is wrong, as attributes or before the page; the code and the sentence. */
const wrong: [string, string, string, RegExp, ((page: import('playwright-core').Page) => Promise<unknown>)?, string?][] = [
  ['a value that cannot be', 'unit="1" seed="many"', 'invalid-argument', /option seed is a whole number from 0 to .*not "many"/],
  ['a word that is none', 'unit="1" optimizer="sgd"', 'invalid-argument', /optimizer is one of nadam, adam, not "sgd"/],
  ['JSON that is none', 'objective="{logit"', 'invalid-argument', /An objective is JSON/],
  ['nothing', '', 'invalid-argument', /give a unit, a layer or an objective/],
  ['a rival that is none', 'unit="1" compare="faster"', 'invalid-argument', /compared by is one of maco, fourier/],
  ['a unit out of range', 'unit="1000"', 'unknown-unit', /1000/],
  ['a class that is none', 'unit="goldfis"', 'unknown-unit', /no class goldfis: is it goldfish\?/],
  ['a layer that is none', 'layer="nowhere" unit="1"', 'unknown-layer', /nowhere/],
  [
    'a packaged model that is none',
    'unit="1" model="efficientnet"',
    'invalid-argument',
    /no packaged model efficientnet, but efficientnet-lite0/,
  ],
  [
    'a model that is missing',
    'unit="1" model="./nowhere.onnx"',
    'network',
    /nowhere\.onnx could not be fetched: the server answered 404.*Check the address/,
  ],
  ['a model that is a page', 'unit="1" model="./article.html"', 'network', /article\.html is a web page/],
  [
    'an image that is missing',
    'unit="1" start="./nowhere.png"',
    'network',
    /nowhere\.png could not be fetched: the server answered 404/,
  ],
  ['an image that is a page', 'unit="1" photos="./article.html"', 'network', /article\.html is a web page/],
  [
    'an image that is none',
    'unit="1" start="./phaselens/index.js"',
    'invalid-argument',
    /index\.js is no image that this browser/,
  ],
  [
    'an image of another origin, which does not allow it',
    `unit="1" start="${elsewhere}cat.jpg"`,
    'network',
    /cat\.jpg could not be fetched.*http:\/\/localhost:\d+ allow pages of other origins.*CORS/,
  ],
  [
    'no WebAssembly by the policy',
    'unit="1"',
    'network',
    /WebAssembly.*wasm-unsafe-eval/,
    undefined,
    "default-src 'self'; script-src 'self'",
  ],
  [
    'no worker by the policy',
    'unit="1"',
    'worker-failed',
    /worker-src/,
    undefined,
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
  ],
  [
    'no SIMD',
    'unit="1"',
    'no-simd',
    /no WebAssembly SIMD\. Chrome and Edge 94, Firefox 114, Safari 16\.4/,
    (page) => page.addInitScript(() => (WebAssembly.validate = () => false)),
  ],
  ['too little memory', 'unit="1" memory-budget="1000"', 'out-of-memory', /memory.*Close other tabs/],
];

test.each(wrong)(
  '%s: it says so, with its poster, and the page goes on',
  async (_, attributes, code, sentence, before, policy) => {
    const body = `<phase-lens ${attributes} ${small} autoplay><img slot="poster" alt="" src="./photos/cat.jpg"></phase-lens><p id="after">After</p>`;
    const { page, uncaught, told } = await article(browser, body, { ...(before && { before }), ...(policy && { policy }) });
    await reaches(page, 'phase-lens', 'failed');
    const errors = await told('error');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ code });
    expect(await says(page)).toMatch(sentence);
    expect(await page.isVisible('phase-lens .message')).toBe(true);
    expect(await page.isVisible('phase-lens img')).toBe(true);
    expect(await page.evaluate(`${lens}.play().catch(({ code }) => code)`)).toBe(code);
    expect(await uncaught()).toEqual([]);
    expect(await page.locator('#after').textContent()).toBe('After');
  },
);

test('what failed is made when its attribute is mended', async () => {
  const { page } = await article(browser, `<phase-lens unit="1" ${small} optimizer="sgd" autoplay></phase-lens>`);
  await reaches(page, 'phase-lens', 'failed');
  await page.evaluate(`${lens}.optimizer = 'adam'`);
  await reaches(page, 'phase-lens', 'finished');
  expect(await page.isVisible('phase-lens .message')).toBe(false);
});

test('no property of it hides one that all elements have', async () => {
  const { page } = await article(browser, '');
  const hidden = await page.evaluate(async () => {
    const { PhaseLens } = (await customElements.whenDefined('phase-lens').then((PhaseLens) => ({ PhaseLens }))) as {
      PhaseLens: { prototype: Lens };
    };
    return Object.keys(PhaseLens.prototype).filter((name) => name in HTMLElement.prototype);
  });
  expect(hidden).toEqual([]);
});
