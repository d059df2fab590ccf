/** The pages of the API's reference, which npm run docs:api has made: a folder that needs nothing but itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as api from '../../dist/index.js';

const folder = fileURLToPath(new URL('../../build/api', import.meta.url));
const made = existsSync(join(folder, 'index.html'));
const names = made ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html')) : [];
const pages = new Map(names.map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')]));

const hasAnchor = (text: string, name: string) => text.includes(`id="${name}"`);

describe.skipIf(!made)('the reference', () => {
  it('has a page for each export', () => {
    const known = names.map((name) => name.replace(/^.*phaselens\./, '').replace(/\.html$/, ''));
    expect(Object.keys(api).filter((name) => !known.includes(name))).toEqual([]);
    expect(names).toContain(join('classes', 'phaselens_element.PhaseLens.html'));
  });

  it('asks for nothing of others', () => {
    for (const [file, text] of pages) {
      const asked = [...text.matchAll(/<(?:script|img|iframe|link)\b[^>]*?(?:src|href)="([^"]+)"/g)].map(
        ([, address]) => address!,
      );
      for (const address of asked) {
        expect(address).not.toMatch(/^(https?:)?\/\//);
        expect(existsSync(resolve(dirname(file), address.replace(/[?#].*/, ''))), `${address} in ${file}`).toBe(true);
      }
    }
  });

  it('leads nowhere that is not there, from wherever it lies', () => {
    const lost: string[] = [];
    for (const [file, text] of pages) {
      for (const [, address = ''] of text.matchAll(/<a\b[^>]*?href="([^"]+)"/g)) {
        if (/^https?:/.test(address)) continue;
        const [path = '', anchor] = address.split('#');
        const target = path === '' ? text : pages.get(resolve(dirname(file), path));
        if (address.startsWith('/') || target === undefined || (anchor && !hasAnchor(target, decodeURIComponent(anchor))))
          lost.push(`${address} in ${file}`);
      }
    }
    expect(lost).toEqual([]);
  });
});
