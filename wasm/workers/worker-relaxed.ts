import create from '../binding/phaselens-relaxed.mjs';
import { serve } from './worker.js';

serve(create);
