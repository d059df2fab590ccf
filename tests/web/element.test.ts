/** <phase-lens> in a page: its attributes, events and methods, and what comes of bad input. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch } from './browser';
import { article, canvasOf, reaches, says, small } from './element';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

type Lens = HTMLElement & Record<string, unknown> & { play(): Promise<void>; pause(): void; restart(): Promise<void> };

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

/** What is wrong, as attributes or before the page; the code and the sentence. */
const wrong: [string, string, string, RegExp, ((page: import('playwright-core').Page) => Promise<unknown>)?, string?][] = [
  ['a value that cannot be', 'unit="1" seed="many"', 'invalid-argument', /option seed is a whole number from 0 to .*not "many"/],
  ['a word that is none', 'unit="1" optimizer="sgd"', 'invalid-argument', /optimizer is one of nadam, adam, not "sgd"/],
  ['JSON that is none', 'objective="{logit"', 'invalid-argument', /An objective is JSON/],
  ['nothing', '', 'invalid-argument', /give a unit, a layer or an objective/],
  ['a rival that is none', 'unit="1" compare="faster"', 'invalid-argument', /compare is one of maco, fourier/],
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
    /no WebAssembly SIMD\. Chrome/,
    (page) => page.addInitScript(() => (WebAssembly.validate = () => false)),
  ],
  ['too little memory', 'unit="1" memory-budget="1000"', 'out-of-memory', /memory.*Close other tabs/],
];

test.each(wrong)(
  '%s: it says so, with its poster, and the page goes on',
  async (_, attributes, code, sentence, before, policy) => {
    const body = `<phase-lens ${attributes} ${small} autoplay><img slot="poster" alt="" src="./cat.jpg"></phase-lens><p id="after">After</p>`;
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
