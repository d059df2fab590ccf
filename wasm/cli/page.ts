/** What an HTML file says of its <phase-lens> elements. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import type { Reading } from '../element/attributes.js';

type Node = DefaultTreeAdapterTypes.Node;
type Tag = DefaultTreeAdapterTypes.Element;

export interface Lens extends Reading {
  readonly line: number;
}

export interface Page {
  readonly lenses: readonly Lens[];
  /** Of its addresses, if it says another one than its own. */
  readonly base: string | undefined;
}

export function readPage(html: string): Page {
  const tags = tagsIn(parse(html, { sourceCodeLocationInfo: true, scriptingEnabled: false }));
  const bases = tags.filter(({ tagName }) => tagName === 'base').flatMap(({ attrs }) => attrs);
  return {
    lenses: tags.filter(({ tagName }) => tagName === 'phase-lens').map(lensOf),
    base: bases.find(({ name }) => name === 'href')?.value,
  };
}

/** In the order of the file; those in templates too. */
function tagsIn(node: Node): Tag[] {
  const children = 'content' in node ? node.content.childNodes : 'childNodes' in node ? node.childNodes : [];
  return [...('tagName' in node ? [node] : []), ...children.flatMap(tagsIn)];
}

function lensOf({ attrs, sourceCodeLocation }: Tag): Lens {
  const values = new Map(attrs.map(({ name, value }) => [name, value]));
  return { getAttribute: (name) => values.get(name) ?? null, line: sourceCodeLocation?.startLine ?? 0 };
}
