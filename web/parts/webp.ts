/** Texts in WebP files, as XMP: https://developers.google.com/speed/webp/docs/riff_container */

/** `data` is of the file: without the name, the length and what pads it to an even one. */
interface Chunk {
  name: string;
  data: Uint8Array;
}

const flags = { xmp: 0x04, alpha: 0x10 };

export const webp = {
  type: 'image/webp',
  extension: 'webp',

  isOne: (bytes: Uint8Array): boolean => letters(bytes.subarray(0, 4)) === 'RIFF' && letters(bytes.subarray(8, 12)) === 'WEBP',

  /** The file with a text more: the chunk that says so comes first, the text last. */
  withText(bytes: Uint8Array, keyword: string, text: string): Blob {
    const chunks = chunksOf(bytes);
    const header = chunks.find(({ name }) => name === 'VP8X')?.data.slice() ?? headerOf(chunks);
    header[0]! |= flags.xmp;
    const rest = chunks.filter(({ name }) => name !== 'VP8X' && name !== 'XMP ');
    const xmp = new TextEncoder().encode(packet(keyword, text));
    const parts = [{ name: 'VP8X', data: header }, ...rest, { name: 'XMP ', data: xmp }].map(written);
    const length = parts.reduce((sum, part) => sum + part.length, 4);
    return new Blob([`RIFF`, fourBytes(length), 'WEBP', ...parts], { type: 'image/webp' });
  },

  textIn(bytes: Uint8Array, keyword: string): string | undefined {
    const xmp = chunksOf(bytes).find(({ name }) => name === 'XMP ')?.data;
    const [, escaped] = new RegExp(`<${keyword}:text>(.*)</${keyword}:text>`, 's').exec(new TextDecoder().decode(xmp)) ?? [];
    return escaped?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  },
};

const letters = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

/** What is cut off ends there. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks: Chunk[] = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at + 4, true);
    chunks.push({ name: letters(bytes.subarray(at, at + 4)), data: bytes.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return chunks;
}

function written({ name, data }: Chunk): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(8 + data.length + (data.length % 2));
  chunk.set(new TextEncoder().encode(name));
  chunk.set(fourBytes(data.length), 4);
  chunk.set(data, 8);
  return chunk;
}

function fourBytes(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Of a file that had none: which features it has, and its width and height less one. */
function headerOf(chunks: readonly Chunk[]): Uint8Array {
  const { width, height, alpha } = imageIn(chunks);
  const header = new Uint8Array(10);
  header[0] = alpha ? flags.alpha : 0;
  header.set(fourBytes(width - 1).subarray(0, 3), 4);
  header.set(fourBytes(height - 1).subarray(0, 3), 7);
  return header;
}

/** As the image itself says: 14 bits a side, in either of its encodings. */
function imageIn(chunks: readonly Chunk[]): { width: number; height: number; alpha: boolean } {
  const image = chunks.find(({ name }) => name === 'VP8 ' || name === 'VP8L');
  if (!image) throw new Error('The browser has written a WebP file without an image.');
  const view = new DataView(image.data.buffer, image.data.byteOffset, image.data.length);
  if (image.name === 'VP8 ')
    return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff, alpha: false };
  const bits = view.getUint32(1, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, alpha: ((bits >>> 28) & 1) === 1 };
}

function packet(keyword: string, text: string): string {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:${keyword}="urn:${keyword}"><${keyword}:text>${escaped}</${keyword}:text></rdf:Description></rdf:RDF></x:xmpmeta>`;
}
