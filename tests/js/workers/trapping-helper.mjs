// Its WebAssembly traps in the third step that it helps with.
import create from '../../../build/modules/binding/phaselens.mjs';
import { serve } from '../../../build/modules/workers/worker.js';

serve(async (options) => {
  const library = await create(options);
  const { setImage } = library.Run.prototype;
  let images = 0;
  library.Run.prototype.setImage = function (image) {
    if (++images === 3) throw new WebAssembly.RuntimeError('unreachable');
    return setImage.call(this, image);
  };
  return library;
});
