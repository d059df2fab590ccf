// Runs what bench.c reports in a worker, where the API runs the core.
const fetched = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

/** As wasm/workers/worker.ts brings a file into the heap. */
async function read(core, blob, at) {
  let offset = at;
  for await (const part of blob.stream()) {
    core.HEAPU8.set(part, offset);
    offset += part.length;
  }
}

const reports = {
  async report(core, place) {
    const model = await fetched('/dist/models/efficientnet-lite0.onnx');
    const magnitude = await fetched('/dist/models/imagenet-magnitude.npy');
    return core._bench_report(place(model), model.length, place(magnitude), magnitude.length);
  },
  async network(core, place, url) {
    const model = await fetched(url);
    return core._bench_network(place(model), model.length);
  },
  async load(core, _place, url, also) {
    const blob = await (await fetch(url)).blob();
    const times = [];
    let at;
    for (let round = 0; round < 3; round++) {
      const start = performance.now();
      at = core._malloc(blob.size); // new each time, as it is for who loads a model
      await read(core, blob, at);
      times.push(performance.now() - start);
    }
    also.reading_ms = Math.min(...times);
    return core._bench_load(at, blob.size);
  },
};

self.onmessage = async ({ data: { flavour, what, url } }) => {
  const { default: create } = await import(`/build/wasm-${flavour}/bench.mjs`);
  const core = await create();
  const place = (bytes) => {
    const at = core._malloc(bytes.length);
    core.HEAPU8.set(bytes, at);
    return at;
  };
  const also = {};
  const text = await reports[what](core, place, url, also);
  postMessage(
    text
      ? { report: { ...JSON.parse(core.UTF8ToString(text)), ...also } }
      : { error: core.UTF8ToString(core._pl_error_message()) },
  );
};
