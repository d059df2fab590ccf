/** A worker without a model, for what needs the core alone. */

import type { Build } from '../base/protocol.js';
import { Member } from './crew.js';
import { chooseBuild, compileBuild } from './runtime.js';

/** Of a worker without a model. */
export interface LoneOptions {
  /** Which build runs in it; see LoadOptions. */
  build?: Build;
  /** Where the package's .wasm file lies, if not where it was published. */
  wasmUrl?: string | URL;
  /** Where its worker.js lies, if not there. */
  workerUrl?: string | URL;
}

/** @internal Whoever starts it terminates it. Errors: 'no-simd', 'worker-failed', 'network'. */
export async function startLone({ build, wasmUrl, workerUrl }: LoneOptions): Promise<Member> {
  const module = await compileBuild(chooseBuild(build), wasmUrl);
  const worker = new Member(
    workerUrl,
    () => {},
    (error) => void worker.terminate(error),
  );
  try {
    await worker.call('instantiate', { module });
  } catch (error) {
    await worker.terminate(error as never);
    throw error;
  }
  return worker;
}
