/** Chooses and compiles the WebAssembly build, and starts workers that fit it. */
import { cut, nameMemory, PhaselensError, show } from '../base/errors.js';
import { builds, wasmFiles, workerFile } from '../base/packaged.js';
import { inNode, readFile, startBrowserWorker, startNodeWorker, type WorkerEvents, type WorkerHandle } from '../base/platform.js';
import type { Build } from '../base/protocol.js';
import { absolute, fetchOk, refusePage } from '../base/source.js';

// A module with one function: i8x16.popcnt of a splat, and i8x16.relaxed_swizzle of two.
const probes: Record<Build, readonly number[]> = {
  simd: [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
  relaxed: [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128,
    2, 11,
  ],
};

function supports(build: Build): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(probes[build]));
}

/** The fastest build that this browser runs, or `wanted` if it does. Throws 'no-simd'. */
export function chooseBuild(wanted?: Build): Build {
  if (wanted !== undefined && !Object.hasOwn(probes, wanted)) {
    throw new PhaselensError('invalid-argument', `The build is 'simd' or 'relaxed', not ${show(wanted)}.`);
  }
  if (wanted === 'relaxed' && !supports('relaxed')) {
    throw new PhaselensError('no-simd', "The build 'relaxed' needs WebAssembly relaxed SIMD, missing here.");
  }
  if (wanted !== undefined && supports(wanted)) return wanted;
  // V8 before 13.5, which brought Float16Array, has too few registers for 'relaxed'.
  const fastest = builds.find((build) => supports(build) && (build === 'simd' || 'Float16Array' in globalThis));
  if (fastest) return fastest;
  throw new PhaselensError(
    'no-simd',
    'This browser has no WebAssembly SIMD. Chrome and Edge 94, Firefox 114, Safari 16.4, Node 20.16 and later have it.',
  );
}

const compiling = new Map<string, Promise<WebAssembly.Module>>();
const compiled = new Map<string, WeakRef<WebAssembly.Module>>();

/** The module of a build, compiled once for all models that live at a time. */
export async function compileBuild(build: Build, wasmUrl?: string | URL): Promise<WebAssembly.Module> {
  const url = absolute(wasmUrl ?? wasmFiles[build]());
  const known = compiled.get(url)?.deref() ?? compiling.get(url);
  if (known) return known;
  const begun = compile(url).finally(() => compiling.delete(url));
  compiling.set(url, begun);
  const module = await begun;
  compiled.set(url, new WeakRef(module));
  return module;
}

async function compile(url: string): Promise<WebAssembly.Module> {
  try {
    if (inNode && url.startsWith('file:')) return await WebAssembly.compile(await readFile(new URL(url)));
    const response = await fetchOk(url);
    // compileStreaming insists on a type that some static hosts do not know.
    const typed = response.headers.get('content-type')?.startsWith('application/wasm');
    if (typed) return await WebAssembly.compileStreaming(response);
    const bytes = new Uint8Array(await response.arrayBuffer());
    refusePage(bytes, url);
    return await WebAssembly.compile(bytes);
  } catch (thrown) {
    const cause = nameMemory(thrown);
    if (cause instanceof PhaselensError) throw cause;
    const { message } = cause as Error;
    const advice = /Content Security Policy|unsafe-eval|CSP/i.test(message)
      ? " The page's policy must allow it: script-src 'wasm-unsafe-eval'."
      : '';
    throw new PhaselensError('network', `${cut(url)} could not be used as WebAssembly: ${message}${advice}`, { cause });
  }
}

export function startWorker(workerUrl: string | URL | undefined, events: WorkerEvents): WorkerHandle {
  const url = absolute(workerUrl ?? workerFile());
  return inNode ? startNodeWorker(new URL(url), events) : startBrowserWorker(url, events);
}
