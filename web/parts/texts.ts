/** Texts in files of pictures, in whatever format the file is. */
import { png } from './png';
import { webp } from './webp';

export const formats = { png, webp };

export type Format = keyof typeof formats;

const most = 1 << 28; // bytes of a file that is looked into

/** The file with a text more. */
export async function withText(file: Blob, format: Format, keyword: string, text: string): Promise<Blob> {
  return formats[format].withText(new Uint8Array(await file.arrayBuffer()), keyword, text);
}

/** Undefined where there is none, or the file is of no format that is known. */
export async function textIn(file: Blob, keyword: string): Promise<string | undefined> {
  if (file.size > most) return undefined;
  const bytes = new Uint8Array(await file.arrayBuffer());
  return Object.values(formats)
    .find(({ isOne }) => isOne(bytes))
    ?.textIn(bytes, keyword);
}
