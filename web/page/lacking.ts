/** What a link to a picture does not hold: files of the reader's own. */
import type { OwnFile } from '../fields/own-file';
import type { Photos } from '../fields/photos';
import { isFile, type Loaded } from '../models/models';
import { namesPhotos } from '../run/objective';
import type { Picture } from '../run/state';

export interface OwnFiles {
  photos: Photos;
  magnitude: OwnFile;
  generator: OwnFile;
}

/** Their names. */
export function lacking({ source }: Loaded, { objective }: Picture, { photos, magnitude, generator }: OwnFiles): string[] {
  const compared = objective !== undefined && namesPhotos(JSON.parse(objective)) ? photos.names : [];
  const names = [isFile(source) && source.title, ...compared, photos.startName, magnitude.file?.name, generator.file?.name];
  return [...new Set(names.filter((name) => typeof name === 'string'))];
}

/** small.onnx, cat.jpg and dog.jpg */
export function listed(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '');
}
