import create from './phaselens-relaxed.mjs';
import { serve } from './worker.js';

serve(create);
