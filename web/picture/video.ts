/** How a picture formed, as a video. The browser records a canvas in real time. */

import type { Frames } from '../run/session';
import { painted } from './canvas';

const pace = 1000 / 15; // milliseconds a frame
const rest = 1000; // on the last one
const bitsPerSecond = 8e6;

const types = { webm: ['video/webm;codecs=vp9', 'video/webm;codecs=vp8', 'video/webm'], mp4: ['video/mp4'] };

interface Format {
  type: string;
  extension: string;
}

/** What this browser writes; undefined where it records no canvas. */
export function videoFormat(): Format | undefined {
  if (typeof MediaRecorder === 'undefined' || !('captureStream' in HTMLCanvasElement.prototype)) return undefined;
  const formats = Object.entries(types).flatMap(([extension, names]) => names.map((type) => ({ type, extension })));
  return formats.find(({ type }) => MediaRecorder.isTypeSupported(type));
}

/** All frames at the size of the last. */
export async function videoOf(frames: readonly Frames[], { type }: Format): Promise<Blob> {
  const pictures = frames.map(painted);
  const { width, height } = pictures.at(-1)!;
  const canvas = Object.assign(document.createElement('canvas'), { width, height });
  const context = canvas.getContext('2d')!;
  const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: type, videoBitsPerSecond: bitsPerSecond });
  const recorded = partsOf(recorder);
  for (const [i, picture] of pictures.entries()) {
    context.fillStyle = '#ffffff'; // under what is transparent
    context.fillRect(0, 0, width, height);
    context.drawImage(picture, 0, 0, width, height);
    if (i === 0) recorder.start();
    await passed(i + 1 < pictures.length ? pace : rest);
  }
  recorder.stop();
  return new Blob(await recorded, { type });
}

function partsOf(recorder: MediaRecorder): Promise<Blob[]> {
  return new Promise((resolve, reject) => {
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => resolve(parts);
    recorder.onerror = () => reject(new Error('This browser cannot record the video.'));
  });
}

const passed = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
