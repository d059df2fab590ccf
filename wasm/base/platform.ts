/** The differences between browsers and Node. Node's modules are reached without an import, which bundlers would follow. */
import { cut, type PhaselensError, workerFailed } from './errors.js';
import type { ToWorker } from './protocol.js';

const getBuiltin = typeof process === 'object' ? process.getBuiltinModule : undefined;

export const inNode: boolean = typeof getBuiltin === 'function';

function builtin<K extends keyof NodeModules>(name: K): NodeModules[K] {
  return (getBuiltin as (name: string) => NodeModules[K])(`node:${name}`);
}

interface NodeModules {
  'fs/promises': typeof import('node:fs/promises');
  buffer: typeof import('node:buffer');
  os: typeof import('node:os');
  url: typeof import('node:url');
  worker_threads: typeof import('node:worker_threads');
}

/** Threads that can run at once. */
export function parallelism(): number {
  return (inNode ? builtin('os').availableParallelism() : navigator.hardwareConcurrency) || 1;
}

/** The address of a file in Node. */
export function pathUrl(path: string): string {
  return builtin('url').pathToFileURL(path).href;
}

export async function readFile(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await builtin('fs/promises').readFile(path);
  return bytes as Uint8Array<ArrayBuffer>;
}

/** In Node not the global class, which a test runner may have replaced by one that workers know nothing of. */
export function makeBlob(parts: readonly (Uint8Array | ArrayBuffer)[]): Blob {
  const OwnBlob = inNode ? (builtin('buffer').Blob as unknown as typeof Blob) : Blob;
  return new OwnBlob(parts as BlobPart[]);
}

/** The same for a line between workers. */
export function makeChannel(): MessageChannel {
  return new (inNode ? (builtin('worker_threads').MessageChannel as unknown as typeof MessageChannel) : MessageChannel)();
}

/** Against what a relative address is resolved, in a page or a worker; in Node those are paths. */
export function baseUrl(): string | undefined {
  return inNode ? undefined : new Request('').url;
}

/** A started worker. */
export interface WorkerHandle {
  post(message: ToWorker, transfer?: readonly Transferable[]): void;
  terminate(): Promise<void>;
  /** Node ends when nothing keeps it alive: an idle worker does not. */
  keepAlive(on: boolean): void;
}

export interface WorkerEvents {
  message(message: unknown): void;
  /** It could not start, or died. Called once. */
  failed(error: PhaselensError): void;
}

export function startBrowserWorker(url: string, events: WorkerEvents): WorkerHandle {
  try {
    const { address, free } = startable(url);
    return wrapBrowserWorker(new Worker(trusted(address), { type: 'module' }), url, free, events);
  } catch (cause) {
    throw workerFailed(`could not be started: ${(cause as Error).message}`, cause);
  }
}

/** An address that a worker may be started from, and what is to be done once it has been. */
interface Startable {
  readonly address: string;
  free(): void;
}

/**
 * Browsers start no worker of another origin, but one that imports it: from a blob or, where the page has no origin of its own, from a
 * data: address.
 */
function startable(url: string): Startable {
  const { origin } = new URL(url);
  const free = () => {};
  if (origin === 'null' || origin === globalThis.origin) return { address: url, free };
  const script = `import ${JSON.stringify(url)};`;
  if (globalThis.origin === 'null') return { address: `data:text/javascript,${encodeURIComponent(script)}`, free };
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return { address, free: () => URL.revokeObjectURL(address) };
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** Where a page demands trusted types, it must allow this policy: `trusted-types phaselens`. */
function trusted(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  try {
    policy ??= trustedTypes?.createPolicy('phaselens', { createScriptURL: (address) => address });
  } catch (cause) {
    throw new Error("the page's policy must allow it: trusted-types phaselens", { cause });
  }
  return policy ? policy.createScriptURL(url) : url;
}

function wrapBrowserWorker(worker: Worker, url: string, free: () => void, events: WorkerEvents): WorkerHandle {
  for (const type of ['message', 'error']) worker.addEventListener(type, free, { once: true });
  worker.onmessage = ({ data }) => events.message(data);
  worker.onmessageerror = () => events.failed(workerFailed('sent a message that could not be read'));
  worker.onerror = (event) => {
    event.preventDefault?.();
    // A script that cannot be loaded gives a plain event without a message.
    events.failed(workerFailed(event.message ? `failed: ${event.message}` : `could not be started from ${cut(url)}`));
  };
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    terminate: async () => {
      worker.terminate();
      free();
    },
    keepAlive: () => {},
  };
}

export function startNodeWorker(url: URL, events: WorkerEvents): WorkerHandle {
  // Flags such as --input-type are about the main script alone.
  const worker = new (builtin('worker_threads').Worker)(url, { execArgv: [] });
  let over = false;
  const fail = (reason: string, cause?: unknown) => {
    if (!over) events.failed(workerFailed(reason, cause));
    over = true;
  };
  worker.unref();
  worker.on('message', (data) => events.message(data));
  worker.on('messageerror', () => fail('sent a message that could not be read'));
  worker.on('error', (error) => fail(`failed: ${error.message}`, error));
  worker.on('exit', (code) => fail(`ended by itself with exit code ${code}`));
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer as never),
    terminate: async () => {
      over = true;
      await worker.terminate();
    },
    keepAlive: (on) => (on ? worker.ref() : worker.unref()),
  };
}

/** Inside a worker: its line to the page. */
export function pagePort(): Pick<MessagePort, 'postMessage' | 'onmessage'> {
  return (inNode ? builtin('worker_threads').parentPort : globalThis) as unknown as MessagePort;
}

const breathing: (() => void)[] = [];
let line: MessageChannel | undefined;

/**
 * Inside a worker: lets it receive its messages. A promise alone lets nothing in, setTimeout costs 4 ms in browsers, and Node
 * hands out a channel's messages, answers included, before it looks at others.
 */
export function breathe(): Promise<void> {
  if (inNode) return new Promise((resolve) => setImmediate(resolve));
  if (!line) {
    line = makeChannel();
    line.port1.onmessage = () => breathing.shift()?.();
  }
  line.port2.postMessage(null);
  return new Promise((resolve) => breathing.push(resolve));
}
