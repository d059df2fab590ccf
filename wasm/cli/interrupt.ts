/** Ctrl-C: the first one asks to stop where nothing is lost, the second one stops. */
import { Exit, interrupted } from './exit.js';

const stopping = new AbortController();

/** Aborted by the first one; its reason ends the command where there is nothing to keep. */
export const interruption: AbortSignal = stopping.signal;

export function watchInterrupts(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interruption.aborted) process.exit(interrupted);
      stopping.abort(new Exit(interrupted, 'Interrupted.'));
    });
  }
}
