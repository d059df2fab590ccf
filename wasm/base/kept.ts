/**
 * Files of known content stay in the browser's cache under their hash: a later visit, of any page of the origin, asks for none of them.
 * Where nothing can be kept (outside of browsers and of secure contexts, without an origin, without room) they are fetched each time.
 */

const name = 'phaselens';

const addressOf = (sha256: string): string => `/${name}/${sha256}`;

export async function findKept(sha256: string): Promise<Blob | undefined> {
  try {
    const cache = await caches.open(name);
    const found = await cache.match(addressOf(sha256));
    return await found?.blob();
  } catch {
    return undefined;
  }
}

/** The file again; that it is kept is not waited for. */
export function keep(sha256: string, file: Blob): Blob {
  store(sha256, file).catch(() => {});
  return file;
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
