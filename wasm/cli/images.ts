/** Pictures as files: PNG and JPEG in, PNG out, with texts in it. */
import { convertIndexedToRgb, type DecodedPng, decode as decodePng, encode as encodePng } from 'fast-png';
import { decode as decodeJpeg, type UintArrRet } from 'jpeg-js';
import type { Frame } from '../api/index.js';
import { readBytes } from './disk.js';
import { Exit, failed, misuse } from './exit.js';
import { orientationOf, upright } from './upright.js';

/** Texts by their keywords. */
export type Texts = Readonly<Record<string, string>>;

const limits = { useTArray: true, maxMemoryUsageInMB: 2048, maxResolutionInMP: 200 } as const;

const startsWith = (bytes: Uint8Array, signature: readonly number[]): boolean => signature.every((byte, i) => bytes[i] === byte);
const isPng = (bytes: Uint8Array): boolean => startsWith(bytes, [0x89, 0x50, 0x4e, 0x47]);
const isJpeg = (bytes: Uint8Array): boolean => startsWith(bytes, [0xff, 0xd8]);

export async function readPicture(path: string): Promise<Frame> {
  const bytes = await readBytes(path);
  if (!isPng(bytes) && !isJpeg(bytes)) throw misuse(`${path} is neither a PNG nor a JPEG.`);
  return decoded(path, () => (isPng(bytes) ? frameOf(decodePng(bytes)) : jpegFrame(bytes)));
}

function decoded<T>(path: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw new Exit(failed, `${path} could not be read as an image: ${(cause as Error).message}`, { cause });
  }
}

/** What its types leave out. */
interface Exif {
  exifBuffer?: Uint8Array;
}

function jpegFrame(bytes: Uint8Array): Frame {
  const { data, height, width, exifBuffer } = decodeJpeg(bytes, limits) as UintArrRet & Exif;
  const frame = { data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length), height, width };
  return exifBuffer ? upright(frame, orientationOf(exifBuffer.subarray(1))) : frame; // it begins with a 0
}

/** Of any depth and number of channels. */
function frameOf(png: DecodedPng): Frame {
  const { height, width, depth, data, channels } = png.palette ? withoutPalette(png) : png;
  const frame = new Uint8ClampedArray(4 * height * width);
  const most = 2 ** depth - 1;
  const colours = channels < 3 ? 1 : 3;
  const sample = (pixel: number, channel: number) => (255 * valueAt(data, depth, width, pixel, channels, channel)) / most;
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < 3; c++) frame[4 * pixel + c] = sample(pixel, Math.min(c, colours - 1));
    frame[4 * pixel + 3] = channels > colours ? sample(pixel, colours) : 255;
  }
  return { data: frame, height, width };
}

/** Grey of less than 8 bits is packed, row by row. */
function valueAt(
  data: DecodedPng['data'],
  depth: number,
  width: number,
  pixel: number,
  channels: number,
  channel: number,
): number {
  if (depth >= 8) return data[pixel * channels + channel]!;
  const [y, x] = [Math.floor(pixel / width), pixel % width];
  const bit = x * depth;
  const byte = data[y * Math.ceil((width * depth) / 8) + (bit >> 3)]!;
  return (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

function withoutPalette(png: DecodedPng): DecodedPng {
  const channels = png.palette![0]?.length ?? 3;
  return { ...png, data: convertIndexedToRgb(png), channels, depth: 8 };
}

/** The texts in a PNG. */
export async function readTexts(path: string): Promise<Texts> {
  const bytes = await readBytes(path);
  if (!isPng(bytes)) throw misuse(`${path} is no PNG.`);
  return decoded(path, () => decodePng(bytes).text);
}

export function toPng({ data, height, width }: Frame, texts: Texts): Uint8Array {
  const channels = isOpaque(data) ? 3 : 4;
  const pixels = channels === 4 ? data : data.filter((_, i) => i % 4 !== 3);
  return encodePng({ data: pixels, height, width, channels, text: { ...texts } }, { zlib: { level: 9 } });
}

function isOpaque(data: Uint8ClampedArray): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}
