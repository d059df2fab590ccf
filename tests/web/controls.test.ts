/** Choosing: layers, units, recipes and links, by mouse and by keyboard alone. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { again, finished, launch, picture as pictureOf, reach, seen, smallRecipe, text, visit } from './browser';

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

const title = (page: Page) => text(page, '#title');
const small = `#${smallRecipe}`;

describe('the controls', () => {
  test('find a class by a part of its name or by its number', async () => {
    const { page, problems } = await visit(browser, { path: small });
    await reach(page, 1);
    await page.click('#unit');
    await page.keyboard.type('great white');
    expect(await page.locator('#unit-list [role=option]').allTextContents()).toEqual(['2 great white shark']);
    await page.keyboard.press('Enter');
    await expect.poll(() => title(page)).toBe('great white shark');
    await page.click('#unit');
    await page.keyboard.type('cat');
    const cats = await page.locator('#unit-list [role=option]').allTextContents();
    expect(cats[0]).toMatch(/\bcat\b/);
    expect(cats.findIndex((name) => /catcher$/.test(name))).toBeGreaterThan(cats.findLastIndex((name) => /\bcat/.test(name)));
    await page.fill('#unit', '34');
    expect((await page.locator('#unit-list [role=option]').allTextContents())[0]).toMatch(/^34 /);
    await page.locator('#unit-list [role=option]', { hasText: '340 ' }).click();
    await expect.poll(() => title(page)).toBe('zebra');
    expect(page.url()).toContain('unit=340');
    await page.click('#next');
    await expect.poll(() => page.url()).toContain('unit=341');
    await page.locator('#chips button').first().click();
    await expect.poll(() => page.url()).not.toContain('unit=341');
    await finished(page);
    expect(problems).toEqual([]);
  });

  test('show other recipes, which the address keeps', async () => {
    const { page, problems } = await visit(browser, { path: small });
    await finished(page);
    const own = await pictureOf(page);
    expect(page.url()).not.toContain('preset');
    await page.click('#advanced summary');
    expect(await page.locator('#preset option').allTextContents()).toEqual(['default', 'paper', 'xplique', 'horama', 'faccent']);
    const other = await again(page, async () => {
      await page.selectOption('#preset', 'horama');
      await expect.poll(() => page.url()).toContain('preset=horama');
    });
    expect(other).not.toBe(own);

    const linked = await visit(browser, { path: new URL(page.url()).hash });
    await finished(linked.page);
    expect(await pictureOf(linked.page)).toBe(other);
    expect(await linked.page.inputValue('#preset')).toBe('horama');
    const wrong = await visit(browser, { path: `${small}&preset=nothing` });
    await finished(wrong.page);
    expect(await pictureOf(wrong.page)).toBe(own);
    expect([...problems, ...linked.problems, ...wrong.problems]).toEqual([]);
  });

  test('show a layer inside the network, with units by number', async () => {
    const { page, problems } = await visit(browser, { path: small });
    await reach(page, 1);
    await page.click('#layer');
    const layers = page.locator('#layer-list [data-layer]:not([aria-disabled])');
    const count = await layers.count();
    expect(count).toBeGreaterThan(10);
    const wished = (await layers.nth(Math.floor(count / 2)).getAttribute('data-layer'))!;
    await page.fill('#layer', wished);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.inputValue('#layer')).toBe(wished);
    expect(await page.isVisible('#unit')).toBe(false);
    const max = Number(await page.getAttribute('#unit-number', 'max'));
    expect(max).toBeGreaterThan(2);
    await page.fill('#unit-number', String(max + 100));
    await page.keyboard.press('Enter');
    await expect.poll(() => title(page)).toBe(`Unit ${max}`);
    expect(await page.isDisabled('#next')).toBe(true);
    await page.click('#previous');
    await expect.poll(() => title(page)).toBe(`Unit ${max - 1}`);
    await finished(page);
    expect((await seen(page)).at(-1)!.score).toBeTypeOf('number');
    expect(problems).toEqual([]);
  });

  test('take a recipe of one’s own, which goes into the link', async () => {
    const { page } = await visit(browser, { path: small });
    await reach(page, 1);
    expect(await page.isChecked('input[value=custom]')).toBe(true);
    await page.click('#advanced summary');
    await page.fill('[name=size]', '128');
    await page.fill('[name=steps]', '6');
    await page.fill('[name=crops]', '99');
    await page.fill('[name=crops]', '1');
    await page.fill('[name=seed]', '42');
    await again(page, async () => {
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => location.hash.includes('seed=42'));
    });
    expect(page.url()).toMatch(/seed=42&size=128&steps=6&crops=1&cropSize=64$/);
    expect(await page.evaluate(() => document.querySelector('canvas')!.width)).toBe(128);
    await page.check('input[value=fine]', { force: true });
    await page.waitForFunction(() => location.hash.includes('size=256&steps=96&crops=4&cropSize=96&finer=1'));
    await page.click('#stop');
  });
});

describe('an objective as JSON', () => {
  const json = '{"kind":"sum","of":[{"kind":"logit","unit":985},{"kind":"logit","unit":340,"weight":-0.5}]}';

  test('is shown, can be edited, and goes into the link', async () => {
    const { page, problems } = await visit(browser, { path: `${small}&unit=985` });
    await reach(page, 1);
    await page.click('#advanced summary');
    expect(await page.inputValue('[name=objective]')).toBe('{"kind":"logit","unit":985}');
    await page.fill('[name=objective]', json);
    await page.click('#start');
    await expect.poll(() => title(page)).toBe('logit 985 − 0.5 × logit 340');
    await finished(page);
    const { href } = new URL(page.url());
    expect(new URLSearchParams(new URL(href).hash.slice(1)).get('objective')).toBe(json);
    const last = (await seen(page)).at(-1)!;
    const again = await visit(browser, { path: new URL(href).hash });
    await finished(again.page);
    expect((await seen(again.page)).at(-1)).toMatchObject({ score: last.score, picture: last.picture });
    await again.page.click('#next'); // a unit of the list takes its place
    await again.page.waitForFunction(() => !location.hash.includes('objective') && location.hash.includes('unit='));
    expect([...problems, ...again.problems]).toEqual([]);
  });

  test('that cannot be is told beside its field', async () => {
    const { page, problems } = await visit(browser, { path: small });
    await reach(page, 1);
    const error = page.locator('#objective-error');
    const before = page.url();
    await page.click('#advanced summary');
    await page.fill('[name=objective]', '{"kind":');
    await page.click('#start');
    await expect.poll(() => error.textContent()).toMatch(/^This is not JSON: /);
    expect(page.url()).toBe(before);
    await page.fill('[name=objective]', json.replace('340', '"zebra"'));
    await page.click('#start');
    await expect.poll(() => error.textContent()).toBe("The objective's of[1].unit must be a whole number, not 'zebra'.");
    expect(await page.isVisible('#alert')).toBe(false);
    await page.fill('[name=objective]', json);
    await page.click('#start');
    await finished(page);
    expect(await error.isVisible()).toBe(false);
    expect(problems).toEqual([]);
  });

  test('of a link that is none gives way to another picture', async () => {
    const { page } = await visit(browser, { path: `${small}&objective=%7Bkind` });
    await finished(page);
    expect(await title(page)).toBe('daisy');
    expect(await text(page, '#alert')).toMatch(/^This link asks for an objective that cannot be read\. This is not JSON: /);
  });
});

describe('a link', () => {
  test('to a recipe that models have of which nothing is known is not taken for that of the packaged one', async () => {
    const recipe = 'size=320&steps=80&crops=4&cropSize=128';
    const { page } = await visit(browser, { path: `#${recipe}` });
    await reach(page, 1);
    expect(new URL(page.url()).hash).toContain(recipe);
  });

  test('to a layer, unit or model that is not there shows another picture and says so', async () => {
    const { page, problems } = await visit(browser, {
      path: '#layer=no/such/layer&unit=3&steps=4&size=96&crops=1&cropSize=64',
    });
    await finished(page);
    expect(await title(page)).toBe('daisy');
    expect(await text(page, '#alert')).toMatch(/layer “no\/such\/layer” of EfficientNet-Lite0, which it does not have/);
    await page.evaluate(() => (location.hash = '#unit=5000&steps=4&size=96&crops=1&cropSize=64'));
    await expect
      .poll(() => text(page, '#alert'))
      .toMatch(/^This link asks for unit 5000 of “.*”, which has 1000\. This is unit \d+ instead\.$/);
    await page.evaluate(() => (location.hash = '#model=nobody&steps=4&size=96&crops=1&cropSize=64'));
    await expect.poll(() => text(page, '#alert')).toMatch(/“nobody”, which is not here/);
    await finished(page);
    expect(problems).toEqual([]);
  });

  test('that makes no sense is no obstacle', async () => {
    const { page, problems } = await visit(browser, { path: '#unit=-1&seed=x&steps=4&size=1e9&crops=%%&cropSize=64&&=' });
    await page.waitForFunction(() => /steps in|No picture/.test(document.getElementById('status')!.textContent!));
    expect(await title(page)).toBe('daisy');
    expect(problems).toEqual([]);
  });
});

describe('every field that can be set', () => {
  test('is told what it does, where it is used and to screen readers', async () => {
    const { page } = await visit(browser, { path: small });
    await finished(page);
    await page.click('#advanced summary');
    await page.click('#more summary');
    const fields = '#controls details :is(input, select, textarea):not([type=file], [role=combobox])';
    expect(
      await page
        .locator(fields)
        .evaluateAll((all) => all.filter((one) => !one.hasAttribute('aria-description')).map(({ id }) => id)),
    ).toEqual([]);
    await page.focus('[name=crops]');
    expect(await text(page, '#advanced .explained')).toMatch(/^Random views .* \(Fel et al\. 2023\)/);
    await page.hover('#more label:has([name=penaltyL2])');
    expect(await text(page, '#more .explained')).toMatch(/^Weight of the distance from grey/);
  });
});

describe('the keyboard', () => {
  const focused = (page: Page) =>
    page.evaluate(() => {
      const element = document.activeElement as HTMLElement;
      const shown = element instanceof HTMLInputElement && element.type === 'radio' ? element.nextElementSibling! : element;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const visible = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
      return {
        name: element.id || (element as HTMLInputElement).name || element.dataset.unit || element.localName,
        visible,
      };
    });

  test('reaches every control in the order of reading, with the focus to be seen', async () => {
    const { page } = await visit(browser, { path: small });
    await finished(page);
    const names: string[] = [];
    for (let i = 0; i < 100; i++) {
      await page.keyboard.press('Tab');
      const { name, visible } = await focused(page);
      if (name === 'body') break;
      expect(visible, name).toBe(true);
      names.push(name);
    }
    const expected = [
      'theme',
      'another',
      'transparency',
      'save',
      'compare',
      'model',
      'open',
      'layer',
      'previous',
      'unit',
      'next',
      'random',
    ];
    expect(names.filter((name) => expected.includes(name))).toEqual(expected);
    const last = names.slice(names.indexOf('quality'));
    expect(last.slice(0, 6)).toEqual(['quality', 'summary', 'summary', 'seed', 'start', 'summary']);
  });

  test('chooses, pauses and starts', async () => {
    const { page, problems } = await visit(browser, { path: small.replace('steps=16', 'steps=300') });
    await reach(page, 2);
    await page.keyboard.press('Space');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Paused'));
    await page.keyboard.press('Space');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Looking'));

    await page.focus('#unit');
    await page.keyboard.press('ArrowDown');
    expect(await page.getAttribute('#unit', 'aria-expanded')).toBe('true');
    await page.keyboard.press('ArrowDown');
    const active = await page.getAttribute('#unit', 'aria-activedescendant');
    expect(await text(page, `#${active}`)).toMatch(/^986 /);
    await page.keyboard.press('Escape');
    expect(await page.getAttribute('#unit', 'aria-expanded')).toBe('false');
    expect(await page.inputValue('#unit')).toBe('985 daisy');
    await page.keyboard.type('tiger shark'); // spaces stay in the field
    await page.keyboard.press('Enter');
    await expect.poll(() => title(page)).toBe('tiger shark');
    await page.focus('[name=seed]');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('7');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('seed=7&'));
    await page.focus('#stop');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.getElementById('status')!.textContent!.startsWith('Stopped'));
    expect(problems).toEqual([]);
  });

  test('finds a name at every control', async () => {
    const { page } = await visit(browser, { path: small });
    await finished(page);
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, input, select, #canvas, [role]')]
        .filter((element) => !element.closest('[hidden]') && element.getAttribute('type') !== 'file')
        .filter(
          (element) =>
            !element.textContent!.trim() &&
            !element.ariaLabel &&
            !element.getAttribute('aria-labelledby') &&
            !(element as HTMLInputElement).labels?.length,
        )
        .map((element) => element.outerHTML),
    );
    expect(nameless).toEqual([]);
  });
});
