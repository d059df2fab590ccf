/** The docs, on a site that has them: its pages have links to them, and a page by itself has none. */
export function docsPage(name: string): string | undefined {
  const link = document.querySelector<HTMLAnchorElement>('.site-links a[href$="docs/index.html"]');
  return link ? new URL(`${name}.html`, link.href).href : undefined;
}
