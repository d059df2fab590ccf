// Runs bench.c's report in a worker, where the API runs the core.
onmessage = async ({ data: { flavour } }) => {
  const { default: create } = await import(`/build/wasm-${flavour}/bench.mjs`)
  const files = ['/dist/models/efficientnet-lite0.onnx', '/dist/models/imagenet-magnitude.npy']
  const [model, magnitude] = await Promise.all(files.map(async url => new Uint8Array(await (await fetch(url)).arrayBuffer())))
  const core = await create()
  const place = bytes => {
    const at = core._malloc(bytes.length)
    core.HEAPU8.set(bytes, at)
    return at
  }
  const text = core._bench_report(place(model), model.length, place(magnitude), magnitude.length)
  postMessage(core.UTF8ToString(text || core._pl_error_message()))
}
