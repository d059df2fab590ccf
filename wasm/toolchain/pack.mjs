// Makes dist/, the package that is published, of what the compilers made:
//   package.json        the project's, without what only the project needs
//   index.js            the entry, one ES module, to read
//   require/index.cjs   the same for require() in Node
//   inline.js           entry and element with the worker, one module and all that is small inside, for bundlers that follow no addresses
//   cli.js              the command
//   element.js          the element's class, define.js  what gives it its name
//   custom-elements.json  what editors and documentation ask of an element
//   index.d.ts, types/  declarations, and once more in require/
//   page/               the page, which web/vite.config.ts puts there, for phaselens serve
//   phaselens/          what the entry fetches: one worker for both builds, the modules, the models
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { describe } from './custom-elements.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const [modules, dist] = ['build/modules', 'dist'].map((folder) => path.join(root, folder));
const flavours = ['simd', 'relaxed'];

const shared = { bundle: true, target: 'es2022', charset: 'utf8', logLevel: 'warning', legalComments: 'none' };
const entryOf = (name) => path.join(modules, `${name}.js`);
const outfile = (name) => path.join(dist, name);

/** The glue goes to the modules, which import it: that of both builds, which must be the same. */
function bringGlue() {
  const [glue, other] = flavours.map((flavour) => fs.readFileSync(path.join(root, `build/wasm-${flavour}/phaselens.mjs`)));
  if (!glue.equals(other)) throw new Error('The builds simd and relaxed have different glue: one worker no longer serves both.');
  fs.writeFileSync(path.join(modules, 'binding/phaselens.mjs'), glue);
}

/** What is an entry of its own, others import from there, so that a page has it once. */
const shares = { 'api/index.js': './index.js', 'element/index.js': './element.js' };
const fromEntry = {
  name: 'from-entry',
  setup({ onResolve }) {
    onResolve({ filter: /index\.js$/ }, ({ kind, path: name, resolveDir }) => {
      const entry = shares[path.relative(modules, path.resolve(resolveDir, name))];
      return entry && kind !== 'entry-point' ? { path: entry, external: true } : undefined;
    });
  },
};

const moduleEntry = (entry, to) =>
  build({
    ...shared,
    entryPoints: [entryOf(entry)],
    outfile: outfile(to),
    format: 'esm',
    packages: 'external',
    plugins: [fromEntry],
  });

/** With all that it uses of others, so that who installs the package installs nothing else. */
const command = () =>
  build({
    ...shared,
    entryPoints: [entryOf('cli/main')],
    outfile: outfile('cli.js'),
    format: 'esm',
    platform: 'node',
    plugins: [fromEntry],
    metafile: true,
  });

/** Of the packages that a bundle is made of, by their names. */
function licencesIn({ inputs }) {
  const names = Object.keys(inputs).map((file) => file.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return [...new Set(names.filter(Boolean))].sort().map((name) => {
    const folder = path.join(root, 'node_modules', name);
    const { license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (!file) throw new Error(`${name} brings no licence: it cannot be a part of the command.`);
    return `${rule}\n${name} (${license})\n${rule}\n\n${fs.readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
  });
}

/** As wasm/toolchain/module.cmake writes it for the WebAssembly. */
const rule = '='.repeat(100);

function licences(metafile) {
  const file = outfile('phaselens/THIRD-PARTY-LICENSES.txt');
  fs.appendFileSync(file, `\nThe command phaselens contains these works.\n\n${licencesIn(metafile).join('\n')}`);
}

/** Of the module's own address, that of the entry for import: what is fetched lies beside that one. */
const entryAddress = `const entryAddress = require('node:url').pathToFileURL(require('node:path').join(__dirname, '../index.js')).href;`;

const requireEntry = () =>
  build({
    ...shared,
    entryPoints: [entryOf('api/index')],
    outfile: outfile('require/index.cjs'),
    format: 'cjs',
    banner: { js: entryAddress },
    define: { 'import.meta.url': 'entryAddress' },
  });

/** The glue never asks where it is: the module is handed to it. */
const worker = () =>
  build({
    ...shared,
    entryPoints: [entryOf('workers/main')],
    outfile: outfile('phaselens/worker.js'),
    format: 'iife',
    minify: true,
    define: { 'import.meta.url': '""' },
  });

/** The declarations that the entry's reach. */
function declarations(file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const text = fs.readFileSync(path.join(modules, file), 'utf8');
  for (const [, name] of text.matchAll(/from '(\.[^']+)\.js'/g))
    declarations(path.join(path.dirname(file), `${name}.d.ts`), found);
  return found;
}

/** Classes of the DOM, or of Node, that declarations name: where a program is compiled without the types of either, nothing is of them. */
const globalTypes = [
  'AbortSignal',
  'Blob',
  'File',
  'MessageChannel',
  'MessagePort',
  'OffscreenCanvasRenderingContext2D',
  'Response',
  'URL',
];

const globalType = (name) => `export type ${name} = typeof globalThis extends { ${name}: { prototype: infer T } } ? T : never;\n`;

/** Bytes: TypeScript before 5.7 has one kind of Uint8Array. */
const globals = `${globalTypes.map(globalType).join('')}
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer T } } } ? T : never;
export type Bytes = ReturnType<Uint8Array['slice']>;
`;

/** As every TypeScript since 5.0 reads it, with or without the types of the DOM or of Node. */
function portable(text, file) {
  const plain = text.replaceAll('Uint8Array<ArrayBuffer>', 'Bytes').replaceAll('WebAssembly.Module', 'WasmModule');
  const used = [...globalTypes, 'Bytes', 'WasmModule'].filter((name) => new RegExp(`\\b${name}\\b`).test(plain));
  const from = path.relative(path.dirname(file), 'globals.js');
  return `import type { ${used.join(', ')} } from '${from}';\n${plain}`;
}

/** For modules of one kind, which TypeScript tells by their names: 'js' or 'cjs'. */
function types(folder, kind, name, entry) {
  const write = (name, text) => {
    const file = outfile(path.join(folder, `${name}.d.${kind.replace('js', 'ts')}`));
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text.replace(/(from '\.[^']+\.)js'/g, `$1${kind}'`));
  };
  for (const file of declarations(`${entry}.d.ts`))
    write(`types/${file.replace('.d.ts', '')}`, portable(fs.readFileSync(path.join(modules, file), 'utf8'), file));
  write('types/globals', globals);
  write(name, `export * from './types/${entry}.js';\n`);
}

function fetched() {
  const [from, to] = [path.join(root, 'models'), path.join(dist, 'phaselens')];
  fs.mkdirSync(path.join(to, 'models'), { recursive: true });
  // Judges go with the page, generators with the article: a package of all of them would be five times as large.
  const { judges: _, generators: __, ...manifest } = JSON.parse(fs.readFileSync(path.join(from, 'manifest.json'), 'utf8'));
  const { models, labels, magnitude, continuedMagnitude, licences } = manifest;
  for (const { file } of [...models, ...labels, magnitude, continuedMagnitude, licences])
    fs.copyFileSync(path.join(from, 'generated', file), path.join(to, 'models', file));
  fs.writeFileSync(path.join(to, 'models/manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
  for (const flavour of flavours)
    fs.copyFileSync(path.join(root, `build/wasm-${flavour}/phaselens.wasm`), path.join(to, `phaselens-${flavour}.wasm`));
  fs.copyFileSync(path.join(root, 'build/wasm-simd/THIRD-PARTY-LICENSES.txt'), path.join(to, 'THIRD-PARTY-LICENSES.txt'));
}

/** The file in an address. */
function dataAddress(name) {
  const type = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.txt': 'text/plain' }[path.extname(name)];
  return `data:${type ?? 'application/octet-stream'};base64,${fs.readFileSync(outfile(`phaselens/${name}`), 'base64')}`;
}

/** What is large stays a file: the model, the whole magnitude; and so does the module that not every browser runs. */
function inside(address, name) {
  const small = fs.statSync(outfile(`phaselens/${name}`)).size < 64e3;
  return small || name === 'phaselens-simd.wasm' ? JSON.stringify(dataAddress(name)) : address;
}

const filesInside = {
  name: 'files-inside',
  setup({ onLoad }) {
    onLoad({ filter: /base\/packaged\.js$/ }, ({ path: file }) => ({
      contents: fs
        .readFileSync(file, 'utf8')
        .replace(/new URL\('phaselens\/([^']+)', import\.meta\.url\)/g, inside)
        .replace("builds = ['relaxed', 'simd']", "builds = ['simd']"),
    }));
  },
};

const inlineEntry = () =>
  build({
    ...shared,
    entryPoints: [entryOf(entries.inline)],
    outfile: outfile('inline.js'),
    format: 'esm',
    plugins: [filesInside],
  });

/** What is published has this folder for its root: a CDN that bundles anew serves its bundle from there, and the files lie beside it. */
function description() {
  const {
    private: _,
    scripts,
    devDependencies,
    overrides,
    ...kept
  } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  fs.writeFileSync(outfile('package.json'), JSON.stringify(kept, null, 2).replaceAll('"./dist/', '"./') + '\n');
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) fs.copyFileSync(path.join(root, name), outfile(name));
}

fs.rmSync(dist, { recursive: true, force: true });
bringGlue();
const entries = { index: 'api/index', element: 'element/index', define: 'element/define', inline: 'element/inline' };
const [{ metafile }] = await Promise.all([
  command(),
  ...['index', 'element', 'define'].map((name) => moduleEntry(entries[name], `${name}.js`)),
  requireEntry(),
  worker(),
]);
for (const [name, entry] of Object.entries(entries)) types('.', 'js', name, entry);
types('require', 'cjs', 'index', entries.index);
fetched();
licences(metafile);
await inlineEntry();
description();
const { attributes } = await import(entryOf('element/attributes'));
fs.writeFileSync(outfile('custom-elements.json'), JSON.stringify(describe(attributes), null, 2) + '\n');
