/** The site as a folder: its links lead somewhere, and every file has its place in the list that is there without a network. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'parse5';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realModel } from './support.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const isBuilt = existsSync(join(root, 'site/index.html')) && realModel !== undefined;
const folder = mkdtempSync(join(tmpdir(), 'phaselens-site-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Node {
  nodeName?: string;
  value?: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
  content?: Node;
}

const parsed = new Map<string, Node[]>();

function nodesOf(file: string): Node[] {
  if (!parsed.has(file)) parsed.set(file, all(parse(readFileSync(file, 'utf8')) as Node));
  return parsed.get(file)!;
}

const all = (node: Node): Node[] => [node, ...[...(node.childNodes ?? []), ...(node.content ? [node.content] : [])].flatMap(all)];
const values = (file: string, ...names: string[]) =>
  nodesOf(file).flatMap(({ attrs = [] }) => attrs.filter(({ name }) => names.includes(name)).map(({ value }) => value));

const files = () =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile());
const pages = () => files().filter((name) => name.endsWith('.html'));

/** Why an address in a page leads nowhere; '' where it does not. */
function broken(page: string, address: string): string {
  if (/^(https:|data:)/.test(address)) return '';
  const [path = '', fragment] = address.split('#');
  const target = path === '' ? join(folder, page) : resolve(dirname(join(folder, page)), decodeURIComponent(path));
  if (relative(folder, target).startsWith('..') || !existsSync(target) || !statSync(target).isFile())
    return `${page}: ${address} is no file of the site`;
  if (fragment && path + fragment !== '' && target.endsWith('.html') && !values(target, 'id').includes(fragment))
    return `${page}: there is no ${address}`;
  return '';
}

describe.skipIf(!isBuilt)('the site', () => {
  // Not synchronously: posters take minutes at first, and a test file that does not answer for one is given up.
  beforeAll(async () => {
    const { stderr } = await promisify(execFile)(process.execPath, [join(root, 'web/site/make.mjs'), folder]);
    expect(stderr).toBe('');
  }, 300_000);

  it('has no link that leads nowhere', () => {
    const found = pages().flatMap((page) => values(join(folder, page), 'href', 'src', 'poster').map((to) => broken(page, to)));
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter(Boolean)).toEqual([]);
  });

  it('leads from every page to the paper, the source and the licence', () => {
    for (const page of pages()) {
      const found = values(join(folder, page), 'href').join(' ');
      for (const part of ['arxiv.org/abs/2306.06805', 'source.tar.gz', 'LICENSE.txt']) expect(found, page).toContain(part);
    }
  });

  it('has every block of the docs', () => {
    for (const name of readdirSync(join(root, 'web/docs')).filter((name) => name.endsWith('.md'))) {
      const blocks = readFileSync(join(root, 'web/docs', name), 'utf8').matchAll(/^```\w*\n(.*?)^```/gms);
      const html = join(folder, 'docs', name.replace('.md', '.html'));
      const shown = all(parse(readFileSync(html, 'utf8')) as Node).filter(({ nodeName }) => nodeName === 'code');
      const texts = shown.map(({ childNodes = [] }) => childNodes.map(({ value }) => value).join(''));
      for (const [, code] of blocks) expect(texts, name).toContain(code);
    }
  });

  it('has a policy on every page that lets nothing in a page be a script or a style', () => {
    for (const page of pages()) {
      const metas = nodesOf(join(folder, page)).filter(({ nodeName }) => nodeName === 'meta');
      const contents = metas.map(({ attrs = [] }) => Object.fromEntries(attrs.map(({ name, value }) => [name, value])));
      const policy = contents.find((meta) => meta['http-equiv'] === 'Content-Security-Policy')?.content;
      expect(policy, page).toMatch(/script-src 'self'.*style-src 'self'/);
      expect(policy, page).not.toMatch(/unsafe-inline|'unsafe-eval|sha256-/);
    }
  });

  it('knows the content of every file but of what the package keeps', () => {
    const worker = readFileSync(join(folder, 'sw.js'), 'utf8');
    const listOf = (name: string) => JSON.parse(worker.match(new RegExp(`^const ${name} = (.*);$`, 'm'))![1]!);
    const [listed, asked]: Record<string, string>[] = [listOf('files'), listOf('asked')];
    for (const [name, hash] of Object.entries({ ...listed, ...asked }))
      expect(
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('base64'),
        name,
      ).toBe(hash);
    const left = files().filter((name) => !(name in listed!) && !(name in asked!));
    expect(left.filter((name) => !name.startsWith('phaselens/phaselens/models/')).sort()).toEqual([
      'judges/efficientnet-lite1.onnx',
      'judges/efficientnet-lite2.onnx',
      'source.tar.gz',
      'sw.js',
    ]);
    expect(left).toContain('phaselens/phaselens/models/efficientnet-lite0.onnx');
    expect(Object.keys(asked!)).toEqual(['article/painted-eyes.onnx']); // when somebody wants it
    expect(Object.keys(listed!).filter((name) => name.endsWith('.onnx'))).toEqual([]);
  });
});
