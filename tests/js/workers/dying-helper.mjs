// Ends while it helps.
import { parentPort } from 'node:worker_threads';
import '../../../dist/workers/worker-simd.js';

parentPort.on('message', ({ kind }) => {
  if (kind === 'help') setTimeout(() => process.exit(3), 50);
});
