/** A worker without a model, for what needs the core alone. */

import type { Build } from '../base/protocol.js';
import { Member } from './crew.js';
import { chooseBuild, compileBuild } from './runtime.js';

export interface LoneOptions {
  build?: Build;
  /** As in LoadOptions. */
  wasmUrl?: string | URL;
  workerUrl?: string | URL;
}

/** Whoever starts it terminates it. Errors: 'no-simd', 'worker-failed', 'network'. */
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
