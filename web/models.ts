/** The models to choose from: those of the manifest and files of one's own. */
import { sentence } from './notice';
import type { Api, LayerInfo, ManifestEntry, Model } from './phaselens';

export interface Source {
  id: string;
  title: string;
  from: ManifestEntry | File;
}

/** Units worth a look. */
export interface Suggestion {
  layer: string;
  title: string;
  units: number[];
}

export interface Loaded {
  source: Source;
  model: Model;
  layers: LayerInfo[]; // the logits first
  labels: readonly string[] | undefined;
  suggested: Suggestion[];
  hint: string; // what was assumed about a file of one's own
  obstacle: string; // why some of its layers cannot be run
  cropSize?: number; // where crops of another size cannot be run
}

export interface Normalization {
  title: string;
  mean: number[];
  std: number[];
}

/** input = (rgb - mean) / std, with rgb in [0, 1] */
export const normalizations: Normalization[] = [
  { title: 'ImageNet mean and deviation', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { title: '−1 to 1', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  { title: '(x − 127) / 128', mean: [127 / 255, 127 / 255, 127 / 255], std: [128 / 255, 128 / 255, 128 / 255] },
  { title: '0 to 1', mean: [0, 0, 0], std: [1, 1, 1] },
  { title: '0 to 255', mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
];

export interface LoadOptions {
  normalization: Normalization; // of a file of one's own; the manifest knows its models'
  signal: AbortSignal;
  onProgress(text: string, fraction: number | undefined): void;
}

export class Models {
  readonly sources: Source[];
  #imagenet: Pick<Loaded, 'labels' | 'suggested'> | undefined; // of the first model that names a thousand classes

  private constructor(
    private readonly api: Api,
    entries: readonly ManifestEntry[],
  ) {
    this.sources = entries.map((entry) => ({ id: entry.id, title: entry.title, from: entry }));
  }

  static async read(api: Api): Promise<Models> {
    return new Models(api, await api.loadManifest());
  }

  get first(): Source {
    const source = this.sources[0];
    if (!source) throw new Error('The list of models is empty.');
    return source;
  }

  find(id: string): Source | undefined {
    return this.sources.find((source) => source.id === id);
  }

  /** A file stays in the list, so that it can be chosen again; one of the same name takes its place. */
  add(source: Source): void {
    const old = this.sources.findIndex(({ id }) => id === source.id);
    if (old >= 0) this.sources[old] = source;
    else this.sources.push(source);
  }

  async load(source: Source, { normalization, signal, onProgress }: LoadOptions): Promise<Loaded> {
    const { mean, std } = normalization;
    const model = await this.api.loadModel(source.from, {
      signal,
      ...(isFile(source) ? { preprocessing: { mean, std } } : {}),
      onProgress: ({ phase, loaded, total }) => onProgress(...progressOf(source.title, phase, loaded, total)),
    });
    const logits = model.layers.find(({ name }) => name === model.logits);
    const rest = model.layers.filter((layer) => layer !== logits && (layer.units > 0 || !layer.runs));
    const layers = logits ? [logits, ...rest] : rest;
    const obstacle = await this.#obstacle(model);
    if (!layers.some(({ runs }) => runs)) {
      await model.dispose();
      throw new Error(obstacle || 'It has no layer that can be shown.');
    }
    return { source, model, layers, obstacle, ...this.#names(source, model, logits) };
  }

  /** The sentence about the operator that is missing, if one is. */
  async #obstacle(model: Model): Promise<string> {
    const blocked = model.layers.find(({ runs }) => !runs);
    if (!blocked) return '';
    try {
      for await (const _ of model.visualize(this.api.channel(blocked.name, 0), { size: 32, steps: 1, crops: 1 })) break;
      return '';
    } catch (error) {
      return sentence(error);
    }
  }

  /** Class names and suggestions: the manifest's; a file with a thousand logits gets ImageNet's, and the page says so. */
  #names({ from }: Source, { labels }: Model, logits: LayerInfo | undefined): Pick<Loaded, 'labels' | 'suggested' | 'hint'> {
    if (!(from instanceof File)) {
      const names = { labels, suggested: (from.fields['suggested'] ?? []) as Suggestion[] };
      if (labels?.length === 1000) this.#imagenet ??= names;
      return { ...names, hint: '' };
    }
    if (!logits) return { labels, suggested: [], hint: 'No layer of logits was found: choose any layer.' };
    if (logits.units !== 1000 || !this.#imagenet) return { labels, suggested: [], hint: '' };
    const suggested = this.#imagenet.suggested.slice(0, 1).map((group) => ({ ...group, layer: logits.name }));
    return { labels: this.#imagenet.labels, suggested, hint: 'A thousand logits: named as the classes of ImageNet.' };
  }
}

export function isFile({ from }: Source): boolean {
  return from instanceof File;
}

export function sourceOfFile(file: File): Source {
  return { id: `file:${file.name}`, title: file.name, from: file };
}

function progressOf(title: string, phase: string, loaded: number, total = 0): [string, number | undefined] {
  if (phase !== 'download') return [`Preparing ${title}`, 1];
  if (total === 0) return [`Loading ${title}, ${megabytes(loaded)} MB`, undefined];
  return [`Loading ${title}, ${megabytes(loaded)} of ${megabytes(total)} MB`, loaded / total];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
