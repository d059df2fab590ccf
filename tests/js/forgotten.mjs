/**
 * Makes many small pictures that nobody holds any more, and tells the memory of every worker after the first hundred and after the
 * last. `left`: in the middle, without a word; else when they are finished. It is also sent into a page, so that it stands alone.
 */
export async function makeMany({ api, gc, file, times, left, signal = new AbortController().signal }) {
  const model = await api.loadModel(file, { preprocessing: { mean: [0, 0, 0], std: [1, 1, 1] }, workers: 2 });
  const make = async () => {
    const options = { size: 64, steps: left ? 9 : 2, crops: 2, cropSize: 32, signal };
    const steps = model.visualize(api.logit(1), options)[Symbol.asyncIterator]();
    for (let i = 0; i < 3; i++) await steps.next();
  };
  const settle = async () => {
    for (let i = 0; i < 4; i++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 5)); // what it finds is told some turns later
    }
    return model.memory();
  };
  const memory = [];
  for (let i = 1; i <= times; i++) {
    await make();
    if (i % 50 === 0) memory.push(await settle());
  }
  await model.dispose();
  return { early: memory[1], late: memory.at(-1) };
}

/** Loads models, makes a picture of each, and disposes of them; `here` tells the memory outside of the workers. */
export async function loadMany({ api, gc, file, times, here }) {
  const held = []; // as whoever disposes of a model may hold it, and its picture
  const memory = [];
  for (let i = 0; i < times; i++) {
    const model = await api.loadModel(file, { preprocessing: { mean: [0, 0, 0], std: [1, 1, 1] }, workers: 2 });
    const visualization = model.visualize(api.logit(1), { size: 64, steps: 2, crops: 2, cropSize: 32 });
    for await (const _ of visualization);
    await model.dispose();
    held.push(model, visualization);
    for (let turn = 0; turn < 4; turn++) {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    memory.push(await here());
  }
  return memory;
}
