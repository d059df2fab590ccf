/** What a link to a picture does not hold: files of the reader's own. */
import type { OwnFile } from '../fields/own-file';
import type { Photos } from '../fields/photos';
import { isFile, type Loaded } from '../models/models';
import { needsPhoto } from '../run/objective';
import type { Picture } from '../run/state';

export interface OwnFiles {
  photos: Photos;
  magnitude: OwnFile;
  generator: OwnFile;
}

/** Their names. */
export function lacking({ source }: Loaded, picture: Picture, { photos, magnitude, generator }: OwnFiles): string[] {
  const names = [isFile(source) && source.title, ...photosOf(picture, photos), magnitude.file?.name, generator.file?.name];
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

/** An objective may name any of them; what is made of a photo is made of the first, and the sample is everywhere. */
function photosOf({ photo, sample, objective }: Picture, { names }: Photos): string[] {
  if (objective !== undefined && needsPhoto({ objective })) return names;
  return photo && !sample ? names.slice(0, 1) : [];
}
