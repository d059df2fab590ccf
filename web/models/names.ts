/** Names of classes: those that a model lists, ImageNet's for models that bring none, or those of a file. */
import { counted } from '../parts/words';
import type { Api, ManifestEntry } from '../phaselens';

export interface ClassNames {
  title: string; // where they are from
  list: readonly string[];
}

export function isNamesFile({ name }: File): boolean {
  return /\.(txt|json)$/i.test(name);
}

/** As many as the model has outputs. The error's sentence says what is wrong. */
export async function namesOfFile(api: Api, file: File, model: string, outputs: number): Promise<ClassNames> {
  const list = await api.readLabels(file);
  if (list.length !== outputs)
    throw new Error(`It holds ${counted(list.length, 'name')}, and ${model} has ${counted(outputs, 'output')}.`);
  return { title: file.name, list };
}

/** Those that a manifest lists, asked for once more. */
export async function namesOfEntry(
  api: Api,
  { title, labelsUrl }: ManifestEntry,
  outputs: number,
): Promise<ClassNames | undefined> {
  if (labelsUrl === undefined) return undefined;
  const list = await api.readLabels(labelsUrl);
  if (list.length !== outputs)
    throw new Error(`${title} lists ${counted(list.length, 'name')}, and has ${counted(outputs, 'output')}.`);
  return { title, list };
}

/** The thousand classes that come with the package; a model with one output more has "background" first. */
export class ImageNet {
  readonly #entry: ManifestEntry | undefined;
  #list: Promise<readonly string[]> | undefined;

  constructor(
    private readonly api: Api,
    entries: readonly ManifestEntry[],
  ) {
    this.#entry = entries.find(({ labelsUrl }) => labelsUrl !== undefined);
  }

  /** Read once, unless it fails. */
  async names(outputs: number): Promise<ClassNames | undefined> {
    if (outputs !== 1000 && outputs !== 1001) return undefined;
    this.#list ??= this.#read();
    this.#list.catch(() => (this.#list = undefined));
    const list = await this.#list;
    if (list.length !== 1000) return undefined;
    return outputs === 1000
      ? { title: 'ImageNet’s', list }
      : { title: 'ImageNet’s, with “background” first', list: ['background', ...list] };
  }

  async #read(): Promise<readonly string[]> {
    const url = this.#entry?.labelsUrl;
    return url === undefined ? [] : this.api.readLabels(url);
  }
}
