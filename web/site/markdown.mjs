// Markdown of web/docs/ as HTML: headings that can be pointed at, tables that scroll by themselves, links from page to page.
import MarkdownIt from 'markdown-it';

const slugOf = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

const textOf = (token) => (token.children ?? []).map(({ content }) => content).join('');

const fenced = (escaped, { content, info }) =>
  `<pre tabindex="0" data-language="${escaped(info)}"><code>${escaped(content)}</code></pre>\n`;

/** Text of a page -> { title, headings: [{ id, text }] of the second level, html }. */
export function render(text) {
  const md = new MarkdownIt();
  const tokens = md.parse(text, {});
  const headings = [];
  let title = '';
  tokens.forEach((token, i) => {
    if (token.type === 'heading_open') {
      const inside = textOf(tokens[i + 1]);
      const id = slugOf(inside);
      token.attrSet('id', id);
      if (token.tag === 'h1') title = inside;
      if (token.tag === 'h2') headings.push({ id, text: inside });
    }
    for (const child of token.children ?? []) {
      const href = child.type === 'link_open' && child.attrGet('href');
      if (href) child.attrSet('href', href.replace(/^([a-z-]+)\.md(?=#|$)/, '$1.html'));
    }
  });
  // A table or a program that is wider than the page scrolls, by the keyboard too.
  md.renderer.rules.table_open = () => '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>\n';
  md.renderer.rules.table_close = () => '</table></div>\n';
  md.renderer.rules.fence = (all, i) => fenced(md.utils.escapeHtml, all[i]);
  return { title, headings, html: md.renderer.render(tokens, md.options, {}) };
}
