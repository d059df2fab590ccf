/** The one unit that a picture is of. */
import type { Loaded } from '../models/models';
import type { Question } from '../run/responses';
import { isOfUnit, type Picture } from '../run/state';

export interface UnitShown {
  loaded: Loaded;
  picture: Picture;
  asked: Question;
}

/** Nothing where a picture is of none, or of one that cannot be run. */
export function unitShown(loaded: Loaded, picture: Picture): UnitShown | undefined {
  const layer = loaded.layers.find(({ name }) => name === picture.layer);
  const one = isOfUnit(picture) && layer?.runs && picture.unit < layer.units;
  return one ? { loaded, picture, asked: { layer, tokens: picture.tokens } } : undefined;
}
