// What every page of the site has around its own content: head, links, the way to paper, source and licence.

export const escapeText = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);

export const paper = 'https://arxiv.org/abs/2306.06805';

const sections = [
  ['index.html', 'Playground'],
  ['article/index.html', 'Why phase'],
  ['docs/index.html', 'Docs'],
  ['api/index.html', 'API'],
];

/** The strictest policy that a page works with: nothing from elsewhere, no text that becomes a script. */
const policies = {
  text: [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src 'self'`,
    `worker-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `require-trusted-types-for 'script'`,
    'trusted-types phaselens-site',
  ],
  live: [
    `default-src 'none'`,
    `script-src 'self' 'wasm-unsafe-eval'`,
    `style-src 'self'`,
    `img-src 'self' blob:`,
    `connect-src 'self'`,
    `worker-src 'self'`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `require-trusted-types-for 'script'`,
    'trusted-types phaselens phaselens-site phaselens-article',
  ],
};

export const mark =
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="14"/><path d="M2 16c3.5-9 7-9 10.5 0s7 9 10.5 0c1.7-4.4 3.5-6.6 5.2-6.7"/></svg>';

/** The ways to the other pages; `root` leads from this one to the site's, `here` is this one's section, `api` whether there is that. */
export function links({ root, here, api }) {
  const shown = sections.filter(([path]) => api || !path.startsWith('api/'));
  const items = shown.map(([path, title]) => {
    const current = path === here ? ' aria-current="page"' : '';
    return `<a href="${root}${path}"${current}>${title}</a>`;
  });
  return `<nav class="site-links" aria-label="Pages">${items.join('')}</nav>`;
}

export const footer = ({ root }) =>
  `<footer class="site-foot"><p><a href="${paper}">Paper</a> <a href="${root}source.tar.gz">Source</a> ` +
  `<a href="${root}LICENSE.txt">Licence: MIT</a></p>` +
  '<p>The method is MaCo, by Fel et al., NeurIPS 2023. All is computed on the reader’s device.</p></footer>';

/** A whole page. */
export function frame({ root, here, api, title, description, kind, body, styles, scripts, className }) {
  const tags = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policies[kind].join('; ')}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escapeText(title)}</title>`,
    `<meta name="description" content="${escapeText(description)}">`,
    `<link rel="icon" type="image/svg+xml" href="${root}assets/icon.svg">`,
    ...styles.map((style) => `<link rel="stylesheet" href="${root}${style}">`),
    `<script src="${root}theme.js"></script>`,
    ...scripts.map((script) => `<script type="module" src="${root}${script}"></script>`),
  ];
  return `<!doctype html>
<html lang="en">
<head>
  ${tags.join('\n  ')}
</head>
<body class="${className}">
<a class="skip" href="#content">To the text</a>
<header class="site-head">
  <a class="brand" href="${root}index.html">${mark}<span>Phaselens</span></a>
  ${links({ root, here, api })}
  <button type="button" id="site-theme" class="theme" aria-label="Dark colours" aria-pressed="false"><svg viewBox="0 0 16 16" aria-hidden="true"><path fill-rule="evenodd" d="M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 3v10A5 5 0 0 0 8 3z"/></svg></button>
</header>
${body}
${footer({ root })}
</body>
</html>
`;
}
