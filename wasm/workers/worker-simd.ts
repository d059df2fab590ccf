import create from '../binding/phaselens-simd.mjs';
import { serve } from './worker.js';

serve(create);
