// The site without a network. Each version has a cache of its own, filled before it is used with files whose content is what it should be:
// a page gets all of one version or nothing of it. A new one is used once no page of the old one is open. Large files that few readers ask for
// are kept once they were asked for. Models are not here: the package keeps those by their hash.
const files = FILES;
const asked = ASKED;
const prefix = `phaselens-site ${registration.scope} `;
const name = prefix + VERSION;

const addressOf = (path) => new URL(path, registration.scope).href;

addEventListener('install', (event) => event.waitUntil(fill()));
addEventListener('activate', (event) => event.waitUntil(clean()));

addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const path = pathOf(url);
  const isOurs = Object.hasOwn(files, path) || Object.hasOwn(asked, path);
  if (method === 'GET' && isOurs) event.respondWith(answer(event, path));
});

/** Within the site; a folder is its index. */
function pathOf(url) {
  const plain = url.replace(/[?#].*$/s, '');
  if (!plain.startsWith(registration.scope)) return undefined;
  const path = decodeURIComponent(plain.slice(registration.scope.length));
  return path === '' || path.endsWith('/') ? `${path}index.html` : path;
}

/** Who asks is not kept waiting until what comes is kept; without room for it, it works too. */
async function answer(event, path) {
  const cache = await caches.open(name);
  const kept = await cache.match(addressOf(path));
  if (kept) return kept;
  const response = await fetch(event.request);
  const hash = asked[path];
  if (response.ok && hash) event.waitUntil(keep(cache, addressOf(path), response.clone(), hash).catch(() => {}));
  return response;
}

async function fill() {
  const cache = await caches.open(name);
  const earlier = (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== name);
  await Promise.all(Object.entries(files).map(([path, hash]) => take(cache, earlier, path, hash)));
  await Promise.all(Object.entries(asked).map(([path, hash]) => takeOver(cache, earlier, addressOf(path), hash)));
}

/** Whether an earlier version has the file. */
async function takeOver(cache, earlier, address, hash) {
  for (const key of earlier) {
    const response = await (await caches.open(key)).match(address);
    if (response && (await keep(cache, address, response, hash))) return true;
  }
  return false;
}

async function take(cache, earlier, path, hash) {
  const address = addressOf(path);
  if (await takeOver(cache, earlier, address, hash)) return;
  const response = await fetch(address, { cache: 'no-cache' });
  if (!response.ok || !(await keep(cache, address, response, hash))) throw new Error(`${address} is of another version.`);
}

/** Whether it is the file that it should be. Made anew: what was redirected is refused where a page asks for it. */
async function keep(cache, address, response, hash) {
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  if (btoa(String.fromCharCode(...digest)) !== hash) return false;
  const headers = { 'Content-Type': response.headers.get('Content-Type') ?? 'application/octet-stream' };
  await cache.put(address, new Response(bytes, { headers }));
  return true;
}

async function clean() {
  const old = (await caches.keys()).filter((key) => key.startsWith(prefix) && key !== name);
  await Promise.all(old.map((key) => caches.delete(key)));
}
