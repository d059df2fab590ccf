/** axe-core over every kind of page of the site, light and dark: nothing that is serious for who sees, hears or moves otherwise. */
import { createRequire } from 'node:module';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { smallRecipe } from './browser';
import { useWholeSite } from './whole-site';

interface Found {
  violations: { id: string; impact: string; help: string; nodes: { target: string[] }[] }[];
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const playground = `index.html#unit=985&${smallRecipe}`;

const site = useWholeSite();

async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await site.browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options });
  await context.addInitScript({ path: axe });
  const page = await context.newPage();
  if (path) await page.goto(site.url + path);
  return page;
}

/** What is wrong by any rule but those that are left out, and in the other scheme by that of contrast. */
async function wrong(page: Page, leftOut: readonly string[] = []): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate(
      ([dark, leftOut]) => {
        const { axe } = window as unknown as { axe: { run(options: object): Promise<Found> } };
        const rules = Object.fromEntries(leftOut.map((id) => [id, { enabled: false }]));
        return axe.run({ resultTypes: ['violations'], ...(dark ? { runOnly: ['color-contrast'] } : { rules }) });
      },
      [colorScheme === 'dark', leftOut] as const,
    );
    for (const { id, impact, help, nodes } of violations)
      found.push(`${colorScheme}, ${impact}: ${id}: ${help}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  }
  return found;
}

const finished = (page: Page) => expect.poll(() => page.textContent('#status'), { timeout: 150_000 }).toMatch(/ steps in /);

test('the playground, before there is a picture and once there is one, all of it open', async () => {
  const page = await open('');
  await page.route('**/*.onnx', () => {}); // its model never comes
  await page.goto(site.url + playground);
  await expect.poll(() => page.textContent('#status')).toMatch(/Loading/);
  expect(await wrong(page, ['empty-heading'])).toEqual([]); // the picture's name comes with the model
  await page.unroute('**/*.onnx');
  await page.reload();
  await finished(page);
  expect(await wrong(page)).toEqual([]);
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true;
  });
  expect(await wrong(page)).toEqual([]);
  await page.locator('#history-list [aria-label^="More about"]').first().click();
  await page.waitForSelector('#past[open]');
  expect(await wrong(page)).toEqual([]);
  await page.context().close();
});

test('the playground on a phone, its sheet open', async () => {
  const page = await open(playground, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await finished(page);
  await page.click('#choose');
  await page.waitForTimeout(300); // it has come up
  expect(await wrong(page, ['page-has-heading-one'])).toEqual([]); // what lies behind is out of reach
  await page.context().close();
});

test.each(['article/index.html', 'docs/index.html', 'docs/options.html'])('%s', async (path) => {
  const page = await open(path);
  expect(await wrong(page)).toEqual([]);
  await page.context().close();
});

test.each(['api/index.html', 'api/classes/phaselens.Model.html'])('%s', async (path) => {
  const page = await open(path);
  // TypeDoc's own: its links within summaries, and an index that leaves headings out.
  expect(await wrong(page, ['nested-interactive', 'heading-order', 'region'])).toEqual([]);
  await page.context().close();
});
