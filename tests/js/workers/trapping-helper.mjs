// Its WebAssembly traps in the third step that it helps with.
import create from '../../../dist/binding/phaselens-simd.mjs';
import { serve } from '../../../dist/workers/worker.js';

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
