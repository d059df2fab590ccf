// Runs what bench.c reports in a worker, where the API runs the core.
const fetched = async url => new Uint8Array(await (await fetch(url)).arrayBuffer())

/** As wasm/worker.ts brings a file into the heap. */
const pieceSize = 1 << 22

async function read(core, blob, at) {
  for (let offset = 0; offset < blob.size; offset += pieceSize)
    core.HEAPU8.set(new Uint8Array(await blob.slice(offset, offset + pieceSize).arrayBuffer()), at + offset)
}

const reports = {
  async report(core, place) {
    const model = await fetched('/dist/models/efficientnet-lite0.onnx'), magnitude = await fetched('/dist/models/imagenet-magnitude.npy')
    return core._bench_report(place(model), model.length, place(magnitude), magnitude.length)
  },
  async network(core, place, url) {
    const model = await fetched(url)
    return core._bench_network(place(model), model.length)
  },
  async load(core, place, url, also) {
    const blob = await (await fetch(url)).blob(), at = core._malloc(blob.size)
    const times = []
    for (let round = 0; round < 4; round++) {
      const start = performance.now()
      await read(core, blob, at)
      times.push(performance.now() - start)
    }
    also.reading_ms = Math.min(...times.slice(1)) // the first takes the memory from the system
    return core._bench_load(at, blob.size)
  },
}

onmessage = async ({ data: { flavour, what, url } }) => {
  const { default: create } = await import(`/build/wasm-${flavour}/bench.mjs`)
  const core = await create()
  const place = bytes => {
    const at = core._malloc(bytes.length)
    core.HEAPU8.set(bytes, at)
    return at
  }
  const also = {}
  const text = await reports[what](core, place, url, also)
  postMessage(text ? { report: { ...JSON.parse(core.UTF8ToString(text)), ...also } } : { error: core.UTF8ToString(core._pl_error_message()) })
}
