/** The article's figures: what they show without a script, and that each does what its caption says. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useWholeSite } from './whole-site';

const site = useWholeSite();

async function read(options: BrowserContextOptions = {}): Promise<{ page: Page; problems: string[] }> {
  const page = await (await site.browser.newContext({ viewport: { width: 1000, height: 800 }, ...options })).newPage();
  const problems: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (['error', 'warning'].includes(message.type()) && !text.includes('willReadFrequently')) problems.push(text);
  });
  page.on('pageerror', (error) => problems.push(String(error.stack)));
  page.on('requestfailed', (request) => problems.push(request.url()));
  await page.goto(`${site.url}article/index.html`);
  return { page, problems };
}

/** The pixels of a canvas as a number; undefined where it is not shown. */
const pixels = (page: Page, selector: string): Promise<number | undefined> =>
  page.evaluate((selector) => {
    const canvas = document.querySelector<HTMLCanvasElement>(selector)!;
    if (canvas.hidden) return undefined;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    return data.reduce((hash, value) => Math.imul(hash ^ value, 16777619), 7);
  }, selector);

const reach = (page: Page, name: string) => page.locator(`#figure-${name}`).scrollIntoViewIfNeeded();

test('without a script every figure is a picture', async () => {
  const { page, problems } = await read({ javaScriptEnabled: false });
  const images = await page.locator('figure img:visible').count();
  expect(images).toBeGreaterThan(25);
  expect(await page.locator('canvas:visible').count()).toBe(0);
  expect(await page.locator('.chart polyline').count()).toBe(10);
  expect(problems).toEqual([]);
  await page.context().close();
});

test('the dials exchange magnitude and phase', async () => {
  const { page, problems } = await read({ reducedMotion: 'reduce' });
  await reach(page, 'swap');
  const canvas = '#figure-swap canvas';
  await expect.poll(() => pixels(page, canvas)).toBeDefined();
  const before = await pixels(page, canvas);
  for (const name of ['phase', 'magnitude']) {
    const earlier = await pixels(page, canvas);
    await page.locator(`#figure-swap [name=${name}]`).fill('0.5');
    await expect.poll(() => pixels(page, canvas)).not.toBe(earlier);
  }
  // With both of A it is A's photo again.
  await page.locator('#figure-swap [name=phase]').fill('0');
  await page.locator('#figure-swap [name=magnitude]').fill('0');
  const difference = () =>
    page.evaluate(async () => {
      const canvas = document.querySelector<HTMLCanvasElement>('#figure-swap canvas')!;
      const other = new OffscreenCanvas(256, 256).getContext('2d')!;
      other.drawImage(document.querySelector<HTMLImageElement>("img[data-side='a']")!, 0, 0);
      const [a, b] = [canvas.getContext('2d')!, other].map((context) => context.getImageData(0, 0, 256, 256).data);
      return a!.reduce((most, value, i) => Math.max(most, Math.abs(value - b![i]!)), 0);
    });
  await expect.poll(difference).toBeLessThanOrEqual(1);
  expect(await pixels(page, canvas)).not.toBe(before);
  await page
    .locator('#figure-swap [type=file]')
    .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no') });
  await expect.poll(() => page.textContent('#figure-swap .own')).toContain('notes.txt is no image');
  expect(problems).toEqual([]);
  await page.context().close();
});

test('magnitudes are averaged, phases turned, and values computed', async () => {
  const { page, problems } = await read({ reducedMotion: 'reduce' });
  await reach(page, 'nature');
  await expect.poll(() => pixels(page, '#figure-nature .mean')).toBeDefined();
  const mean = await pixels(page, '#figure-nature .mean');
  await page.locator('#figure-nature .thumbs button').last().click();
  await expect.poll(() => pixels(page, '#figure-nature .mean')).not.toBe(mean);
  await reach(page, 'phases');
  await expect.poll(() => pixels(page, '#figure-phases canvas')).toBeDefined();
  const cloud = await pixels(page, '#figure-phases canvas');
  await page.locator('#figure-phases [name=share]').fill('1');
  await expect.poll(() => pixels(page, '#figure-phases canvas')).not.toBe(cloud);
  await reach(page, 'scale');
  await page.locator('#figure-scale button').click();
  await expect.poll(() => page.locator('#figure-scale tbody tr').count()).toBe(9);
  expect(await page.textContent('#figure-scale tbody th')).toBe('the picture, seed 1');
  expect(problems).toEqual([]);
  await page.context().close();
});

test('what moves starts when it is seen, stops when it is left, and rests for those who asked for less motion', async () => {
  const { page, problems } = await read();
  await reach(page, 'gradient');
  const step = () => page.textContent('#figure-gradient output');
  await expect.poll(step).toMatch(/Step \d+ of 128/);
  await page.evaluate(() => scrollTo(0, 0));
  await page.waitForTimeout(500); // what was under way
  const left = await step();
  await page.waitForTimeout(500);
  expect(await step()).toBe(left);
  expect(problems).toEqual([]);
  await page.context().close();
  const { page: still } = await read({ reducedMotion: 'reduce' });
  await reach(still, 'gradient');
  await still.waitForTimeout(500);
  expect(await still.textContent('#figure-gradient output')).toBe('');
  expect(await still.evaluate(() => document.querySelector<HTMLElement & { state: string }>('phase-lens')!.state)).toBe('idle');
  await still.context().close();
});

test("the power of pictures in the making stands beside photos'", async () => {
  const { page, problems } = await read();
  await reach(page, 'power');
  const said = async () => (await page.textContent('#figure-power output')) ?? '';
  await expect.poll(said, { timeout: 60_000 }).toMatch(/Fourier/);
  expect(problems).toEqual([]);
  await page.context().close();
});

test('a generator begins when it is asked to, and draws its own image', async () => {
  const { page, problems } = await read({ reducedMotion: 'reduce' });
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await reach(page, 'generator');
  const lens = page.locator('#figure-generator phase-lens').first();
  await expect.poll(() => lens.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(128);
  expect(asked.filter((url) => url.endsWith('.onnx'))).toEqual([]);
  await lens
    .getByRole('button', { name: /play|draw|start/i })
    .first()
    .click();
  const size = () =>
    lens.evaluate((element) => [
      element.shadowRoot!.querySelector('canvas')!.width,
      (element as unknown as { state: string }).state,
    ]);
  await expect.poll(size, { timeout: 60_000 }).toEqual([128, 'finished']);
  expect(problems).toEqual([]);
  await page.context().close();
});
