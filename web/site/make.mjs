// npm run site: one folder with the page, the article, the docs and, where it was made, the reference. It works from any static host and
// below any path, without headers, and without a network once it was visited.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { dressApi, hasApi } from './api.mjs';
import { article } from './article.mjs';
import { docs } from './docs.mjs';
import { footer, links } from './frame.mjs';
import { writeWorker } from './offline.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const out = path.resolve(process.argv[2] ?? path.join(root, 'build/site'));
const at = (...names) => path.join(root, ...names);
const to = (...names) => path.join(out, ...names);

/** The page and the package as they are published, and the element beside them. */
function copyPage() {
  if (!fs.existsSync(at('site/index.html'))) throw new Error('site/ is missing: npm run build makes it.');
  fs.rmSync(out, { recursive: true, force: true });
  fs.cpSync(at('site'), out, { recursive: true });
  for (const name of ['element.js', 'define.js']) fs.copyFileSync(at('dist', name), to('phaselens', name));
  fs.copyFileSync(at('LICENSE'), to('LICENSE.txt'));
}

/** Scripts and styles of the other pages, by the hash of what is in them: { 'pages.ts': 'assets/pages-HASH.js', ... }. */
async function bundle() {
  const entryPoints = [
    'pages.ts',
    'site/pages.css',
    'site/links.css',
    'site/api.css',
    'article/main.ts',
    'article/compute.ts',
    'article/article.css',
  ];
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entryPoints.map((name) => at('web', name)),
    outdir: to('assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    metafile: true,
    logLevel: 'warning',
  });
  fs.copyFileSync(at('web/site/icon.svg'), to('assets/icon.svg'));
  const made = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint);
  return Object.fromEntries(made.map(([file, { entryPoint }]) => [path.basename(entryPoint), path.relative(out, at(file))]));
}

function once(text, from, by) {
  if (text.split(from).length !== 2)
    throw new Error(`web/index.html must have ${from} once: the links to the other pages go there.`);
  return text.replace(from, () => by);
}

/** The page has no links in the package, which has nothing to lead to. */
function linkPage(assets, api) {
  const file = to('index.html');
  const where = { root: './', here: 'index.html', api };
  let text = fs.readFileSync(file, 'utf8');
  text = once(text, '</h1>', `</h1>\n    ${links(where)}`);
  text = once(text, '</main>', `</main>\n  ${footer(where)}`);
  const tags = [
    `<link rel="stylesheet" href="./${assets['links.css']}">`,
    `<script type="module" src="./${assets['pages.ts']}"></script>`,
  ];
  text = once(text, '</head>', `  ${tags.join('\n  ')}\n</head>`);
  fs.writeFileSync(file, text);
}

/** The program that made the site, for who wants to read it; what is not committed is not in it. */
function copySource() {
  const { status } = spawnSync('git', ['archive', '--format=tar.gz', '--prefix=phaselens/', '-o', to('source.tar.gz'), 'HEAD'], {
    cwd: root,
  });
  if (status === 0) return;
  const names = fs.readdirSync(root).filter((name) => !['build', 'dist', 'site', 'node_modules', '.git'].includes(name));
  const made = spawnSync('tar', ['czf', to('source.tar.gz'), ...names], { cwd: root });
  if (made.status !== 0) throw new Error('The source cannot be packed: neither git archive nor tar works here.');
}

const manifest = JSON.parse(fs.readFileSync(at('models/manifest.json'), 'utf8'));
copyPage();
const assets = await bundle();
const api = hasApi(at('build/api'));
if (api) dressApi(at('build/api'), to('api'), assets['api.css']);
linkPage(assets, api);
const write = (name, text) => {
  fs.mkdirSync(path.dirname(to(name)), { recursive: true });
  fs.writeFileSync(to(name), text);
};
await docs({ folder: at('web/docs'), write, assets, api });
await article({ root, manifest, to, write, assets, api });
copySource();
const { count, bytes } = writeWorker(out, manifest);
console.log(
  `${path.relative(process.cwd(), out) || '.'}: ${count} files, ${(bytes / 1e6).toFixed(1)} MB, are there without a network; models are kept apart`,
);
