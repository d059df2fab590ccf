/** How the picture on show is made, to be written into its PNG; and pictures made again as theirs say. */

import { chosenFor, isFile, type Loaded } from '../models/models';
import type { Notice } from '../parts/notice';
import type { Api } from '../phaselens';
import { namesOf } from '../picture/readouts';
import { toHash } from '../run/hash';
import { linkedTo, type Made, toText } from '../run/made';
import { namesPhotos } from '../run/objective';
import { startsFromPhoto } from '../run/photo';
import { isRefined, type Run } from '../run/refined';
import type { SessionEvents, Side } from '../run/session';
import type { Picture } from '../run/state';
import type { Asked } from './asked';
import type { OwnFiles } from './lacking';
import type { Opening } from './opening';
import type { Showing } from './showing';

export interface MakingParts extends OwnFiles {
  showing: Showing;
  notice: Notice;
  opening(): Opening;
  asked(): Asked;
  api(): Api | undefined;
}

/** A file, and what it says. */
export interface MadeFile {
  file: File;
  made: Made;
}

export class Making implements Partial<SessionEvents> {
  #run: Run | undefined; // of the picture on show
  #expected: MadeFile | undefined; // what is to be made again

  constructor(private readonly parts: MakingParts) {}

  begun(run: Run, _values: number, side: Side): void {
    if (side > 0) return;
    this.#run = run;
    if (this.#expected) this.#compare(run, this.#expected);
    this.#expected = undefined;
  }

  /** Of what is on show, which has begun; `step`: of those that are done. */
  text(step: number | undefined): string {
    const { showing, magnitude, generator } = this.parts;
    const [run, shown, api] = [this.#run!, showing.shown!, this.parts.api()!];
    const { loaded, picture } = shown;
    const { objective, layer, unit } = picture;
    const label = layer === loaded.model.logits ? loaded.labels?.[unit] : undefined;
    const what = objective === undefined ? { layer, unit, ...(label === undefined ? {} : { label }) } : {};
    const own = {
      ...(magnitude.file ? { magnitude: magnitude.file.name } : {}),
      ...(generator.file ? { generator: generator.file.name } : {}),
    };
    return toText({
      phaselens: import.meta.env.VERSION as string,
      build: loaded.model.build,
      model: wishOf(loaded),
      subject: { objective: run.objective, ...what, name: namesOf(loaded, picture).title },
      options: { ...api.settle(run.config, run.frameOptions), ...own },
      files: this.#files(run, picture),
      hashes: {},
      ...(isRefined(run) && run.stages ? { refined: run.stages.length } : {}),
      ...(step === undefined ? {} : { step }),
      page: toHash(picture, { transparency: run.frameOptions.transparency !== false, compare: false }),
    });
  }

  /** `photo`: what the reader may have meant instead. */
  again({ file, made }: MadeFile, photo: (file: File) => void): void {
    const { notice } = this.parts;
    const [opening, asked] = [this.parts.opening(), this.parts.asked()];
    const linked = linkedTo(made);
    const offer = { text: 'Use it as a photo instead', take: () => photo(file) };
    if (!opening.models?.find(linked.model))
      return notice.warn(
        `${file.name} is of ${linked.model.replace(/^file:/, '')}, which is not here: open that model first.`,
        offer,
      );
    this.#expected = { file, made };
    asked.visit(linked);
    notice.warn(`${file.name} says how it was made: this makes it again.`, offer);
  }

  #files(run: Run, picture: Picture): Made['files'] {
    const { photos, generator } = this.parts;
    const [first] = photos.names;
    return {
      ...(namesPhotos(run.objective) ? { photos: photos.names } : {}),
      ...(startsFromPhoto(picture) && first !== undefined ? { start: first } : {}),
      ...(generator.data.length > 0 ? { generatorData: generator.data.map(({ name }) => name) } : {}),
    };
  }

  /** The page has fields for some of the options. */
  #compare(run: Run, { file, made }: MadeFile): void {
    const now = this.parts.api()!.settle(run.config, {}) as Record<string, unknown>;
    const said = made.options as Record<string, unknown>;
    const other = Object.keys(now).filter((key) => key in said && JSON.stringify(now[key]) !== JSON.stringify(said[key]));
    if (other.length > 0 && !made.refined)
      this.parts.notice.warn(`${file.name} was made otherwise, for the page has no field for it: ${other.join(', ')}.`);
  }
}

function wishOf({ source }: Loaded): Made['model'] {
  if (!isFile(source)) return { source: source.id };
  const preprocessing = chosenFor(source);
  const externalData = source.data?.map(({ name }) => name) ?? [];
  return {
    source: source.title,
    ...(preprocessing ? { preprocessing } : {}),
    ...(externalData.length > 0 ? { externalData } : {}),
  };
}
