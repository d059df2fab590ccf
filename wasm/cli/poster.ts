/** `phaselens poster`: what the elements of a page show before their picture, made when the page is built. */
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { type Model, objectiveOf, type VisualizeOptions, type Wish } from '../api/index.js';
import { readAttribute, readOptions } from '../element/attributes.js';
import type { Command, Given } from './command.js';
import { readBytes, write } from './disk.js';
import { draw, quiet } from './draw.js';
import { Exit, interrupted, misuse, statusOf } from './exit.js';
import { readTexts, toPng } from './images.js';
import { entryOf, isAddress, type ModelWish, modelFlags, openModel, readWorkers, using } from './models.js';
import { preparePaths } from './out.js';
import { type Lens, lensesIn } from './page.js';
import { describe, madeOf, type Recipe, textsOf } from './recipe.js';
import { quote, type Tell, teller } from './speak.js';

interface Poster {
  /** For messages: file and line. */
  readonly where: string;
  readonly out: string;
  readonly model: ModelWish;
  readonly wish: Wish;
  readonly options: VisualizeOptions;
}

/** Addresses in a page, as paths of this machine. */
type Resolve = (address: string) => string;

const hasScheme = (address: string): boolean => /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(address);

/** Relative to the page, or to the site's folder, as in the browser. */
function resolver(file: string, root: string): Resolve {
  return (address) => {
    if (hasScheme(address)) return address;
    const path = address.startsWith('/') ? resolve(root, `.${address}`) : resolve(dirname(file), address);
    return relative('.', path).replace(/^(?![./\\])/, './');
  };
}

function outOf(lens: Lens, where: string, root: string, at: Resolve): string {
  const poster = lens.getAttribute('poster')!;
  const path = hasScheme(poster) ? '' : at(decodeURI(poster.replace(/[?#].*$/s, '')));
  if (!/\.png$/i.test(path)) throw misuse(`${where}: a poster is a PNG of this site, not ${poster}.`);
  if (!relative(root, path).startsWith('..')) return path;
  throw misuse(`${where}: the poster ${poster} lies outside of ${root}. --root names the folder of the site.`);
}

async function posterOf(lens: Lens, file: string, root: string): Promise<Poster> {
  const where = `${file}:${lens.line}`;
  const at = resolver(file, root);
  const said = (property: string) => readAttribute(lens, property);
  const [source, labels, preprocessing] = [said('model'), said('labels'), said('preprocessing')] as readonly [
    string | undefined,
    string | undefined,
    ModelWish['preprocessing'],
  ];
  const model: ModelWish = {
    source: source !== undefined && isAddress(source) ? at(source) : (await entryOf(source)).id,
    ...(labels ? { labels: at(labels) } : {}),
    ...(preprocessing ? { preprocessing } : {}),
  };
  const wish = { layer: said('layer'), unit: said('unit'), objective: said('objective') } as Wish;
  const { magnitude, generator, ...others } = readOptions(lens) as VisualizeOptions;
  const sources = {
    ...(magnitude ? { magnitude: at(String(magnitude)) } : {}),
    ...(generator ? { generator: at(String(generator)) } : {}),
  };
  return { where, out: outOf(lens, where, root, at), model, wish, options: { ...others, ...sources } };
}

async function run(given: Given): Promise<void> {
  const [file = ''] = given.operands;
  const root = given.text('root') ?? dirname(file);
  const lenses = lensesIn(new TextDecoder().decode(await readBytes(file)));
  if (lenses.length === 0) throw misuse(`${file} has no <phase-lens>.`);
  const [named, others] = [true, false].map((has) => lenses.filter((lens) => (lens.getAttribute('poster') !== null) === has));
  for (const { line } of others!) console.error(`${file}:${line} names no poster: it is left out.`);
  const posters: Poster[] = [];
  for (const lens of named!) posters.push(await posterOf(lens, file, root));
  await preparePaths(posters.map(({ out }) => out));
  for (const group of byModel(posters)) {
    await using(await openModel(group[0]!.model, readWorkers(given)), (model) => makeAll(model, group, given));
  }
}

function byModel(posters: readonly Poster[]): Poster[][] {
  const groups = new Map<string, Poster[]>();
  for (const poster of posters) {
    const key = JSON.stringify(poster.model);
    groups.set(key, [...(groups.get(key) ?? []), poster]);
  }
  return [...groups.values()];
}

async function makeAll(model: Model, posters: readonly Poster[], given: Given): Promise<void> {
  for (const poster of posters) {
    const done = await make(model, poster, teller(given)).catch((error: Error) => {
      throw new Exit(statusOf(error), `${poster.where}: ${error.message}`, { cause: error });
    });
    if (!done) throw new Exit(interrupted, `Interrupted. What is done is kept; this goes on:\n${again(given)}`);
  }
}

const again = (given: Given): string =>
  ['phaselens', 'poster', ...given.operands, ...given.words(poster.flags.map(({ name }) => name))].map(quote).join(' ');

/** Whether it was not interrupted. */
async function make(model: Model, { out, model: source, wish, options }: Poster, tell: Tell): Promise<boolean> {
  const name = String(wish.unit ?? wish.layer ?? 'objective');
  const subject = { objective: objectiveOf(wish, model), name };
  const visualization = model.visualize(subject.objective, { ...options, ...quiet });
  const about = { model: source, options, files: {} };
  if (await isMade(out, await describe(model, about, visualization, subject))) {
    tell({ out, name, kept: true }, `${out}  ${name}  is up to date`);
    return true;
  }
  const drawn = await draw(visualization, `${out}: ${name}`);
  if (!drawn) return false;
  await write(out, toPng(drawn.frames[0]!, textsOf(name, await describe(model, about, visualization, subject))));
  tell({ out, name, score: drawn.score, steps: drawn.steps }, `${out}  ${name}  score ${drawn.score.toPrecision(4)}`);
  return true;
}

/** Whether a file is already what this would make. */
async function isMade(out: string, recipe: Recipe): Promise<boolean> {
  if (!existsSync(out)) return false;
  const made = await readTexts(out).then(madeOf, () => undefined);
  return JSON.stringify(made) === JSON.stringify(recipe);
}

export const poster: Command = {
  name: 'poster',
  usage: 'PAGE.html [--root FOLDER]',
  summary: 'Makes the posters that the <phase-lens> elements of a page name: what they come to by the same build.',
  operands: [1, 1],
  flags: [
    {
      name: 'root',
      value: 'FOLDER',
      text: "The site's, from which addresses with a slash before them count. Default: the page's.",
    },
    ...modelFlags.filter(({ name }) => name === 'workers' || name === 'build'),
    { name: 'json', text: 'A line of JSON for each poster.' },
  ],
  notes: 'Posters that are up to date are left as they are. Pictures have the same bits by the same build: --build chooses it.',
  run,
};
