// Ends in the middle of its first run.
import { parentPort } from 'node:worker_threads';
import '../../../dist/workers/worker-simd.js';

parentPort.on('message', ({ name }) => {
  if (name === 'lead') setTimeout(() => process.exit(3), 50);
});
