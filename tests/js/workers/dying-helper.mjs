// Ends while it helps.
import { parentPort } from 'node:worker_threads';
import '../../../build/modules/workers/main.js';

parentPort.on('message', ({ kind }) => {
  if (kind === 'help') setTimeout(() => process.exit(3), 50);
});
