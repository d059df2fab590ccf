/** A worker: owns one instance of the WebAssembly module, one model, and runs as lead or helper. */

import { nameMemory, PhaselensError, toPlainError } from '../base/errors.js';
import { pagePort } from '../base/platform.js';
import type { Call, CallName, Calls, FromWorker, LayerInfo, Tell, ToWorker } from '../base/protocol.js';
import {
  type BoundAverage,
  type BoundFile,
  type BoundGenerator,
  type BoundModel,
  check,
  type Library,
  type LibraryFactory,
} from '../binding/binding.js';
import { help } from './helper.js';
import { Lead } from './lead.js';

type Handlers = { [K in CallName]: (input: Calls[K][0]) => Calls[K][1] | Promise<Calls[K][1]> };

/** Answers the page with the library that `create` makes. */
export function serve(create: LibraryFactory): void {
  const port = pagePort();
  const post = (message: FromWorker, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  const worker = new ModelWorker(create, post);
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (data.kind === 'call') void answer(worker, data, post);
    else worker.hear(data);
  };
}

async function answer(worker: ModelWorker, { id, name, input }: Call, post: typeof ModelWorker.prototype.post): Promise<void> {
  try {
    const handler = worker[name] as (input: Call['input']) => Promise<Calls[CallName][1]>;
    const value = await handler.call(worker, input);
    post({ kind: 'answer', id, value }, buffersOf(value));
  } catch (error) {
    post({ kind: 'failure', id, error: toPlainError(error) }, []);
  }
}

/** Arrays of an answer are copies made for it: they are given away. */
function buffersOf(value: Calls[CallName][1]): ArrayBuffer[] {
  const parts: unknown[] = ArrayBuffer.isView(value) ? [value] : Object.values(value ?? {});
  return parts.filter((part) => ArrayBuffer.isView(part)).map(({ buffer }) => buffer as ArrayBuffer);
}

/** Side of a crop by the recipe 'default', where a network takes it and its own input is larger. */
const smallCrops = 128;

class ModelWorker implements Handlers {
  readonly #create: LibraryFactory;
  readonly #runs = new Map<number, Lead>();
  /** Of runs that have not begun. */
  readonly #generators = new Map<number, BoundGenerator>();
  #library!: Library;
  #model!: BoundModel;
  #average!: BoundAverage;
  #layers: readonly LayerInfo[] = [];

  constructor(
    create: LibraryFactory,
    readonly post: (message: FromWorker, transfer: Transferable[]) => void,
  ) {
    this.#create = create;
  }

  async open({ module, model: blob }: Calls['open'][0]): Promise<Calls['open'][1]> {
    const library = (this.#library = await instantiate(this.#create, module));
    const model = (this.#model = new library.Model());
    return open(library, model, blob);
  }

  async load({ external, preprocessing, size, workers }: Calls['load'][0]): Promise<Calls['load'][1]> {
    const [library, model] = [this.#library, this.#model];
    for (const { name, file } of external) await readInto(library, model, name, file);
    check(library, model.load(preprocessing, size.height, size.width, workers));
    const layers = (this.#layers = model.layers());
    const presets = library.presets();
    const input = model.input();
    if (Math.min(input.height, input.width) > smallCrops && model.accepts(smallCrops, smallCrops, '') === 0)
      presets.default!.config.cropSize = smallCrops;
    return {
      input,
      layers,
      logits: model.logits(),
      hint: model.preprocessingHint(),
      presets,
    };
  }

  accepts({ height, width, layer }: Calls['accepts'][0]): Calls['accepts'][1] {
    const status = this.#model.accepts(height, width, layer);
    if (status !== 0 && ['unsupported-model', 'invalid-model'].includes(this.#library.statusCode(status))) return false;
    check(this.#library, status);
    return true;
  }

  activations({ image: { data, height, width }, layer }: Calls['activations'][0]): Calls['activations'][1] {
    const shape = this.#layers.find(({ name, aliases }) => name === layer || aliases.includes(layer))?.shape ?? [];
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
    check(this.#library, this.#model.activations(data, height, width, layer, values));
    return { data: values, shape };
  }

  gradient({ image: { data, height, width }, objective }: Calls['gradient'][0]): Calls['gradient'][1] {
    const score = new Float32Array(1);
    const dimage = new Float32Array(data.length);
    check(this.#library, this.#model.gradient(data, height, width, objective, score, dimage));
    return { score: score[0]!, data: dimage };
  }

  async openGenerator({ run, generator: blob }: Calls['openGenerator'][0]): Promise<Calls['openGenerator'][1]> {
    const generator = new this.#library.Generator();
    this.#generators.set(run, generator); // `stop` deletes it, whatever comes
    return open(this.#library, generator, blob);
  }

  async loadGenerator({ run, external }: Calls['loadGenerator'][0]): Promise<Calls['loadGenerator'][1]> {
    const generator = this.#generators.get(run);
    if (!generator) throw stopped();
    for (const { name, file } of external) await readInto(this.#library, generator, name, file);
    check(this.#library, generator.load());
    return generator.describe();
  }

  /** Packs weights, and runs some crops of nothing: engines compile what is run often once more. */
  prepare({ objective, config, photos }: Calls['prepare'][0]): null {
    const run = new this.#library.Run();
    try {
      check(this.#library, run.create(this.#model, objective, config, photos, null));
      for (let i = 0; i < 3; i++) check(this.#library, run.step(this.#library.STEP_CROPS, 0, run.pass()));
    } finally {
      run.delete();
    }
    return null;
  }

  lead(setup: Calls['lead'][0]): Calls['lead'][1] {
    const generator = this.#generators.get(setup.run);
    this.#generators.delete(setup.run);
    const coarse = setup.refines === undefined ? undefined : this.#find(setup.refines);
    const lead = new Lead(this.#library, this.#model, generator, coarse, setup, this.post);
    this.#runs.set(setup.run, lead);
    lead.start();
    return lead.cost;
  }

  frame({ run, image, frame }: Calls['frame'][0]): Calls['frame'][1] {
    return this.#find(run).frame(image, frame);
  }

  output({ run, name }: Calls['output'][0]): Calls['output'][1] {
    return this.#find(run).output(name);
  }

  checkpoint({ run, note }: Calls['checkpoint'][0]): Calls['checkpoint'][1] {
    return this.#find(run).checkpoint(note);
  }

  readCheckpoint({ bytes }: Calls['readCheckpoint'][0]): Calls['readCheckpoint'][1] {
    const { status, config, index, note } = this.#library.readCheckpoint(bytes);
    check(this.#library, status);
    return { config: config!, index: index!, note: note! };
  }

  async stop({ run }: Calls['stop'][0]): Promise<null> {
    const lead = this.#runs.get(run);
    this.#runs.delete(run);
    this.#generators.get(run)?.delete();
    this.#generators.delete(run);
    await lead?.stop();
    return null;
  }

  async instantiate({ module }: Calls['instantiate'][0]): Promise<null> {
    this.#library = await instantiate(this.#create, module);
    return null;
  }

  averageStart({ height, width, decorrelate }: Calls['averageStart'][0]): null {
    this.#average = new this.#library.Average();
    check(this.#library, this.#average.create(height, width, decorrelate));
    return null;
  }

  averageAdd({ image: { data, height, width } }: Calls['averageAdd'][0]): null {
    check(this.#library, this.#average.add(data, height, width));
    return null;
  }

  averageFinish(): Calls['averageFinish'][1] {
    const { status, bytes } = this.#average.finish();
    check(this.#library, status);
    return bytes!;
  }

  fourierForward({ image: { data, height, width } }: Calls['fourierForward'][0]): Calls['fourierForward'][1] {
    const size = 3 * height * (Math.floor(width / 2) + 1);
    const [magnitude, phase] = [new Float32Array(size), new Float32Array(size)];
    check(this.#library, this.#library.fourierForward(data, height, width, magnitude, phase));
    return { magnitude, phase };
  }

  fourierInverse({ magnitude, phase, height, width }: Calls['fourierInverse'][0]): Calls['fourierInverse'][1] {
    const image = new Float32Array(3 * height * width);
    check(this.#library, this.#library.fourierInverse(magnitude, phase, height, width, image));
    return image;
  }

  fourierRadialPower({ image: { data, height, width } }: Calls['fourierRadialPower'][0]): Calls['fourierRadialPower'][1] {
    const power = new Float32Array(this.#library.RADII);
    check(this.#library, this.#library.fourierRadialPower(data, height, width, power));
    return power;
  }

  memory(): Calls['memory'][1] {
    return this.#library.memory();
  }

  hear(message: Tell): void {
    if (message.kind === 'help') return help(this.#library, this.#model, message.setup, message.port);
    const lead = this.#runs.get(message.run);
    // A run that could not begin has told so already; its helpers are sent home.
    if (message.kind === 'join') lead ? lead.join(message.port) : message.port.postMessage({ kind: 'stop' });
    else if (!lead) return;
    else if (message.kind === 'limit') lead.limit = message.limit;
    else if (message.kind === 'pause') lead.paused = message.paused;
    else lead.frameSettings = message.frame;
  }

  #find(run: number): Lead {
    const lead = this.#runs.get(run);
    if (!lead) throw stopped();
    return lead;
  }
}

const stopped = () => new PhaselensError('disposed', 'This visualization is over: it has no picture any more.');

/** The page compiled the module once for all workers. */
function instantiate(create: LibraryFactory, module: WebAssembly.Module): Promise<Library> {
  return new Promise((resolve, reject) => {
    const instantiateWasm: Parameters<LibraryFactory>[0]['instantiateWasm'] = (imports, done) => {
      WebAssembly.instantiate(module, imports).then(
        (instance) => done(instance, module),
        (error: unknown) => reject(nameMemory(error)),
      );
      return {};
    };
    create({ instantiateWasm }).then(resolve, reject);
  });
}

/** Reads an ONNX file; the names of those that it needs beside it. */
async function open(library: Library, file: BoundFile, blob: Blob): Promise<string[]> {
  await readInto(library, file, '', blob);
  const { status, lines } = file.externalNames();
  check(library, status);
  return lines.split('\n').slice(0, -1);
}

/** A file goes to the heap in the pieces that it comes in, so that no second copy of all is made; what `file` then loads. */
async function readInto(library: Library, file: BoundFile, name: string, blob: Blob): Promise<void> {
  check(library, file.reserve(name, blob.size));
  const reader = blob.stream().getReader();
  for (let offset = 0; ; ) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new PhaselensError('network', 'The model file cannot be read any more: it was changed or removed.', { cause });
    });
    if (done) return;
    file.write(offset, value);
    offset += value.length;
  }
}
