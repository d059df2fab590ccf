/** What runs in every worker, of both builds: the page chooses the module, and the glue around it is the same. */
import create from '../binding/phaselens.mjs';
import { serve } from './worker.js';

serve(create);
