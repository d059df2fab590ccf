/** Names of classes, for models that bring none: ImageNet's, or those of a file. */
import type { ManifestEntry } from '../phaselens';

export interface ClassNames {
  title: string; // where they are from
  list: readonly string[];
}

const largest = 4e6; // bytes; a file of names is far smaller

export function isNamesFile({ name }: File): boolean {
  return /\.(txt|json)$/i.test(name);
}

/** One name a line, or a JSON list; as many as the model has outputs. The error's sentence says what is wrong. */
export async function namesOfFile(file: File, model: string, outputs: number): Promise<ClassNames> {
  if (file.size > largest) throw new Error('It is too large for a list of names.');
  const list = parse(await file.text());
  const count = list.length === 1 ? '1 name' : `${list.length} names`;
  if (list.length !== outputs) throw new Error(`It holds ${count}, and ${model} has ${outputs} outputs.`);
  return { title: file.name, list };
}

function parse(text: string): string[] {
  const content = text.replace(/^\uFEFF/, '').trimEnd();
  if (!content.trim()) throw new Error('It is empty.');
  if (/[\0\uFFFD]/.test(content)) throw new Error('It is not text in UTF-8.');
  if (!/^\s*[[{]/.test(content)) return content.split(/\r?\n/).map((line) => line.trim());
  const list = fromJson(content);
  const isList = Array.isArray(list) && list.every((name) => typeof name === 'string');
  if (!isList) throw new Error('Its JSON is not a list of names: ["first", "second", …].');
  return list;
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`It begins like JSON, but is none: ${(error as Error).message}.`);
  }
}

/** The thousand classes that come with the package; a model with one output more has "background" first. */
export class ImageNet {
  readonly #entry: ManifestEntry | undefined;
  #list: Promise<readonly string[]> | undefined;

  constructor(entries: readonly ManifestEntry[]) {
    this.#entry = entries.find(({ labelsUrl }) => labelsUrl !== undefined);
  }

  async names(outputs: number): Promise<ClassNames | undefined> {
    if (outputs !== 1000 && outputs !== 1001) return undefined;
    const list = await (this.#list ??= this.#read()).catch(() => []);
    if (list.length !== 1000) return undefined;
    return outputs === 1000
      ? { title: 'ImageNet’s', list }
      : { title: 'ImageNet’s, with “background” first', list: ['background', ...list] };
  }

  async #read(): Promise<readonly string[]> {
    const url = this.#entry?.labelsUrl;
    const response = url === undefined ? undefined : await fetch(url);
    return response?.ok ? parse(await response.text()) : [];
  }
}
