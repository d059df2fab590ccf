// The article: web/article/article.html in the site's frame, its posters made by the package's own command and kept in build/.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { openCore } from '../../wasm/toolchain/options.mjs';
import { figures, jpegOf } from './figures.mjs';
import { frame } from './frame.mjs';

/** What is shown without JavaScript, on paper, and before there is a picture. */
const withPosters = (text) =>
  text.replace(/<phase-lens\b[^>]*\bposter="([^"]+)"[^>]*>/g, (tag, poster) => {
    const alt = tag.match(/\balt="([^"]*)"/)?.[1] ?? '';
    const rest = tag.replace(/ poster="[^"]+"/, '');
    return `${rest}<img slot="poster" src="${poster.replace('.png', '.jpg')}" alt="${alt}" width="256" height="256" loading="lazy">`;
  });

/** The same of a canvas. */
const withStills = (text) =>
  text.replace(/<canvas data-still="([^"]+)"([^>]*)>/g, (_, name, rest) => {
    const alt = rest.match(/aria-label="([^"]*)"/)[1];
    return `<img class="still" src="figures/${name}.png" alt="${alt}" width="256" height="256"><canvas${rest} hidden>`;
  });

/** Values of the packaged model's recipe that the text names, and a place for each crop. */
async function withRecipe(text, { recipe }) {
  const config = { ...(await openCore()).presets().default.config, ...recipe };
  const round = (value) => Number(value.toPrecision(4));
  const written = ({ normal: [mean, deviation] }) => `N(${round(mean)}, ${round(deviation)})`;
  const seen = '<canvas width="96" height="96" aria-hidden="true" hidden></canvas>'.repeat(config.crops);
  text = text.replaceAll('{{crops}}', config.crops).replace('{{seen}}', seen);
  return text.replaceAll('{{boxSide}}', written(config.boxSide)).replaceAll('{{boxCentre}}', written(config.boxCentre));
}

/** The networks that the article's elements name lie beside it. */
function takeGenerators(root, { generators }, folder) {
  for (const { file } of generators) fs.copyFileSync(path.join(root, 'models/generated', file), path.join(folder, file));
}

/** Posters that are up to date are left as they are: a second time takes as long as loading the model. */
function makePosters(root, manifest, text) {
  const folder = path.join(root, 'build/article');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'index.html'), text);
  takeGenerators(root, manifest, folder);
  const command = [path.join(root, 'dist/cli.js'), 'poster', path.join(folder, 'index.html')];
  const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The posters of the article cannot be made. ${stderr}`);
  return path.join(folder, 'posters');
}

export async function article({ root, manifest, to, write, assets, api }) {
  const folder = path.join(root, 'web/article');
  const text = await withRecipe(fs.readFileSync(path.join(folder, 'article.html'), 'utf8'), manifest.models[0]);
  const posters = makePosters(root, manifest, text);
  const stills = await figures(['power-fourier', 'power-maco'].map((name) => path.join(posters, `${name}.png`)));
  const chart = fs.readFileSync(path.join(stills, 'chart.svg'), 'utf8');
  const inside = withStills(withPosters(text)).replace('<!-- chart -->', chart);
  write(
    'article/index.html',
    frame({
      root: '../',
      here: 'article/index.html',
      api,
      title: 'Why phase — Phaselens',
      description:
        'Pictures of what a unit of a neural network looks for, by moving the phases of their waves and leaving the magnitudes as nature has them.',
      kind: 'live',
      body: `<main id="content" class="text article" data-compute="../${assets['compute.ts']}">\n${inside}</main>`,
      styles: [assets['pages.css'], assets['article.css']],
      scripts: ['phaselens/define.js', assets['main.ts'], assets['pages.ts']],
      className: 'page',
    }),
  );
  const take = (from, into, filter) => fs.cpSync(from, to('article', into), { recursive: true, filter });
  takeGenerators(root, manifest, to('article'));
  fs.mkdirSync(to('article/posters'), { recursive: true });
  for (const [, name] of text.matchAll(/\bposter="posters\/([^"]+)\.png"/g))
    fs.writeFileSync(to('article/posters', `${name}.jpg`), jpegOf(path.join(posters, `${name}.png`)));
  take(stills, 'figures', (name) => name === stills || name.endsWith('.png'));
  take(path.join(folder, 'photos'), 'photos', (name) => !name.endsWith('.py'));
}
