// Runs what bench.c reports in a worker, where the API runs the core.

/** As wasm/workers/worker.ts brings a file into the heap. */
async function read(core, blob) {
  const start = core._malloc(blob.size);
  let offset = start;
  for await (const part of blob.stream()) {
    core.HEAPU8.set(part, offset);
    offset += part.length;
  }
  return start;
}

const blobOf = async (url) => (await fetch(url)).blob();

/** Milliseconds of reading a file into memory that is new, as it is for who loads a model, in the best of three rounds. */
async function readInRounds(core, blob) {
  let at,
    best = Infinity;
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    at = await read(core, blob);
    best = Math.min(best, performance.now() - start);
  }
  return { at, reading_ms: best };
}

/** The median of half a second: several threads that measure theirs at once do not begin and end at once. */
function peak(core) {
  const speeds = [];
  for (const end = performance.now() + 500; performance.now() < end; ) speeds.push(core._bench_peak(1));
  return speeds.sort((a, b) => a - b)[speeds.length >> 1];
}

async function report(core, what, url, numbers) {
  if (what === 'peak') return { peak_gmacs: peak(core) };
  const blob = await blobOf(url);
  const { at, ...also } = what === 'load' ? await readInRounds(core, blob) : { at: await read(core, blob) };
  const text = core[`_bench_${what}`](at, blob.size, ...numbers);
  if (!text) throw new Error(core.UTF8ToString(core._pl_error_message()));
  return { ...JSON.parse(core.UTF8ToString(text)), ...also };
}

self.onmessage = async ({ data: { flavour, what, url, numbers } }) => {
  try {
    const { default: create } = await import(`/build/wasm-${flavour}/bench.mjs`);
    postMessage({ report: await report(await create(), what, url, numbers) });
  } catch (error) {
    postMessage({ error: error.message });
  }
};
