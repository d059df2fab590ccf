/** Writes the picture on show into the history: when it ends or pauses, and now and then before, for a tab may be gone at any time. */
import { painted, type Stage } from '../picture/canvas';
import { namesOf } from '../picture/readouts';
import { toHash } from '../run/hash';
import { type Entry, type History, idOf } from '../run/history';
import type { Progress, RunState, SessionEvents, Side } from '../run/session';
import type { Start } from './asked';
import { lacking, type OwnFiles } from './lacking';
import type { Showing } from './showing';

export interface RecordingParts extends OwnFiles {
  stage: Stage;
  showing: Showing;
  history: History;
  checkpoint(): Promise<Uint8Array<ArrayBuffer>>;
}

const every = 4000; // milliseconds

const thumbnailSide = 128;

export class Recording implements Partial<SessionEvents> {
  #due = 0;

  constructor(private readonly parts: RecordingParts) {}

  begun(_run: unknown, _values: number, side: Side): void {
    if (side === 0) this.#due = 0;
  }

  kept(checkpoint: Uint8Array<ArrayBuffer>, progress: Progress): void {
    if (performance.now() < this.#due) return;
    this.#due = performance.now() + every;
    this.#write(progress, Promise.resolve(checkpoint));
  }

  state(state: RunState, progress: Progress): void {
    if (!['paused', 'stopped', 'finished'].includes(state) || progress.done === 0) return;
    const goesOn = progress.done < progress.steps;
    this.#write(progress, goesOn ? this.parts.checkpoint().catch(() => undefined) : undefined);
  }

  /** Beside the work. Where nothing can be kept, the strip says so. */
  #write(progress: Progress, checkpoint: Promise<Uint8Array<ArrayBuffer> | undefined> | undefined): void {
    const { showing, stage, history } = this.parts;
    const start = showing.onShow;
    if (!start || stage.frames.length === 0) return;
    const canvas = painted(stage.frames);
    const entry = this.#entry(start, progress);
    const blobs = Promise.all([blobOf(canvas), blobOf(smaller(canvas))]);
    void Promise.all([blobs, checkpoint])
      .then(([[picture, thumbnail], checkpoint]) =>
        history.put({ ...entry, thumbnail, goesOn: checkpoint !== undefined }, { picture, checkpoint }),
      )
      .catch(() => {});
  }

  #entry({ loaded, picture }: Start, { done, steps, score }: Progress): Omit<Entry, 'thumbnail' | 'goesOn'> {
    const hash = toHash(picture, { transparency: false, compare: false });
    const lacks = lacking(loaded, picture, this.parts);
    const { id: model, title: modelTitle } = loaded.source;
    const names = namesOf(loaded, picture);
    const { seed } = picture;
    return { id: idOf(hash, lacks), hash, lacks, model, modelTitle, ...names, seed, score, done, steps, time: Date.now() };
  }
}

function smaller(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const scale = Math.min(1, thumbnailSide / Math.max(canvas.width, canvas.height));
  const small = document.createElement('canvas');
  small.width = Math.max(1, Math.round(canvas.width * scale));
  small.height = Math.max(1, Math.round(canvas.height * scale));
  small.getContext('2d')!.drawImage(canvas, 0, 0, small.width, small.height);
  return small;
}

/** As WebP, where the browser writes that. */
function blobOf(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('The picture cannot be written.'))), 'image/webp', 0.9),
  );
}
