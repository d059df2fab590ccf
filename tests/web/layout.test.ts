/** The pages in every window and on paper: nothing is cut or lies beside the window, and the picture is in view. */
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { smallRecipe } from './browser';
import { useWholeSite } from './whole-site';

const site = useWholeSite();

const playground = `index.html#unit=985&${smallRecipe}`;
const touch = { isMobile: true, hasTouch: true };

async function open(path: string, options: BrowserContextOptions): Promise<Page> {
  const page = await (await site.browser.newContext({ reducedMotion: 'reduce', ...options })).newPage();
  if (path) await page.goto(site.url + path);
  if (path === playground) await expect.poll(() => page.textContent('#status'), { timeout: 150_000 }).toMatch(/ steps in /);
  return page;
}

const isTooWide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

/** Texts and buttons that lie beside the window, in part or whole. */
const cut = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('h1, h2, button, select, a, p, summary')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('ol, .picker, .unseen'))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && (box.left < 0 || box.right > document.documentElement.clientWidth + 0.5))
      .map(({ element }) => element.outerHTML.slice(0, 80)),
  );

const boxOf = async (page: Page, selector: string) => (await page.locator(selector).boundingBox())!;

const windows = [
  { width: 360, height: 640 },
  { width: 844, height: 390 },
  { width: 640, height: 400 }, // 1280 x 800 at 200 %
  { width: 960, height: 540 }, // 1920 x 1080 at 200 %
  { width: 768, height: 1024 },
  { width: 1920, height: 1080 },
  { width: 2560, height: 1300 },
];

test('the playground has its picture in view in every window, what it is of beside or above it, and nothing is cut', async () => {
  const page = await open(playground, { viewport: { width: 1280, height: 800 } });
  for (const { width, height } of windows) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => scrollTo(0, 0));
    const name = `${width} x ${height}`;
    expect(await isTooWide(page), name).toBe(false);
    expect(await cut(page), name).toEqual([]);
    const picture = await boxOf(page, '#canvas');
    expect(picture.y + picture.height, name).toBeLessThanOrEqual(height);
    expect(picture.width, name).toBeGreaterThan(Math.min(width, height) * 0.4);
    for (const seen of ['#title', '#where', '#to-trust', '.site-links']) {
      const box = await boxOf(page, seen);
      expect(box.y, `${seen} at ${name}`).toBeGreaterThanOrEqual(0);
      expect(box.y + box.height, `${seen} at ${name}`).toBeLessThanOrEqual(height);
    }
  }
  await page.context().close();
});

const others = ['article/index.html', 'docs/options.html', 'api/classes/phaselens.Model.html'];

test.each(others)('%s is no wider than any window', async (path) => {
  const page = await open(path, { viewport: { width: 1280, height: 800 } });
  for (const viewport of windows) {
    await page.setViewportSize(viewport);
    expect(await isTooWide(page), `${viewport.width}`).toBe(false);
    expect(await page.isVisible('h1'), `${viewport.width}`).toBe(true);
  }
  await page.context().close();
});

const controls = 'button, select, input, textarea, summary, [tabindex]';

test('on paper there are the picture, its name and what the network says, dark on light, and nothing to press', async () => {
  const page = await open(playground, { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  for (const seen of ['#canvas', '#title', '#where', '#verdict', '#status']) expect(await page.isVisible(seen), seen).toBe(true);
  expect(await page.locator(controls).and(page.locator(':visible')).count()).toBe(0);
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe('rgb(22, 24, 26)');
  await page.context().close();
});

test('the article is printed with its pictures, and nothing to press', async () => {
  const page = await open('article/index.html', {});
  await page.emulateMedia({ media: 'print' });
  expect(await page.locator(controls).and(page.locator(':visible')).count()).toBe(0);
  const pictures = await page.locator('figure img').and(page.locator(':visible')).count();
  expect(pictures).toBeGreaterThan(25);
  await page.context().close();
});

test('in the colours of the system bars are seen, and what is chosen differs from what is not', async () => {
  const page = await open(playground, { forcedColors: 'active' });
  const look = (selector: string, part: string | null = null) =>
    page.evaluate(
      ([selector, part]) => {
        const { backgroundColor, backgroundImage } = getComputedStyle(document.querySelector(selector!)!, part);
        return `${backgroundColor} ${backgroundImage}`;
      },
      [selector, part],
    );
  const paper = await look('body');
  await expect.poll(() => page.locator('#scale-picture').getAttribute('data-state')).toBe('known');
  for (const [selector, part] of [
    ['#progress i'],
    ['#scale-picture i', '::after'],
    ['#verdict-guesses li'],
    ['#chips [aria-pressed="true"]'],
    ['#network-blocks [aria-current] i'],
    ['.segments input:checked + span'],
  ] as const)
    expect(await look(selector, part), selector).not.toBe(paper);
  expect(await look('#chips [aria-pressed="false"]')).not.toBe(await look('#chips [aria-pressed="true"]'));
  await page.keyboard.press('Tab');
  const ring = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
  expect(ring).toBe('solid');
  await page.context().close();
});

/** Of what can be touched, what is smaller than a finger: links in a text are as high as its lines. */
const small = (page: Page, leftOut: string) =>
  page.evaluate((leftOut) => {
    const inside = [...document.querySelectorAll('phase-lens')].flatMap(({ shadowRoot }) => [
      ...shadowRoot!.querySelectorAll('button'),
    ]);
    const inText = (element: Element) => element.localName === 'a' && getComputedStyle(element).display === 'inline';
    return [...document.querySelectorAll('a, button, select, summary, input, textarea'), ...inside]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !inText(element) && !element.closest(leftOut))
      .map((element) => element.closest('label:has([type=radio], [type=file])') ?? element)
      .filter((element) => {
        const { width, height } = element.getBoundingClientRect();
        return width > 0 && Math.min(width, height) < 43.5;
      })
      .map((element) => element.outerHTML.slice(0, 80));
  }, leftOut);

test('what is touched is as large as a finger on every page', async () => {
  const phone = { viewport: { width: 390, height: 844 }, ...touch };
  const page = await open(playground, phone);
  expect(await small(page, '#none')).toEqual([]);
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
  });
  await page.locator('#history-list [aria-label^="More about"]').first().click();
  await page.waitForSelector('#past[open]');
  expect(await small(page, '#none')).toEqual([]);
  await page.click('#past-close');
  await page.click('#choose');
  // The drawing shows the whole network at once; the list of layers below it leads to the same.
  expect(await small(page, '#network-blocks')).toEqual([]);
  for (const path of others) {
    await page.goto(site.url + path);
    expect(await small(page, '.tsd-anchor-icon'), path).toEqual([]); // TypeDoc's links of headings to themselves
  }
  await page.context().close();
});

test.each([
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
])('nothing moves by itself while pages are read at $width x $height', async (viewport) => {
  const page = await open('', { viewport });
  await page.addInitScript(() => {
    Object.assign(window, { shifts: 0 });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean })[])
        if (!entry.hadRecentInput) (window as unknown as { shifts: number }).shifts += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  for (const path of others) {
    await page.goto(site.url + path);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    for (let y = 0; y < Math.min(height, 14_000); y += 700) {
      await page.evaluate((y) => scrollTo(0, y), y);
      await page.waitForTimeout(100);
    }
    expect(await page.evaluate(() => (window as unknown as { shifts: number }).shifts), path).toBeLessThanOrEqual(0.05);
  }
  await page.context().close();
});
