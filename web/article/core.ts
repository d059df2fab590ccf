/** The package, and the article's own worker: each is there once, when a figure first needs it. */
import type { Api, Fourier, Frame, Model } from '../phaselens';
import type { Ask, Requests } from './messages';

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const rules = { createScriptURL: (url: string) => url };
const policy = (window as { trustedTypes?: Policies }).trustedTypes?.createPolicy('phaselens-article', rules) ?? rules;

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

export const loadApi = once(() => import(new URL('../phaselens/index.js', document.baseURI).href) as Promise<Api>);

export const fourier: () => Promise<Fourier> = once(async () => (await loadApi()).openFourier());

export const model: () => Promise<Model> = once(async () => {
  const api = await loadApi();
  const [entry] = await api.loadManifest();
  return api.loadModel(entry!);
});

const worker = once(async () => {
  const { compute } = document.querySelector<HTMLElement>('main')!.dataset;
  return new Worker(policy.createScriptURL(new URL(compute!, document.baseURI).href), { type: 'module' });
});

let asked = 0;

export async function ask<K extends keyof Requests>(name: K, input: Requests[K][0]): Promise<Requests[K][1]> {
  const to = await worker();
  const id = asked++;
  return new Promise((resolve, reject) => {
    const hear = ({ data }: MessageEvent<{ id: number; value: Requests[K][1] }>) => {
      if (data.id !== id) return;
      to.removeEventListener('message', hear);
      resolve(data.value);
    };
    to.addEventListener('message', hear);
    to.addEventListener('error', reject, { once: true });
    to.postMessage({ id, name, input } satisfies Ask);
  });
}

/** In the place of the still that is there without a script, on paper and before. */
export function draw({ data, height, width }: Frame, canvas: HTMLCanvasElement): void {
  canvas.height = height;
  canvas.width = width;
  reveal(canvas);
  canvas.getContext('2d')!.putImageData(new ImageData(new Uint8ClampedArray(data), width, height), 0, 0);
}

export function reveal(canvas: HTMLCanvasElement): void {
  canvas.hidden = false;
  const before = canvas.previousElementSibling;
  if (before?.className === 'still') (before as HTMLElement).hidden = true;
}
