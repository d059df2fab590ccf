/** The <phase-lens> elements of an HTML file. */
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import type { Reading } from '../element/attributes.js';

type Node = DefaultTreeAdapterTypes.Node;
type Tag = DefaultTreeAdapterTypes.Element;

export interface Lens extends Reading {
  readonly line: number;
}

export function lensesIn(html: string): Lens[] {
  const tree = parse(html, { sourceCodeLocationInfo: true, scriptingEnabled: false });
  return tagsIn(tree)
    .filter(({ tagName }) => tagName === 'phase-lens')
    .map(lensOf);
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
