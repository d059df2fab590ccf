/** `phaselens render`: pictures of units, again and on. */
import { type Model, PhaselensError, type ResumeOptions } from '../api/index.js';
import { type Batch, makeAll, type Picture } from './batch.js';
import { allowOnly, type Command, type Flag, type Given } from './command.js';
import { defaultsOf } from './defaults.js';
import { readBytes } from './disk.js';
import { Exit, failed, misuse } from './exit.js';
import { checkHashes, fileFlags, namedFiles, readFiles } from './files.js';
import { optionFlags, readOptions } from './flags.js';
import { readTexts } from './images.js';
import { modelFlags, modelWords, openModel, readWish, readWorkers, renewWish, using } from './models.js';
import { type Fields, outText, planOut, prepareOut, preparePaths } from './out.js';
import { madeOf, type Recipe } from './recipe.js';
import { quote, teller } from './speak.js';
import { readSubjects, type Subject, subjectFlags } from './subjects.js';
import { version } from './version.js';

const ownFlags: readonly Flag[] = [
  { name: 'out', short: 'o', value: 'PATH', text: outText },
  { name: 'again', value: 'PNG', text: 'Makes a picture of this command once more: by the same build, the same bits.' },
  { name: 'resume', value: 'CHECKPOINT', text: 'Goes on with what was interrupted, to the same bits.' },
  { name: 'json', text: 'A line of JSON for each picture.' },
];

/** What can be said of a picture whose recipe is known. */
const laterFlags: readonly Flag[] = [...ownFlags, ...modelFlags];

async function run(given: Given): Promise<void> {
  const [again, resume] = [given.text('again'), given.text('resume')];
  const word = again === undefined ? 'resume' : 'again';
  if (again === undefined && resume === undefined) return begin(given);
  if (again !== undefined && resume !== undefined) throw misuse('--again and --resume exclude each other.');
  allowOnly(given, render.flags, laterFlags, `--${word}`);
  await (again === undefined ? goOn(given, resume!) : repeat(given, again));
}

async function begin(given: Given): Promise<void> {
  const out = given.text('out');
  await prepareOut(out);
  const [wish, options, files] = [await readWish(given), readOptions(given), namedFiles(given)];
  const model = await openModel(wish, readWorkers(given));
  await using(model, async () => {
    const subjects = await readSubjects(given, model);
    const pictures = await plan(out, subjects, options.images);
    await makeAll(model, { wish, options, files, pictures }, waysOf(given));
  });
}

const waysOf = (given: Given) => ({
  goOn: (checkpoint: string) => ['phaselens', 'render', '--resume', checkpoint, ...modelWords(given)].map(quote).join(' '),
  tell: teller(given),
});

/** A path for each image of each subject. */
async function plan(out: string | undefined, subjects: readonly Subject[], images = 1): Promise<Picture[]> {
  const fields = subjects.flatMap((subject) => Array.from({ length: images }, (_, image) => fieldsOf(subject, image)));
  const usual = `${subjects[0]!.unit === undefined ? '{name}' : '{layer}-{unit}'}${images > 1 ? '-{image}' : ''}.png`;
  const paths = planOut(out, fields, usual);
  await preparePaths(paths);
  return subjects.map((subject, i) => ({ subject, paths: paths.slice(i * images, (i + 1) * images) }));
}

function fieldsOf({ layer = '', unit, name, label = name }: Subject, image: number): Fields {
  return { layer, unit: String(unit ?? ''), name: label, image: String(image + 1) };
}

async function repeat(given: Given, file: string): Promise<void> {
  const recipe = recipeOf(madeOf(await readTexts(file)), file);
  const out = given.text('out') ?? file.replace(/(\.png)?$/i, '-again.png');
  await prepareOut(out);
  const wish = await renewWish(recipe.model, given);
  await checkHashes(recipe.hashes);
  if (recipe.phaselens !== version)
    console.error(`${file} is of Phaselens ${recipe.phaselens}, and this is ${version}: it may differ.`);
  if (recipe.step) console.error(`${file} shows step ${recipe.step} of ${recipe.options.steps}: this makes all of them.`);
  const model = await openBuild(wish, { build: recipe.build, ...readWorkers(given) });
  await using(model, async () => {
    const { subject, options, files, image } = recipe;
    const paths = planOut(out, [fieldsOf(subject, image ?? 0)], 'again.png');
    const picture = { subject, paths, ...(image === undefined ? {} : { image }) };
    await makeAll(model, { wish, options, files, pictures: [picture] }, waysOf(given));
  });
}

function recipeOf(made: unknown, file: string): Recipe {
  const { subject, options, refined } = Object(made) as Partial<Recipe>;
  if (refined) throw new Exit(failed, `${file} was refined by the page, which makes it again: drop it there.`);
  if (subject && options) return made as Recipe;
  throw new Exit(failed, `${file} does not say how it was made: phaselens render writes that into its pictures.`);
}

/** The build that a picture is of may be missing here. */
async function openBuild(...[wish, options]: Parameters<typeof openModel>): Promise<Model> {
  try {
    return await openModel(wish, options);
  } catch (error) {
    if (!(error instanceof PhaselensError) || error.code !== 'no-simd') throw error;
    throw new Exit(failed, `${error.message} --build simd makes nearly the same picture.`, { cause: error });
  }
}

async function goOn(given: Given, file: string): Promise<void> {
  const bytes = await readBytes(file);
  await prepareOut(given.text('out'));
  const model = await openModel(await readWish(given), readWorkers(given));
  await using(model, async () => {
    const { note, objective, config } = await model.resume(bytes);
    const kept = batchOf(note);
    const subject = kept?.pictures[0]?.subject ?? { objective, name: 'objective' };
    const wish = await renewWish(kept?.wish ?? (await readWish(given)), given);
    const batch: Batch = kept ?? {
      wish,
      options: {},
      files: {},
      pictures: await plan(given.text('out'), [subject], config.images),
    };
    const sources = {
      ...(await readFiles(batch.files)),
      ...(batch.options.generator ? { generator: batch.options.generator } : {}),
    };
    const begun = await model.resume(bytes, { ...(sources as ResumeOptions), frameInterval: 1e6 });
    await makeAll(model, { ...batch, wish }, { ...waysOf(given), begun });
  });
}

/** What this command noted in a checkpoint; undefined for that of another program. */
function batchOf(note: string): Batch | undefined {
  try {
    return (JSON.parse(note) as Partial<Batch>).pictures ? (JSON.parse(note) as Batch) : undefined;
  } catch {
    return undefined;
  }
}

export const render: Command = {
  name: 'render',
  usage: '--unit UNIT [--layer LAYER] [--out PATH] [OPTIONS]',
  summary: 'Makes pictures of what units look for.',
  operands: [0, 0],
  flags: [...ownFlags, ...subjectFlags, ...modelFlags, ...optionFlags, ...fileFlags],
  notes: `Ctrl-C leaves a checkpoint and says how to go on. A PNG says in its texts how it was made. Defaults are those of the preset and of
the model that stand before -h.`,
  run,
  defaults: defaultsOf,
};
