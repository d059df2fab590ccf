// The reference, which `npm run docs:api` makes, as a part of the site: every page gets a policy that allows the scripts it has, and
// the ways to the other pages.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { footer, links } from './frame.mjs';

const hashesIn = (text, tag) =>
  [...text.matchAll(new RegExp(`<${tag}(?![^>]*\\bsrc=)[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    ([, inside]) => `'sha256-${createHash('sha256').update(inside).digest('base64')}'`,
  );

/** TypeDoc's script writes styles into the page. */
function policyOf(text) {
  const scripts = [...new Set(hashesIn(text, 'script'))];
  return [
    `default-src 'none'`,
    `script-src ${["'self'", ...scripts].join(' ')}`,
    `style-src 'self' 'unsafe-inline'`,
    `img-src 'self' data:`,
    `connect-src 'self' data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

function dressed(text, root) {
  const policy = `<meta http-equiv="Content-Security-Policy" content="${policyOf(text)}">`;
  const icon = `<link rel="icon" type="image/svg+xml" href="${root}assets/icon.svg">`;
  const [ways] = links({ root, here: 'api/index.html', api: true }).match(/<a.*<\/a>/);
  return text
    .replace(/<meta charset="[^"]*"\s*\/?>/, (charset) => charset + policy + icon)
    .replace('<div id="tsd-toolbar-links">', (tag) => tag + ways)
    .replace('<footer>', (tag) => tag + footer({ root }).replace(/<\/?footer[^>]*>/g, ''));
}

/** Whether there is one. */
export function dressApi(from, to) {
  if (!fs.existsSync(path.join(from, 'index.html'))) return false;
  fs.cpSync(from, to, { recursive: true });
  for (const name of fs.readdirSync(to, { recursive: true })) {
    if (!name.endsWith('.html')) continue;
    const file = path.join(to, name);
    const root = '../'.repeat(name.split(path.sep).length);
    fs.writeFileSync(file, dressed(fs.readFileSync(file, 'utf8'), root));
  }
  return true;
}
