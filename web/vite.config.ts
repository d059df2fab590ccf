/** The page is built around the package as it is published: dist/ is laid beside it, untouched, as phaselens/. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const dist = resolve(import.meta.dirname, '../dist');
const { version } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../package.json'), 'utf8')) as { version: string };
const types: Record<string, string> = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

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
    },
    async closeBundle() {
      if (!existsSync(join(dist, 'index.js'))) throw new Error('dist/index.js is missing: build the package first');
      const [site, page] = [resolve(out, '..'), join(dist, 'page')];
      // The chart's licence asks that its notice goes where the code goes.
      await cp(resolve(import.meta.dirname, '../node_modules/uplot/LICENSE'), join(site, 'LICENSE-uPlot.txt'));
      // The package has the page too, for `phaselens serve`, which lays the package beside it once more: nothing is there twice.
      await rm(page, { recursive: true, force: true });
      await cp(site, page, { recursive: true });
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
