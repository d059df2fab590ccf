/** Pixels of the package as browsers draw them. */
import type { Frame } from '../phaselens';

/** The same bytes: nothing is copied. */
export const imageDataOf = ({ data, width, height }: Frame): ImageData =>
  new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height);
