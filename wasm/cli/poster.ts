/** `phaselens poster`: what the elements of a page show before their picture, made when the page is built. */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Frame, type Model, objectiveOf, rivalOf, type Visualization } from '../api/index.js';
import type { Command, Given } from './command.js';
import { readBytes, write } from './disk.js';
import { type Drawn, draw, quiet } from './draw.js';
import { Exit, interrupted, misuse, statusOf } from './exit.js';
import { readFiles } from './files.js';
import { layOut } from './grid.js';
import { readTexts, toPng } from './images.js';
import { type Poster, posterOf } from './lens.js';
import { modelFlags, openModel, readWorkers, using } from './models.js';
import { preparePaths } from './out.js';
import { readPage } from './page.js';
import { describe, madeOf, type Recipe, textsOf } from './recipe.js';
import { resolver } from './site.js';
import { quote, type Tell, teller } from './speak.js';
import type { Subject } from './subjects.js';

/** Of one picture, or of two that are compared: these together can be made by this command alone. */
type PosterRecipe = Recipe | { readonly pair: readonly Recipe[] };

/** Pixels between two, as in a sheet; each picture of the element shows its own of them. */
const gap = 4;

async function run(given: Given): Promise<void> {
  const [file = ''] = given.operands;
  const root = given.text('root') ?? dirname(file);
  const { lenses, base } = readPage(new TextDecoder().decode(await readBytes(file)));
  if (lenses.length === 0) throw misuse(`${file} has no <phase-lens>.`);
  const [named, others] = [true, false].map((has) => lenses.filter((lens) => (lens.getAttribute('poster') !== null) === has));
  for (const { line } of others!) console.error(`${file}:${line} names no poster: it is left out.`);
  const at = resolver(dirname(file), root, base);
  const posters: Poster[] = [];
  for (const lens of named!) posters.push(await posterOf(lens, `${file}:${lens.line}`, root, at));
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
async function make(model: Model, poster: Poster, tell: Tell): Promise<boolean> {
  const { out, wish } = poster;
  const name = String(wish.unit ?? wish.layer ?? 'objective');
  const subject = { objective: objectiveOf(wish, model), name };
  const visualizations = await begin(model, poster, subject);
  if (await isMade(out, await recipeOf(model, poster, visualizations, subject))) {
    tell({ out, name, kept: true }, `${out}  ${name}  is up to date`);
    return true;
  }
  const drawn = await drawAll(visualizations, `${out}: ${name}`);
  if (!drawn) return false;
  const texts = textsOf(name, await recipeOf(model, poster, visualizations, subject));
  await write(out, toPng(sideBySide(drawn), texts));
  const { score, steps } = drawn[0]!;
  tell({ out, name, score, steps }, `${out}  ${name}  score ${score.toPrecision(4)}`);
  return true;
}

/** The picture, and what it is compared with. */
async function begin(model: Model, { options, files, compare }: Poster, { objective }: Subject): Promise<Visualization[]> {
  const given = { ...options, ...(await readFiles(files)) };
  const others = compare === undefined ? [] : [rivalOf(compare, { objective, options: given }, model)];
  return [given, ...others].map((one) => model.visualize(objective, { ...one, ...quiet }));
}

async function recipeOf(
  model: Model,
  poster: Poster,
  visualizations: readonly Visualization[],
  subject: Subject,
): Promise<PosterRecipe> {
  const [recipe, ...others] = await Promise.all(visualizations.map((one) => describe(model, poster, one, subject)));
  return others.length === 0 ? recipe! : { pair: [recipe!, ...others] };
}

async function drawAll(visualizations: readonly Visualization[], title: string): Promise<Drawn[] | undefined> {
  const all: Drawn[] = [];
  for (const visualization of visualizations) {
    const drawn = await draw(visualization, title);
    if (!drawn) return undefined;
    all.push(drawn);
  }
  return all;
}

function sideBySide(drawn: readonly Drawn[]): Frame {
  const frames = drawn.map(({ frames }) => frames[0]!);
  return frames.length === 1 ? frames[0]! : layOut(frames, frames.length, { columns: frames.length, gap }, 0);
}

/** Whether a file is already what this would make. */
async function isMade(out: string, recipe: PosterRecipe): Promise<boolean> {
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
  notes: `Posters that are up to date are left as they are. Pictures have the same bits by the same build: --build chooses it. Of an element
that compares, a poster has both pictures. Photos are PNG or JPEG; browsers decode a JPEG a little otherwise.`,
  run,
};
