/**
 * Files of known content stay in the browser's cache under their hash: a later visit, of any page of the origin, asks for none of them.
 * Where nothing can be kept (outside of browsers and of secure contexts, without an origin, without room) they are fetched each time.
 */

import { orAbort } from './signal.js';

const name = 'phaselens';

const addressOf = (sha256: string): string => `/${name}/${sha256}`;

/** Milliseconds after which a cache that has not answered is no help. */
const patience = 1000;

/** What was kept, else what `download` gives; where the cache takes its time, whichever comes first. The signal is no one else's. */
export async function keptOr(
  sha256: string,
  download: (stop: AbortSignal) => Promise<Blob>,
  signal: AbortSignal,
): Promise<{ file: Blob; kept: boolean }> {
  const looking = findKept(sha256);
  const early = await orAbort(soon(looking), signal);
  if (early) return { file: early, kept: true };
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(signal.reason));
  const fetched = download(stop.signal).then((file) => ({ file, kept: false }));
  const found = looking.then((file) => (file ? { file, kept: true } : fetched));
  const first = await Promise.race([fetched, found]);
  if (first.kept) stop.abort();
  else keep(sha256, first.file);
  return first;
}

/** undefined where it is not there soon. */
async function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, patience, undefined);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function findKept(sha256: string): Promise<Blob | undefined> {
  try {
    const cache = await caches.open(name);
    const found = await cache.match(addressOf(sha256));
    return await found?.blob();
  } catch {
    return undefined;
  }
}

/** Not waited for. */
function keep(sha256: string, file: Blob): void {
  store(sha256, file).catch(() => {});
}

async function store(sha256: string, file: Blob): Promise<void> {
  const cache = await caches.open(name);
  // Who serves another file is believed, but once.
  if ((await hashOf(file)) === sha256) await cache.put(addressOf(sha256), new Response(file));
}

async function hashOf(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer());
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
