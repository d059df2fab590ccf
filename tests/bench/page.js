// The benchmark's page: whole steps through the API as a page uses it, and the core's own report out of a worker.
import { loadManifest, loadModel, logit } from '/dist/index.js'

/** Milliseconds of each step of a run, the first few left out while the engine still optimizes. */
window.stepTimes = async ({ workers, build, steps, ...options }) => {
  const [entry] = await loadManifest()
  const model = await loadModel(entry, { workers, build })
  try {
    const times = []
    let last
    for await (const step of model.visualize(logit(985), { ...options, steps: steps + 5, seed: 1 })) {
      const now = performance.now()
      if (step.index >= 5 && last !== undefined) times.push(now - last)
      last = now
    }
    return times
  } finally {
    await model.dispose()
  }
}

/** What bench.c prints. */
window.coreReport = flavour => new Promise((resolve, reject) => {
  const worker = new Worker('core_worker.js', { type: 'module' })
  worker.onmessage = ({ data }) => { worker.terminate(); resolve(data) }
  worker.onerror = event => reject(new Error(event.message))
  worker.postMessage({ flavour })
})

window.ready = true
