// The reference, which `npm run docs:api` makes, as a part of the site: its colours and theme, the ways to the other pages, and nothing in
// a page that a strict policy forbids.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { footer, links } from './frame.mjs';

const policy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self'`,
  `img-src 'self' data:`,
  `connect-src 'self' data:`, // what is searched is unpacked from an address of its own
  `base-uri 'none'`,
  `form-action 'none'`,
].join('; ');

function once(text, from, by) {
  if (text.split(from).length !== 2) throw new Error(`TypeDoc’s main.js must have ${from} once: web/site/api.mjs changes it.`);
  return text.replace(from, () => by);
}

/** Scripts that stand in the page become files, which `scripts` collects by their names. */
function withoutInline(text, assets, scripts) {
  return text.replace(/<script>([\s\S]*?)<\/script>/g, (_, inside) => {
    const name = `page-${createHash('sha256').update(inside).digest('hex').slice(0, 8)}.js`;
    scripts.set(name, withTheme(inside));
    return `<script src="${assets}${name}"></script>`;
  });
}

/** One theme for all pages. */
const withTheme = (script) =>
  script.replaceAll('tsd-theme")', 'phaselens-theme")').replaceAll('tsd-theme",', 'phaselens-theme",');

/** Its script writes a rule into the page, which api.css has. */
const withoutStyle = (script) =>
  once(script, 'document.head.appendChild(document.createElement("style"))', 'document.createElement("style")');

function dressed(text, { root, api, css, scripts }) {
  const head = [
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    `<link rel="icon" type="image/svg+xml" href="${root}assets/icon.svg">`,
  ].join('');
  const [ways] = links({ root, here: 'api/index.html', api: true }).match(/<a.*<\/a>/);
  return withoutInline(text, `${api}assets/`, scripts)
    .replace(/<meta charset="[^"]*"\s*\/?>/, (charset) => charset + head)
    .replace('</head>', (end) => `<link rel="stylesheet" href="${root}${css}">${end}`)
    .replace('<div class="col-content">', '<div class="col-content" role="main">')
    .replace('<div id="tsd-toolbar-links">', (tag) => tag + ways)
    .replace('<footer>', (tag) => tag + footer({ root }).replace(/<\/?footer[^>]*>/g, ''));
}

export const hasApi = (from) => fs.existsSync(path.join(from, 'index.html'));

export function dressApi(from, to, css) {
  fs.cpSync(from, to, { recursive: true });
  const scripts = new Map();
  for (const name of fs.readdirSync(to, { recursive: true })) {
    if (!name.endsWith('.html')) continue;
    const file = path.join(to, name);
    const api = '../'.repeat(name.split(path.sep).length - 1);
    fs.writeFileSync(file, dressed(fs.readFileSync(file, 'utf8'), { root: `${api}../`, api, css, scripts }));
  }
  for (const [name, text] of scripts) fs.writeFileSync(path.join(to, 'assets', name), text);
  const main = path.join(to, 'assets/main.js');
  fs.writeFileSync(main, withTheme(withoutStyle(fs.readFileSync(main, 'utf8'))));
}
