// Ends in the middle of its first run.
import { parentPort } from 'node:worker_threads';
import '../../../build/modules/workers/main.js';

parentPort.on('message', ({ name }) => {
  if (name === 'lead') setTimeout(() => process.exit(3), 50);
});
