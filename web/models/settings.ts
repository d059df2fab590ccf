/** What the reader chose for a file of one's own. */
import type { ClassNames } from './names';
import type { Typed } from './typed';

export interface Settings {
  normalization: string; // an id, or `typed`; empty until the file was looked into
  typed?: Typed; // what was typed in last
  names?: ClassNames | null; // of a file; null for none, nothing for what the page guesses
}
