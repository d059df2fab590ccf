/** Things that another realm or an imitation of a browser made: they are taken for what they are. */
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  averageSpectrum,
  collect,
  direction,
  distance,
  failureOf,
  firstOf,
  loadModel,
  loadTiny,
  logit,
  type Model,
  plain,
  quick,
  readLabels,
  type Source,
  tinyFile,
} from './support.js';

/** What a script in a vm context makes of `given`; its ArrayBuffer, Array and Object are its own. */
function elsewhere<T>(script: string, given: Record<string, unknown> = {}): T {
  return runInContext(script, createContext(given)) as T;
}

const theirBytes = (bytes: Uint8Array) => elsewhere<Uint8Array>('Uint8Array.from(values)', { values: [...bytes] });

/** As jsdom makes it: a name, and neither the class nor the methods that browsers have today. */
class ImitatedBlob {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly size: number;
  readonly methods = () => {}; // as its own field, it cannot be cloned
  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes);
    this.size = bytes.length;
  }
  get [Symbol.toStringTag]() {
    return 'File';
  }
  static bytesOf(blob: ImitatedBlob): ArrayBuffer {
    return blob.#bytes.buffer;
  }
}

/** As in happy-dom, which has the methods too. */
class ReadableImitation extends ImitatedBlob {
  arrayBuffer(): Promise<ArrayBuffer> {
    return Promise.resolve(ImitatedBlob.bytesOf(this));
  }
}

/** What jsdom brings beside its blobs. */
class ImitatedReader {
  result: ArrayBuffer | undefined;
  onload: (() => void) | undefined;
  readAsArrayBuffer(blob: ImitatedBlob): void {
    this.result = ImitatedBlob.bytesOf(blob);
    setTimeout(() => this.onload?.());
  }
}

class ImitatedSignal extends EventTarget {
  aborted = false;
  reason: unknown;
  abort(reason?: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event('abort'));
  }
}

const asIs = async (model: Model) => (await firstOf(model.visualize(logit(1), quick))).frame.data;
const address = `data:application/octet-stream;base64,${Buffer.from(tinyFile).toString('base64')}`;

describe('a model is loaded from', () => {
  const sources: [string, () => unknown][] = [
    ['the bytes of another realm', () => theirBytes(tinyFile)],
    ['the buffer of another realm', () => theirBytes(tinyFile).buffer],
    ['an imitated file', () => new ReadableImitation(tinyFile)],
    ['an imitated file that only a reader reads', () => new ImitatedBlob(tinyFile)],
    ['an imitated address', () => ({ href: address, toString: () => address })],
    ['a response', () => new Response(tinyFile)],
    [
      'an imitated response',
      () => ({ ok: true, status: 200, headers: new Map(), body: {}, arrayBuffer: async () => theirBytes(tinyFile).buffer }),
    ],
  ];
  it.each(sources)('%s', async (_, make) => {
    Object.assign(globalThis, { FileReader: ImitatedReader });
    try {
      const model = await loadModel(make() as Source, { preprocessing: plain, workers: 2 });
      expect(await asIs(model)).toEqual(await asIs(await loadTiny()));
      await model.dispose();
    } finally {
      Reflect.deleteProperty(globalThis, 'FileReader');
    }
  });

  it('anything in a runner that has replaced the classes', async () => {
    const { Blob: OwnBlob, MessageChannel: OwnChannel } = globalThis;
    Object.assign(globalThis, { Blob: ImitatedBlob, MessageChannel: undefined });
    try {
      expect(await asIs(await loadTiny({ workers: 3 }))).toEqual(await asIs(await loadTiny()));
    } finally {
      Object.assign(globalThis, { Blob: OwnBlob, MessageChannel: OwnChannel });
    }
  });
});

describe('of another realm are', () => {
  const side = 32;
  const floats = Float32Array.from({ length: side * side * 3 }, (_, i) => (i % 256) / 255);
  const pixels = Uint8ClampedArray.from({ length: side * side * 4 }, (_, i) => i % 256);
  const theirs = (kind: string, values: ArrayLike<number>) =>
    elsewhere<{ data: Float32Array<ArrayBuffer>; height: number; width: number }>(
      `({ data: ${kind}.from(values), height: ${side}, width: ${side} })`,
      { values: Array.from(values) },
    );
  const image = { data: floats, height: side, width: side };
  const frame = { data: pixels, height: side, width: side };

  it('images', async () => {
    const model = await loadTiny();
    expect(await model.activations(theirs('Float32Array', floats), 'conv1')).toEqual(await model.activations(image, 'conv1'));
    expect(await model.gradient(theirs('Uint8ClampedArray', pixels), logit(1))).toEqual(await model.gradient(frame, logit(1)));
    const options = { ...quick, parametrization: 'pixel' } as const;
    const drawn = async (one: typeof image | typeof frame) =>
      (await firstOf(model.visualize(distance('conv1'), { ...options, photos: [one], start: one }))).frame.data;
    expect(await drawn(theirs('Float32Array', floats))).toEqual(await drawn(image));
    expect(await averageSpectrum([theirs('Float32Array', floats)], { size: 16 })).toEqual(
      await averageSpectrum([image], { size: 16 }),
    );
  });

  it('options, vectors, labels, magnitudes and checkpoints', async () => {
    const model = await loadTiny({ labels: elsewhere('({ id2label: { 0: "a", 1: "b", 2: "c", 3: "d", 4: "e" } })') });
    expect(model.labels).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await readLabels({ href: `data:,a%0Ab` } as URL)).toEqual(['a', 'b']);
    const vector = elsewhere<Float32Array>('Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8)');
    const magnitude = theirBytes(await averageSpectrum([image], { size: 16 }));
    const options = elsewhere<object>(
      `({ size: 64, steps: 4, crops: 2, range: [0, 1], boxSide: { uniform: [0.2, 0.5] }, magnitude })`,
      {
        magnitude,
      },
    );
    const run = model.visualize(direction('conv1', vector), options);
    await firstOf(run);
    const kept = await run.checkpoint();
    await run.stop();
    const rest = await collect(await model.resume(theirBytes(kept)));
    expect(rest.at(-1)!.index).toBe(3);
  });

  it('signals', async () => {
    const reason = new Error('enough');
    const begun = new ImitatedSignal();
    const signal = begun as unknown as AbortSignal;
    const model = await loadTiny({ signal });
    const run = model.visualize(logit(1), { ...quick, steps: 1000, signal });
    const steps = collect(run);
    setTimeout(() => begun.abort(reason), 50);
    await expect(steps).rejects.toBe(reason);
    await expect(loadTiny({ signal })).rejects.toBe(reason);
    await expect(loadModel(address, { signal })).rejects.toBe(reason);
    const silent = new ImitatedSignal();
    silent.abort();
    await expect(loadTiny({ signal: silent as unknown as AbortSignal })).rejects.toMatchObject({ name: 'AbortError' });
    const error = await failureOf(loadTiny({ signal: { aborted: 'no' } as unknown as AbortSignal }));
    expect(error.message).toBe('The option signal is an AbortSignal, not {"aborted":"no"}.');
  });
});
