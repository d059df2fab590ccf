/** What a <phase-lens> of a page asks of the command: its poster, and what that is made of. */
import { relative } from 'node:path';
import { isAddress, packagedModel, type VisualizeOptions, type Wish } from '../api/index.js';
import { readAttribute, readImages, readOptions } from '../element/attributes.js';
import { misuse } from './exit.js';
import type { Files } from './files.js';
import type { ModelWish } from './models.js';
import type { Lens } from './page.js';
import { hasScheme, type Resolve } from './site.js';

export interface Poster {
  /** For messages: file and line. */
  readonly where: string;
  readonly out: string;
  readonly model: ModelWish;
  readonly wish: Wish;
  readonly options: VisualizeOptions;
  readonly files: Files;
  /** What the picture is compared with, beside it. */
  readonly compare: string | undefined;
}

function outOf(lens: Lens, where: string, root: string, at: Resolve): string {
  const poster = lens.getAttribute('poster')!;
  const path = at(poster);
  if (hasScheme(path) || !/\.png$/i.test(path)) throw misuse(`${where}: a poster is a PNG of this site, not ${path}.`);
  if (!relative(root, path).startsWith('..')) return path;
  throw misuse(`${where}: the poster ${poster} lies outside of ${root}. --root names the folder of the site.`);
}

/** Images of the site: what lies elsewhere may be another one when the page is read. */
function filesOf(lens: Lens, where: string, at: Resolve): Files {
  const { start, photos } = readImages(lens);
  const pathOf = (address: unknown) => {
    const path = at(String(address));
    if (hasScheme(path)) throw misuse(`${where}: images of a poster are files of this site, not ${path}.`);
    return path;
  };
  return { ...(start ? { start: pathOf(start) } : {}), ...(photos ? { photos: photos.map(pathOf) } : {}) };
}

async function modelOf(lens: Lens, at: Resolve): Promise<ModelWish> {
  const [source, labels, preprocessing] = ['model', 'labels', 'preprocessing'].map((name) => readAttribute(lens, name)) as [
    string | undefined,
    string | undefined,
    ModelWish['preprocessing'],
  ];
  return {
    source: source !== undefined && isAddress(source) ? at(source) : (await packagedModel(source)).id,
    ...(labels ? { labels: at(labels) } : {}),
    ...(preprocessing ? { preprocessing } : {}),
  };
}

/** Throws an Exit for what cannot be made of files here. */
export async function posterOf(lens: Lens, where: string, root: string, at: Resolve): Promise<Poster> {
  const said = (property: string) => readAttribute(lens, property);
  const wish = { layer: said('layer'), unit: said('unit'), objective: said('objective') } as Wish;
  const { magnitude, generator, ...others } = readOptions(lens) as VisualizeOptions;
  const sources = {
    ...(magnitude ? { magnitude: at(String(magnitude)) } : {}),
    ...(generator ? { generator: at(String(generator)) } : {}),
  };
  return {
    where,
    out: outOf(lens, where, root, at),
    model: await modelOf(lens, at),
    wish,
    options: { ...others, ...sources },
    files: filesOf(lens, where, at),
    compare: said('compare') as string | undefined,
  };
}
