// The reference, which `npm run docs:api` makes, as a part of the site: every page gets a policy that allows the scripts it has.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const hashesIn = (text, tag) =>
  [...text.matchAll(new RegExp(`<${tag}(?![^>]*\\bsrc=)[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    ([, inside]) => `'sha256-${createHash('sha256').update(inside).digest('base64')}'`,
  );

function policyOf(text) {
  const scripts = [...new Set(hashesIn(text, 'script'))];
  const styles = / style="/.test(text) ? ["'unsafe-inline'"] : [...new Set(hashesIn(text, 'style'))];
  return [
    `default-src 'none'`,
    `script-src ${["'self'", ...scripts].join(' ')}`,
    `style-src ${["'self'", ...styles].join(' ')}`,
    `img-src 'self' data:`,
    `connect-src 'self' data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

/** Whether there is one. */
export function dressApi(from, to) {
  if (!fs.existsSync(path.join(from, 'index.html'))) return false;
  fs.cpSync(from, to, { recursive: true });
  for (const name of fs.readdirSync(to, { recursive: true })) {
    if (!name.endsWith('.html')) continue;
    const file = path.join(to, name);
    const text = fs.readFileSync(file, 'utf8');
    if (text.includes('Content-Security-Policy')) continue;
    const tag = `<meta http-equiv="Content-Security-Policy" content="${policyOf(text)}">`;
    fs.writeFileSync(
      file,
      text.replace(/<meta charset="[^"]*"\s*\/?>/, (charset) => charset + tag),
    );
  }
  return true;
}
