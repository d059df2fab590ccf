/**
 * A photo's file as pixels, no more of them than pictures have: it is scaled while it is decoded, so that a large one is in memory
 * once, and only as long as that takes.
 */
import { type Frame, loadApi } from '../phaselens';

const largest = 1024; // pixels of the longer side; pictures are no larger

export interface OwnPhoto {
  frame: Frame;
  /** Of a picture of these pixels, for the page to show. */
  url: string;
}

interface Size {
  width: number;
  height: number;
}

export async function readPhoto(file: Blob): Promise<OwnPhoto> {
  const size = within(await sizeOf(file));
  const scaled = size && { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: 'high' as const };
  const bitmap = await createImageBitmap(file, scaled).catch(async () => {
    const { explainFile } = await loadApi();
    throw new Error((await explainFile(file, 'image')) ?? 'It is no image that this browser can read.');
  });
  const canvas = painted(bitmap, within(bitmap) ?? bitmap); // a browser may not have scaled it
  bitmap.close();
  const frame = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
  return { frame, url: URL.createObjectURL(await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })) };
}

/** As it is to be; nothing where it may stay as it is. */
function within(size: Size | undefined): Size | undefined {
  const longest = Math.max(size?.width ?? 0, size?.height ?? 0);
  if (!size || longest <= largest) return undefined;
  const scaled = (side: number) => Math.max(1, Math.round((side * largest) / longest));
  return { width: scaled(size.width), height: scaled(size.height) };
}

/** Browsers tell it by the file's head, as it is to be turned, and decode an image when it is painted. */
async function sizeOf(file: Blob): Promise<Size | undefined> {
  const image = new Image();
  const url = URL.createObjectURL(file);
  try {
    await new Promise((resolve, reject) => Object.assign(image, { onload: resolve, onerror: reject, src: url }));
    return { width: image.naturalWidth, height: image.naturalHeight };
  } catch {
    return undefined;
  } finally {
    image.removeAttribute('src');
    URL.revokeObjectURL(url);
  }
}

function painted(bitmap: ImageBitmap, { width, height }: Size): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = '#808080'; // under what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas;
}
