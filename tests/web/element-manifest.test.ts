/** custom-elements.json says what the element is. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch } from './browser';
import { article } from './element';

interface Named {
  name: string;
  kind?: string;
  attribute?: string;
}

const dist = resolve(import.meta.dirname, '../../dist');
const manifest = JSON.parse(readFileSync(resolve(dist, 'custom-elements.json'), 'utf8')) as {
  modules: { declarations?: Record<'attributes' | 'members' | 'events' | 'slots' | 'cssParts' | 'cssProperties', Named[]>[] }[];
};
const [told] = manifest.modules[0]!.declarations!;
const names = (list: Named[]) => list.map(({ name }) => name).sort();

let browser: Browser;
beforeAll(async () => void (browser = await launch()));
afterAll(() => browser?.close());

test('what editors are told is what the element has', async () => {
  const { page } = await article(browser, '<phase-lens compare="fourier" poster="./photos/cat.jpg"></phase-lens>');
  const has = await page.evaluate(async () => {
    const PhaseLens = (await customElements.whenDefined('phase-lens')) as CustomElementConstructor & {
      observedAttributes: string[];
    };
    const own = Object.getOwnPropertyNames(PhaseLens.prototype).filter((name) => !/Callback$|^constructor$/.test(name));
    const root = document.querySelector('phase-lens')!.shadowRoot!;
    const all = (selector: string, name: string) => [...root.querySelectorAll(selector)].map((one) => one.getAttribute(name)!);
    const css = [...root.adoptedStyleSheets[0]!.cssRules].map(({ cssText }) => cssText).join('\n');
    return {
      attributes: PhaseLens.observedAttributes,
      members: own,
      slots: all('slot', 'name'),
      parts: all('[part]', 'part'),
      variables: css.match(/--phase-lens-[a-z]+/g)!,
    };
  });
  const sorted = (list: string[]) => [...new Set(list)].sort();
  expect(names(told!.attributes)).toEqual(sorted(has.attributes));
  expect(names(told!.members)).toEqual(sorted(has.members));
  expect(names(told!.slots)).toEqual(sorted(has.slots));
  expect(names(told!.cssParts)).toEqual(sorted(has.parts));
  expect(names(told!.cssProperties)).toEqual(sorted(has.variables));
  const code = readFileSync(resolve(dist, 'element.js'), 'utf8');
  const events = [...code.matchAll(/#tell\("(\w+)"/g)].map(([, name]) => name!);
  expect(names(told!.events)).toEqual(sorted(events));
});
