// Do networks that never saw a picture name it? Renders classes of EfficientNet-Lite0 and asks other networks.
//   node tests/bench/transfer.mjs [--judges DIR] [--classes 985,1,...] [--seeds 1,2] [--options JSON] [--out DIR]
// A judge names a picture when its first guess is the class on any of three centre crops (1.0, 0.6 and 0.4 of the picture).
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PNG } from 'pngjs'
import { loadModel, logit } from '../../dist/index.js'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const { values: given } = parseArgs({
  options: {
    judges: { type: 'string', default: path.join(root, '../shared/models') },
    classes: { type: 'string', default: '985,1,340,949,251,817,963,94' },
    seeds: { type: 'string', default: '1' },
    options: { type: 'string', default: '{"size":512,"steps":100,"crops":6}' },
    out: { type: 'string', default: '' },
    workers: { type: 'string', default: '' },
  },
})

// What each network expects, from the README beside them.
const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
const half = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
const JUDGES = [
  { title: 'MobileNetV2', file: 'mobilenetv2_1.0_224.onnx', preprocessing: half },
  { title: 'ViT-Tiny', file: 'vit_tiny_patch16_224.onnx', preprocessing: half },
  { title: 'SqueezeNet', file: 'squeezenet1.1.onnx', preprocessing: imagenet },
]

/** The middle of a frame as an image: RGB in [0, 1]. */
function centreCrop(frame, fraction) {
  const side = Math.round(Math.min(frame.height, frame.width) * fraction)
  const top = (frame.height - side) >> 1, left = (frame.width - side) >> 1
  const data = new Float32Array(3 * side * side)
  for (let y = 0, o = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++) data[o++] = frame.data[4 * ((top + y) * frame.width + left + x) + c] / 255
  return { data, height: side, width: side }
}

async function firstGuess(judge, image) {
  const { data } = await judge.activations(image, judge.logits)
  return data.indexOf(Math.max(...data))
}

async function names(judge, frame, unit) {
  for (const fraction of [1, 0.6, 0.4]) if ((await firstGuess(judge, centreCrop(frame, fraction))) === unit) return true
  return false
}

async function loadJudges() {
  const judges = []
  for (const judge of JUDGES) {
    const file = path.join(given.judges, judge.file)
    if (!fs.existsSync(file)) { console.log(`skipped: ${judge.title}, no ${judge.file} there`); continue }
    try {
      const model = await loadModel(file, { preprocessing: judge.preprocessing, workers: 1 })
      if (model.layers.find(layer => layer.name === model.logits)?.runs) judges.push({ ...judge, model, named: 0 })
      else console.log(`skipped: ${judge.title}, an operator of it is not supported yet`)
    } catch (error) { console.log(`skipped: ${judge.title}: ${error.message}`) }
  }
  return judges
}

const classes = given.classes.split(',').map(Number), seeds = given.seeds.split(',').map(Number)
const options = JSON.parse(given.options)
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'models/manifest.json'), 'utf8'))
const entry = manifest.models[0]
const { mean, std } = entry.normalization
const model = await loadModel(path.join(root, 'models/generated', path.basename(entry.file)),
  { preprocessing: { mean, std }, ...(given.workers ? { workers: Number(given.workers) } : {}) })
const judges = await loadJudges()
console.log(JSON.stringify({ options, classes, seeds }))
const started = performance.now()
let rendering = 0
for (const seed of seeds)
  for (const unit of classes) {
    const start = performance.now()
    let last
    for await (const step of model.visualize(logit(unit), { ...options, seed })) last = step
    rendering += performance.now() - start
    const said = []
    for (const judge of judges) {
      const right = await names(judge.model, last.frame, unit)
      judge.named += right ? 1 : 0
      said.push(`${judge.title} ${right ? 'names it' : 'does not'}`)
    }
    console.log(`class ${unit}, seed ${seed}: score ${last.score.toFixed(2)}; ${said.join(', ')}`)
    if (given.out) {
      fs.mkdirSync(given.out, { recursive: true })
      const png = new PNG({ width: last.frame.width, height: last.frame.height })
      png.data = Buffer.from(last.frame.data.buffer, last.frame.data.byteOffset, last.frame.data.byteLength)
      fs.writeFileSync(path.join(given.out, `${unit}-${seed}.png`), PNG.sync.write(png))
    }
  }
const count = classes.length * seeds.length
for (const judge of judges) console.log(`${judge.title} names ${judge.named} of ${count}`)
console.log(`${(rendering / count / 1000).toFixed(1)} s a picture, ${((performance.now() - started) / 1000).toFixed(0)} s in all`)
for (const judge of judges) await judge.model.dispose()
await model.dispose()
