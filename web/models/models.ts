/** The models to choose from: those of the manifest and files of one's own. */

import { sentence } from '../parts/notice';
import { downloadText } from '../parts/words';
import type { Api, LayerInfo, ManifestEntry, Model } from '../phaselens';
import { earlyBlock } from './blocks';
import { type ClassNames, ImageNet, namesOfEntry } from './names';
import type { Settings } from './settings';
import * as store from './store';
import { isTyped, preprocessingOf } from './typed';

export interface Source {
  id: string;
  title: string;
  from: ManifestEntry | Blob;
  data?: File[]; // which hold weights of a file
  own?: Own; // of a file
}

export interface Own {
  settings: Settings;
  kept: boolean; // in this browser, for later visits
  refusal?: string; // why it is not, as a clause
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
  known: ClassNames | undefined; // the names that its manifest lists, or that the number of its outputs suggests
  lacksNames?: string; // why these could not be had, in a sentence
  cropSize?: number; // where crops of another size cannot be run
  early: string | undefined; // a layer that still knows where everything is in a photo
  reason: string; // why its normalization was chosen, in sentences
}

export interface Normalization {
  id: string;
  title: string;
  mean: number[];
  std: number[];
  bgr?: boolean;
}

/** input = (rgb - mean) / std, with rgb in [0, 1] */
export const normalizations: Normalization[] = [
  { id: 'imagenet', title: 'ImageNet mean and deviation', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  { id: 'symmetric', title: '−1 to 1', mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  { id: 'tensorflow', title: '(x − 127) / 128', mean: [127 / 255, 127 / 255, 127 / 255], std: [128 / 255, 128 / 255, 128 / 255] },
  { id: 'unit', title: '0 to 1', mean: [0, 0, 0], std: [1, 1, 1] },
  { id: 'bytes', title: '0 to 255', mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] },
  { id: 'caffe', title: '0 to 255, blue first', mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255], bgr: true },
];

export interface LoadOptions {
  signal: AbortSignal;
  onProgress(text: string, fraction: number | undefined): void;
}

export class Models {
  readonly sources: Source[];
  readonly #imagenet: ImageNet;

  private constructor(
    private readonly api: Api,
    entries: readonly ManifestEntry[],
  ) {
    this.sources = entries.map((entry) => ({ id: entry.id, title: entry.title, from: entry }));
    this.#imagenet = new ImageNet(api, entries);
  }

  /** The manifest's. */
  static async read(api: Api): Promise<Models> {
    return new Models(api, await api.loadManifest());
  }

  /** `changed` is called when another tab has changed what is kept. */
  listen(changed: () => void): void {
    store.listen(changed);
  }

  /** Those that are kept as well; where nothing can be kept, nothing is. The one in use stays as it is. */
  async recall(inUse: Source | undefined): Promise<void> {
    const kept = await store.kept().catch(() => undefined);
    if (!kept) return;
    for (const { id, title, file, data, settings } of kept)
      if (id !== inUse?.id) this.add({ id, title, from: file, data, own: { settings, kept: true } });
    const gone = this.sources.filter(({ id, own }) => own?.kept && !kept.some((one) => one.id === id));
    for (const source of gone) this.#lose(source, inUse);
  }

  /** It was forgotten in another tab. */
  #lose(source: Source, inUse: Source | undefined): void {
    if (source.id !== inUse?.id) this.sources.splice(this.sources.indexOf(source), 1);
    else source.own = { ...source.own!, kept: false, refusal: 'it was forgotten in another tab' };
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

  /** For later visits. Where that fails, the source says why and stays usable in this one. */
  async keep({ id, title, from, data = [], own }: Source): Promise<void> {
    if (!own || own.kept || own.refusal || isEntry(from)) return;
    try {
      await store.keep({ id, title, file: from, data, settings: own.settings });
      own.kept = true;
    } catch (error) {
      own.refusal = store.refusal(error);
    }
  }

  /** Another choice for a file of one's own, which is kept if the file is. */
  async change({ id, own }: Source, settings: Partial<Settings>): Promise<void> {
    if (!own) return;
    Object.assign(own.settings, settings);
    await store.keepSettings(id, settings).catch((error) => (own.refusal = store.refusal(error)));
  }

  async forget(source: Source): Promise<void> {
    if (source.own?.kept) await store.forget(source.id);
    const at = this.sources.indexOf(source);
    if (at >= 0) this.sources.splice(at, 1);
  }

  async load(source: Source, { signal, onProgress }: LoadOptions): Promise<Loaded> {
    const chosen = chosenFor(source);
    const model = await this.api.loadModel(source.from, {
      signal,
      ...(chosen ? { preprocessing: chosen } : {}),
      ...(source.data ? { externalData: source.data } : {}),
      onProgress: ({ phase, loaded, total }) => onProgress(...progressOf(source.title, phase, loaded, total)),
    });
    const logits = model.layers.find(({ name }) => name === model.logits);
    const rest = model.layers.filter((layer) => layer !== logits && (layer.units > 0 || !layer.runs));
    const layers = logits ? [logits, ...rest] : rest;
    if (!layers.some(({ runs }) => runs)) {
      const obstacle = await this.#obstacle(model);
      await model.dispose();
      throw new Error(obstacle || 'It has no layer that can be shown.');
    }
    const preferred = normalizationFor(model.preprocessingHint);
    if (source.own && !chosen) source.own.settings.normalization = preferred.id;
    const reason = source.own?.settings.normalization === preferred.id ? guessOf(model) : '';
    const known = await this.#known(source, model).catch((error): Lacking => ({ known: undefined, lacksNames: sentence(error) }));
    const { names } = source.own?.settings ?? {};
    if (names && names.list.length !== outputsOf(model)) delete source.own?.settings.names; // of another file of the same name
    const cropSize = await fixedSize(model, layers);
    const early = earlyBlock(model.layers);
    return { source, model, layers, reason, early, ...known, ...cropSize, ...this.#names({ source, model, ...known }) };
  }

  /** Names that could not be had are asked for once more. */
  async nameAgain(loaded: Loaded): Promise<void> {
    const { source, model } = loaded;
    const outputs = outputsOf(model);
    try {
      loaded.known = await (isEntry(source.from) ? namesOfEntry(this.api, source.from, outputs) : this.#imagenet.names(outputs));
      delete loaded.lacksNames;
    } catch (error) {
      loaded.lacksNames = sentence(error);
    }
    this.rename(loaded);
  }

  /** After another choice of names. */
  rename(loaded: Loaded): void {
    Object.assign(loaded, this.#names(loaded));
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

  /** What classes are called where nobody has chosen. */
  async #known({ from }: Source, model: Model): Promise<Pick<Loaded, 'known'>> {
    if (!isEntry(from)) return { known: await this.#imagenet.names(outputsOf(model)) };
    if (model.labelsError) throw model.labelsError;
    return { known: model.labels && { title: from.title, list: model.labels } };
  }

  /** Class names and suggestions: the manifest's, or those chosen for a file of one's own. */
  #names({ source, model, known }: Pick<Loaded, 'source' | 'model' | 'known'>): Pick<Loaded, 'labels' | 'suggested'> {
    const { from, own } = source;
    if (isEntry(from)) return { labels: known?.list, suggested: suggestedBy(from) };
    const names = own?.settings.names === undefined ? known : own.settings.names;
    if (!known || names !== known) return { labels: names?.list, suggested: [] };
    const shift = known.list.length - 1000; // by "background"
    const classes = suggestedBy(this.first.from as ManifestEntry).slice(0, 1);
    const suggested = classes.map((group) => ({
      ...group,
      layer: model.logits ?? '',
      units: group.units.map((unit) => unit + shift),
    }));
    return { labels: known.list, suggested };
  }
}

type Lacking = Pick<Loaded, 'known' | 'lacksNames'>;

const outputsOf = ({ layers, logits }: Model): number => layers.find(({ name }) => name === logits)?.units ?? 0;

function suggestedBy({ fields }: ManifestEntry): Suggestion[] {
  return (fields.suggested ?? []) as Suggestion[];
}

function isEntry(from: Source['from']): from is ManifestEntry {
  return 'fields' in from;
}

export function isFile({ own }: Source): boolean {
  return own !== undefined;
}

/** A file that was opened before under the same name keeps what was chosen for it. */
export function sourceOfFile(file: File, data: File[], models: Models | undefined): Source {
  const id = `file:${file.name}`;
  const settings = { normalization: '', ...models?.find(id)?.own?.settings };
  return { id, title: file.name, from: file, data, own: { settings, kept: false } };
}

/** What the reader chose or typed in; nothing before that. */
export function chosenFor({ own }: Source): { mean: number[]; std: number[]; bgr?: boolean } | undefined {
  const { normalization, typed } = own?.settings ?? {};
  if (normalization === 'typed' && isTyped(typed)) return preprocessingOf(typed);
  const known = normalizations.find(({ id }) => id === normalization);
  return known && { mean: known.mean, std: known.std, bgr: known.bgr ?? false };
}

/** The one of the list that a file asks for; ImageNet's where it does not say. */
function normalizationFor({ found, mean, std, bgr }: Model['preprocessingHint']): Normalization {
  const near = (a: number | undefined, b: number | undefined) => Math.abs((a ?? 0) - (b ?? 0)) < 1e-4;
  const same = (one: Normalization) => near(one.mean[0], mean[0]) && near(one.std[0], std[0]) && (one.bgr ?? false) === bgr;
  return (found && normalizations.find(same)) || normalizations[0]!;
}

/** What was guessed of a file's input, in sentences. */
function guessOf({ preprocessingHint: { unknown, reason } }: Model): string {
  if (unknown) return `What it expects of a pixel is not known: ${reason}. What is chosen here is a mere guess.`;
  return reason && `What it expects of a pixel is guessed: ${reason}.`;
}

/** The model's own size where it takes no other. */
async function fixedSize(model: Model, layers: LayerInfo[]): Promise<Pick<Loaded, 'cropSize'>> {
  const layer = layers.find(({ name, runs }) => runs && name === model.logits) ?? layers.findLast(({ runs }) => runs);
  for (const side of [128, 224]) if (layer && !(await model.accepts(side, layer.name))) return { cropSize: model.input.height };
  return {};
}

const progressOf = (title: string, phase: string, loaded: number, total?: number): [string, number | undefined] =>
  phase === 'download' ? downloadText(title, loaded, total) : [`Preparing ${title}`, 1];
