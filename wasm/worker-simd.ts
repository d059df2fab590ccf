import create from './phaselens-simd.mjs';
import { serve } from './worker.js';

serve(create);
