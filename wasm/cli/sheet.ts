/** `phaselens sheet`: many units as one picture, which is its own checkpoint. */
import type { Frame, Model, VisualizeOptions } from '../api/index.js';
import { allowOnly, type Command, type Flag, type Given } from './command.js';
import { defaultsOf } from './defaults.js';
import { write } from './disk.js';
import { draw, quiet } from './draw.js';
import { Exit, failed, interrupted, misuse } from './exit.js';
import { checkHashes, type Files, fileFlags, namedFiles, readFiles } from './files.js';
import { optionFlags, readOptions } from './flags.js';
import { cutOut, type Grid, layOut } from './grid.js';
import { readPicture, readTexts, toPng } from './images.js';
import { modelFlags, modelWords, openModel, readWish, readWorkers, renewWish, using } from './models.js';
import { prepareOut } from './out.js';
import { describe, madeOf, type Recipe, textsOf } from './recipe.js';
import { quote, type Tell, teller } from './speak.js';
import { readSubjects, type Subject, subjectFlags } from './subjects.js';

/** What a sheet says of itself. */
interface SheetRecipe extends Omit<Recipe, 'subject' | 'image'> {
  readonly subjects: readonly Subject[];
  readonly grid: Grid;
  /** How many of the subjects are there: fewer where it was interrupted. */
  readonly done: number;
}

interface Plan extends Pick<SheetRecipe, 'subjects' | 'grid' | 'model'> {
  readonly options: VisualizeOptions;
  readonly files: Files;
  readonly out: string;
  readonly frames: readonly Frame[];
}

const ownFlags: readonly Flag[] = [
  { name: 'out', short: 'o', value: 'PNG', text: 'Default: sheet.png.' },
  { name: 'columns', value: 'N', text: 'How many stand side by side. Default: as many as make it a square.' },
  { name: 'gap', value: 'N', text: 'Pixels between two. Default: 4.' },
  { name: 'again', value: 'PNG', text: 'Makes a sheet once more: by the same build, the same bits.' },
  { name: 'resume', value: 'PNG', text: 'Goes on with a sheet that was interrupted.' },
  { name: 'json', text: 'A line of JSON for each unit, and one for the sheet.' },
];

const laterFlags: readonly Flag[] = [...ownFlags, ...modelFlags];

async function run(given: Given): Promise<void> {
  const file = given.text('again') ?? given.text('resume');
  const out = given.text('out') ?? (given.text('resume') || file?.replace(/(\.png)?$/i, '-again.png') || 'sheet.png');
  if (!/\.png$/i.test(out)) throw misuse(`--out is a PNG: ${out} does not end with .png.`);
  await prepareOut(out);
  await (file === undefined ? begin(given, out) : repeat(given, file, out));
}

async function begin(given: Given, out: string): Promise<void> {
  const wish = await readWish(given);
  const [options, files, gap = 4] = [readOptions(given), namedFiles(given), given.whole('gap', 0)];
  await using(await openModel(wish, readWorkers(given)), async (model) => {
    const subjects = await readSubjects(given, model);
    const columns = given.whole('columns', 1) ?? Math.ceil(Math.sqrt(subjects.length * (options.images ?? 1)));
    await fill(model, { subjects, grid: { columns, gap }, model: wish, options, files, out, frames: [] }, given);
  });
}

async function repeat(given: Given, file: string, out: string): Promise<void> {
  allowOnly(given, sheet.flags, laterFlags, 'The sheet');
  const made = madeOf(await readTexts(file)) as SheetRecipe | undefined;
  if (!made?.subjects) throw new Exit(failed, `${file} is no sheet that phaselens sheet has made.`);
  await checkHashes(made.hashes);
  const wish = await renewWish(made.model, given);
  const { height = 0, width = 0, images = 1 } = made.options;
  const done = given.has('resume') ? made.done * images : 0;
  const frames = cutOut(await readPicture(file), done, made.grid, { height, width });
  await using(await openModel(wish, { build: made.build, ...readWorkers(given) }), (model) =>
    fill(model, { ...made, model: wish, out, frames }, given),
  );
}

async function fill(model: Model, plan: Plan, given: Given): Promise<void> {
  const { subjects, options } = plan;
  const sources = { ...options, ...(await readFiles(plan.files)), ...quiet };
  const frames = [...plan.frames];
  const tell = teller(given);
  for (let i = frames.length / (options.images ?? 1); i < subjects.length; i++) {
    const subject = subjects[i]!;
    const visualization = model.visualize(subject.objective, sources);
    const drawn = await draw(visualization, `${i + 1} of ${subjects.length}, ${subject.name}`);
    if (drawn) frames.push(...drawn.frames);
    if (drawn && given.yes('json')) tell({ ...subject, score: drawn.score, steps: drawn.steps }, '');
    const recipe = await describe(model, plan, visualization, subject);
    if (!drawn) await leave(plan, recipe, frames, i, given);
    if (i === subjects.length - 1) await save(plan, recipe, frames, subjects.length, tell);
  }
}

async function leave(plan: Plan, recipe: Recipe, frames: readonly Frame[], done: number, given: Given): Promise<never> {
  if (done === 0) throw new Exit(interrupted, 'Interrupted before the first unit was done: there is nothing to go on with.');
  await save(plan, recipe, frames, done, () => {});
  const words = ['phaselens', 'sheet', '--resume', plan.out, ...modelWords(given)];
  throw new Exit(interrupted, `Interrupted. This goes on:\n${words.map(quote).join(' ')}`);
}

async function save(plan: Plan, recipe: Recipe, frames: readonly Frame[], done: number, tell: Tell): Promise<void> {
  const { subject: _, ...common } = recipe;
  const { subjects, grid, out } = plan;
  const made: SheetRecipe = { ...common, subjects, grid, done };
  const { images = 1, transparency } = common.options;
  const picture = layOut(frames, subjects.length * images, grid, transparency ? 0 : 255);
  const title = subjects.map(({ name }) => name).join('; ');
  await write(out, toPng(picture, textsOf(title, made)));
  tell({ out, units: subjects.length, ...grid }, `${out}  ${subjects.length} units, ${grid.columns} in a row`);
}

export const sheet: Command = {
  name: 'sheet',
  usage: '--unit UNITS [--layer LAYER] [--out PNG] [OPTIONS]',
  summary: 'Makes many units one picture, row by row; its texts say which unit is where.',
  operands: [0, 0],
  flags: [...ownFlags, ...subjectFlags, ...modelFlags, ...optionFlags, ...fileFlags],
  notes: 'Ctrl-C leaves the sheet with the units that are done, and says how to go on.',
  run,
  defaults: defaultsOf,
};
