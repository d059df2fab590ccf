/**
 * The page is built around the package as it is published: dist/ is laid beside it, untouched, as phaselens/. Networks that judge its
 * pictures lie in judges/, with a list of them.
 */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const dist = resolve(import.meta.dirname, '../dist');
const models = resolve(import.meta.dirname, '../models');
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8')) as { version: string };
const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/** Of the manifest. */
interface Judge {
  file: string;
  labels: string;
}

const { judges } = JSON.parse(readFileSync(join(models, 'manifest.json'), 'utf8')) as { judges: Judge[] };

/** As loadManifest reads it; they have the names of classes that the package has. */
const listOf = (judges: readonly Judge[]): string =>
  JSON.stringify({ models: judges.map((judge) => ({ ...judge, labels: `../phaselens/phaselens/models/${judge.labels}` })) });

async function layJudges(page: string, judges: readonly Judge[]): Promise<void> {
  const folder = join(page, 'judges');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'manifest.json'), listOf(judges));
  for (const { file } of judges) await cp(join(models, 'generated', file), join(folder, file));
}

function published(): Plugin {
  let out = '';
  return {
    name: 'phaselens-published',
    configResolved(config) {
      out = resolve(config.root, config.build.outDir, 'phaselens');
    },
    configureServer(server) {
      server.middlewares.use('/phaselens', (request, response, next) => {
        const path = join(dist, decodeURIComponent((request.url ?? '/').split('?')[0] ?? '/'));
        if (!path.startsWith(dist) || !existsSync(path) || !statSync(path).isFile()) return next();
        response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
        createReadStream(path).pipe(response);
      });
      server.middlewares.use('/judges', (request, response, next) => {
        const name = (request.url ?? '').slice(1);
        if (name === 'manifest.json') return void response.setHeader('Content-Type', types['.json']!).end(listOf(judges));
        if (!judges.some(({ file }) => file === name)) return next();
        createReadStream(join(models, 'generated', name)).pipe(response);
      });
    },
    async closeBundle() {
      if (!existsSync(join(dist, 'index.js'))) throw new Error('dist/index.js is missing: build the package first');
      const [site, page] = [resolve(out, '..'), join(dist, 'page')];
      // The chart's licence asks that its notice goes where the code goes.
      await cp(resolve(import.meta.dirname, '../node_modules/uplot/LICENSE'), join(site, 'LICENSE-uPlot.txt'));
      // The package has the page too, for `phaselens serve`, which lays the package beside it once more: nothing is there twice.
      await rm(page, { recursive: true, force: true });
      await cp(site, page, { recursive: true });
      await layJudges(page, []); // which must not grow
      await layJudges(site, judges);
      for (const name of ['index.js', 'phaselens']) await cp(join(dist, name), join(out, name), { recursive: true });
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  define: { 'import.meta.env.VERSION': JSON.stringify(version) },
  plugins: [published()],
  build: { outDir: '../site', emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
});
