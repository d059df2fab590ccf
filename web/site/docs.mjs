// The docs: web/docs/*.md in the order of `pages`, as pages.
import fs from 'node:fs';
import path from 'node:path';
import { escapeText, frame } from './frame.mjs';
import { render } from './markdown.mjs';
import { references } from './reference.mjs';

export const pages = ['index', 'own-model', 'article', 'project', 'options', 'method', 'performance', 'scale', 'limits'];

function contents(all, here) {
  const entry = ({ name, title, headings }) => {
    const current = name === here ? ' aria-current="page"' : '';
    const inside =
      name === here ? headings.map(({ id, text }) => `<li><a href="#${id}">${escapeText(text)}</a></li>`).join('') : '';
    return `<li><a href="${name}.html"${current}>${escapeText(title)}</a>${inside && `<ul>${inside}</ul>`}</li>`;
  };
  return `<nav class="contents" id="contents" aria-label="Docs"><ul>${all.map(entry).join('')}</ul></nav>`;
}

function neighbours(all, i) {
  const link = (page, rel, word) =>
    page ? `<a rel="${rel}" href="${page.name}.html"><small>${word}</small>${escapeText(page.title)}</a>` : '<span></span>';
  return `<nav class="neighbours" aria-label="Before and after">${link(all[i - 1], 'prev', 'Before')}${link(all[i + 1], 'next', 'Next')}</nav>`;
}

/** The first paragraph, as what search engines show. */
const summaryOf = (html) =>
  html
    .match(/<p>([\s\S]*?)<\/p>/)[1]
    .replace(/<[^>]+>/g, '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

export async function docs({ folder, write, assets, api }) {
  const made = await references();
  const fill = (text) =>
    text.replace(/^\{\{([\w-]+)\}\}$/gm, (_, name) => {
      if (!made[name]) throw new Error(`A page of the docs asks for {{${name}}}: there are ${Object.keys(made).join(', ')}.`);
      return made[name];
    });
  const all = pages.map((name) => ({ name, ...render(fill(fs.readFileSync(path.join(folder, `${name}.md`), 'utf8'))) }));
  all.forEach(({ name, title, html }, i) => {
    const body = `<div class="docs"><a class="to-contents" href="#contents">Contents</a>${contents(all, name)}<main id="content" class="text">${html}${neighbours(all, i)}</main></div>`;
    const page = frame({
      root: '../',
      here: 'docs/index.html',
      api,
      title: `${title} — Phaselens`,
      description: summaryOf(html),
      kind: 'text',
      body,
      styles: [assets['pages.css']],
      scripts: [assets['pages.ts']],
      className: 'page',
    });
    write(`docs/${name}.html`, page);
  });
}
