/** Pictures that are made one after another, and what is left of them when they are interrupted. */
import type { Model, Visualization, VisualizeOptions } from '../api/index.js';
import { write } from './disk.js';
import { type Drawn, draw, quiet } from './draw.js';
import { Exit, interrupted } from './exit.js';
import { type Files, readFiles } from './files.js';
import { toPng } from './images.js';
import type { ModelWish } from './models.js';
import { describe, textsOf } from './recipe.js';
import type { Subject } from './subjects.js';

export interface Picture {
  readonly subject: Subject;
  /** A path for each of the images that are made side by side. */
  readonly paths: readonly string[];
  /** The one of these that is wanted; all, where it is left out. */
  readonly image?: number;
}

export interface Batch {
  readonly wish: ModelWish;
  /** As they were given. */
  readonly options: VisualizeOptions;
  readonly files: Files;
  readonly pictures: readonly Picture[];
}

export interface Ways {
  /** The first picture, where it goes on. */
  readonly begun?: Visualization;
  /** How the command is written that goes on with a checkpoint. */
  readonly goOn: (checkpoint: string) => string;
  readonly tell: (result: object, text: string) => void;
}

/** Throws an Exit where it is interrupted, after what was done is kept. */
export async function makeAll(model: Model, batch: Batch, ways: Ways): Promise<void> {
  const sources = { ...batch.options, ...(await readFiles(batch.files)), ...quiet };
  for (const [i, picture] of batch.pictures.entries()) {
    const begun = i === 0 ? ways.begun : undefined;
    const visualization = begun ?? model.visualize(picture.subject.objective, sources);
    const rest = { ...batch, pictures: batch.pictures.slice(i) };
    const kept = checkpointOf(picture);
    const drawn = await draw(visualization, picture.subject.name, (going) => keep(going, kept, rest));
    if (!drawn) throw new Exit(interrupted, `Interrupted. This goes on:\n${ways.goOn(kept)}`);
    await save(model, batch, picture, visualization, drawn, ways);
  }
}

const checkpointOf = ({ paths }: Picture): string => paths[0]!.replace(/\.png$/i, '.checkpoint');

/** Whether there was something to keep: what has all its steps behind it is finished instead. */
async function keep(visualization: Visualization, path: string, rest: Batch): Promise<boolean> {
  const bytes = await visualization.checkpoint(JSON.stringify(rest)).catch(() => undefined);
  if (bytes) await write(path, bytes);
  return bytes !== undefined;
}

async function save(
  model: Model,
  batch: Batch,
  { subject, paths, image }: Picture,
  visualization: Visualization,
  { frames, score, steps }: Drawn,
  { tell }: Ways,
): Promise<void> {
  const recipe = await describe(model, { model: batch.wish, ...batch }, visualization, subject);
  for (const [i, path] of paths.entries()) {
    const place = image ?? i;
    const made = frames.length > 1 ? { ...recipe, image: place } : recipe;
    await write(path, toPng(frames[place]!, textsOf(subject.name, made)));
    tell(
      { out: path, ...subject, ...(frames.length > 1 ? { image: place } : {}), score, steps },
      `${path}  ${subject.name}  score ${score.toPrecision(4)}`,
    );
  }
}
