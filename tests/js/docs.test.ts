/** The programs and commands of web/docs/ run as they stand there; pages (html) are left to the page's tests. */
import { spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { dist, realModel } from './support.js';

const docs = fileURLToPath(new URL('../../web/docs/', import.meta.url));
const package_ = fileURLToPath(dist);

interface Block {
  page: string;
  language: string;
  code: string;
}

const blocks: Block[] = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) =>
    [...readFileSync(join(docs, page), 'utf8').matchAll(/^```(\w*)\n(.*?)^```/gms)].map(([, language, code]) => ({
      page,
      language: language!,
      code: code!,
    })),
  );

const of = (language: string) => blocks.filter((block) => block.language === language);

/** A project that has the package installed, and the files that the docs speak of. */
const folder = mkdtempSync(join(tmpdir(), 'phaselens-docs-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, 'node_modules'));
mkdirSync(join(folder, 'dist'));
symlinkSync(package_, join(folder, 'node_modules/phaselens'));
if (realModel) copyFileSync(realModel, join(folder, 'resnet18.onnx')); // which Python writes over
const poster = of('html').find(({ code }) => code.includes('slot="poster"'))!.code;
writeFileSync(join(folder, 'article.html'), poster);
mkdirSync(join(folder, 'FOLDER'));

async function ended(program: string, words: readonly string[], input = '') {
  const child = spawn(program, words, { cwd: folder, stdio: ['pipe', 'ignore', 'pipe'] });
  child.stdin.end(input);
  const status = new Promise<number | null>((resolve) => child.on('close', resolve));
  const stderr = await text(child.stderr);
  return { status: await status, stderr };
}

it('of every block of the docs it is known how it is tested', () => {
  expect(blocks.length).toBeGreaterThan(20);
  expect(blocks.filter(({ language }) => !['js', 'html', 'sh', 'python'].includes(language))).toEqual([]);
});

describe.skipIf(!realModel)('programs of the docs', () => {
  it.each(of('js').map(({ page, code }, i) => [page, i + 1, code] as const))('%s, program %i', async (_, __, code) => {
    expect(await ended(process.execPath, ['--input-type=module'], code)).toEqual({ status: 0, stderr: '' });
  });
});

const lines = of('sh').flatMap(({ page, code }) =>
  code
    .trim()
    .split('\n')
    .map((line) => [page, line] as const),
);

describe.skipIf(!realModel)('commands of the docs', () => {
  it.each(lines)('%s: %s', async (_, line) => {
    if (line === 'npm install phaselens') return expect(existsSync(join(package_, 'package.json'))).toBe(true);
    const words = line.match(/"[^"]*"|\S+/g)!.map((word) => word.replaceAll('"', ''));
    if (words[0] === 'cp') return cpSync(join(folder, words[2]!), join(folder, words[3]!), { recursive: true });
    expect(words.slice(0, 2)).toEqual(['npx', 'phaselens']);
    expect(await ended(process.execPath, [join(package_, 'cli.js'), ...words.slice(2)])).toEqual({ status: 0, stderr: '' });
  });
});

// A Python that has PyTorch, and what else a block imports, may be named by PHASELENS_TORCH.
const python = process.env.PHASELENS_TORCH ?? 'python3';

/** Weights are not fetched, which no file's form depends on; torchvision's compiled operators, which no classifier has, may be missing. */
const withoutFetching = (code: string): string =>
  `import torch
plain = torch.library.register_fake
torch.library.register_fake = lambda name, *rest, **more: (lambda f: f) if name.startswith("torchvision") else plain(name, *rest, **more)
${code
  .replace('weights="DEFAULT"', 'weights=None')
  .replace('weights="imagenet"', 'weights=None')
  .replace('pretrained=True', 'pretrained=False')
  .replace('import AutoModelForImageClassification', 'import AutoConfig, AutoModelForImageClassification')
  .replace('from_pretrained("google/vit-base-patch16-224"', 'from_config(AutoConfig.for_model("vit", num_hidden_layers=1)')}`;

const canImport = (code: string): boolean => {
  const modules = [...code.matchAll(/^(?:import|from) ([\w, ]+?)(?: import.*)?$/gm)].flatMap(([, names]) => names!.split(', '));
  const found = `import importlib.util, sys; sys.exit(any(importlib.util.find_spec(m) is None for m in sys.argv[1:]))`;
  return spawnSync(python, ['-c', found, 'torch', ...modules]).status === 0;
};

for (const { code } of of('python')) {
  const [imported] = code.match(/^(?!.*os$)(import|from) .*$/m)!;
  it.skipIf(!canImport(code))(`Python of the docs, ${imported}: what it writes is run`, { timeout: 300_000 }, async () => {
    const { status, stderr } = await ended(python, ['-'], withoutFetching(code));
    expect(status, stderr).toBe(0);
    const [, file] = code.match(/"(\w+\.onnx)"/)!;
    const words = ['render', '--model', file!, '--unit', '1', '--steps', '1', '--out', 'python.png'];
    expect(await ended(process.execPath, [join(package_, 'cli.js'), ...words])).toEqual({ status: 0, stderr: '' });
  });
}
