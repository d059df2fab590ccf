/** Networks that never saw a picture and name it. They are files beside the page, which its package does not have. */
import type { Api, Frame, ManifestEntry, Model } from '../phaselens';
import { type Guess, guessesOf, top } from './guesses';
import type { Loaded } from './models';

/** What one of them says of an image. */
export interface Naming {
  title: string;
  guesses: Guess[]; // all classes, the likeliest first
}

const listUrl = (): string => new URL('judges/manifest.json', document.baseURI).href;

/** None where the page came without them. */
export async function judgesOf(api: Api): Promise<Judge[]> {
  const entries = await api.loadManifest(listUrl()).catch(() => []);
  return entries.map((entry) => new Judge(api, entry));
}

export class Judge {
  #model: Promise<Model> | undefined;
  #fetched = 0;

  constructor(
    private readonly api: Api,
    private readonly entry: ManifestEntry,
  ) {}

  get title(): string {
    return this.entry.title;
  }

  /** Bytes to download. */
  get bytes(): number {
    return this.entry.bytes ?? 0;
  }

  /** Bytes that are here. */
  get fetched(): number {
    return this.#fetched;
  }

  /** Its names of an image. It is loaded first where it is not; once more where its worker was lost. */
  async name(image: Frame): Promise<Naming> {
    const asked = (this.#model ??= this.#load());
    try {
      return await this.#answer(asked, image);
    } catch (error) {
      const lost = (error as { code?: string }).code === 'worker-failed' && this.#model === asked;
      if (!lost) throw error;
      await this.dispose();
      return this.#answer((this.#model = this.#load()), image);
    }
  }

  /** Its memory is given back. */
  async dispose(): Promise<void> {
    const model = this.#model;
    this.#model = undefined;
    await model?.then((model) => model.dispose()).catch(() => {}); // what could not be loaded holds nothing
  }

  async #answer(loading: Promise<Model>, image: Frame): Promise<Naming> {
    const model = await loading;
    const { data } = await model.activations(image, model.logits!);
    return { title: this.title, guesses: top(data, model.labels ?? [], data.length) };
  }

  /** One worker of its own, beside those of the picture. */
  async #load(): Promise<Model> {
    const { size } = this.entry.fields.input as { size: number };
    const model = await this.api.loadModel(this.entry, {
      size,
      workers: 1,
      onProgress: ({ phase, loaded }) => {
        if (phase === 'download') this.#fetched = loaded;
      },
    });
    if (!model.labelsError) return model;
    await model.dispose();
    throw model.labelsError; // without names it names nothing
  }
}

/** Who names an image: a judge, or the network of a picture. */
export type Namer = Judge | Loaded;

/** Of a network that has no names of classes there are none. */
export async function nameOf(namer: Namer, image: Frame): Promise<Naming> {
  if (!('model' in namer)) return namer.name(image);
  return { title: namer.source.title, guesses: await guessesOf(namer, image, 1) };
}

/** How many of them have `right` first; what they have first, where no class is right. */
export function sentenceOf(namings: readonly Naming[], right: string | undefined): string {
  const firsts = namings.map(({ guesses }) => guesses[0]?.name ?? '');
  if (right !== undefined) {
    const count = firsts.filter((name) => name === right).length;
    return `${count} of ${namings.length} other networks name it “${right}” first.`;
  }
  const names = [...new Set(firsts)].map((name) => `“${name}”`);
  return names.length === 1 ? `Each of them names it ${names[0]} first.` : `They name it ${names.join(' and ')} first.`;
}
