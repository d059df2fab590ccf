/**
 * Which model is asked for, and which one is there. One is loaded at a time, and the last wish wins: what was overtaken on its way
 * is let go before the next is loaded.
 */
import { isFile, type Loaded, type Models, type Source } from '../models/models';
import type { ClassNames } from '../models/names';
import type { Settings } from '../models/settings';

/** A model, and what is to be done when it is there. */
interface Wish {
  source: Source;
  then: (loaded: Loaded) => void;
  overtaken: AbortController;
}

export interface OpeningEvents {
  opening(source: Source): void;
  loading(text: string, fraction: number | undefined): void;
  /** Before a model takes the place of another: what uses that one ends. */
  leaving(): Promise<void>;
  /** The model is there; what was to be done then comes next. */
  opened(loaded: Loaded): void;
  /** That is done. */
  ready(loaded: Loaded): void;
  /** The model cannot be had; the one before stays usable. */
  refused(error: unknown, source: Source, again: () => void): void;
  /** The list, or what it says of a model, is another one now. */
  listed(models: Models): void;
  changed(source: Source): void;
}

export class Opening {
  loaded: Loaded | undefined;
  models: Models | undefined;
  #wish: Wish | undefined;
  #busy = false;
  #lacking: Source | undefined; // a file that could not be opened for want of its weights

  constructor(private readonly on: OpeningEvents) {}

  /** The list of models is known. */
  list(models: Models): void {
    this.models = models;
    this.on.listed(models);
    models.listen(() => void this.recall());
  }

  /** Those of earlier visits and of other tabs are known too. */
  async recall(): Promise<void> {
    await this.models?.recall(this.wanted);
    if (this.models) this.on.listed(this.models);
    if (this.wanted) this.on.changed(this.wanted);
  }

  /** The model that is asked for: the one on its way, or the one that is there. */
  get wanted(): Source | undefined {
    return this.#wish?.source ?? this.loaded?.source;
  }

  /** Without a source nothing is asked for. */
  open(source: Source | undefined, then: Wish['then']): void {
    if (!source) return;
    this.#wish?.overtaken.abort();
    this.#wish = { source, then, overtaken: new AbortController() };
    this.#lacking = undefined;
    this.on.opening(source);
    void this.#pursue();
  }

  /** What is there stays. */
  stay(): void {
    this.#wish?.overtaken.abort();
    this.#wish = undefined;
    if (this.loaded) this.on.changed(this.loaded.source);
  }

  /** Weights alone: of the model that lacked them. False where none did. */
  complete(data: File[], then: Wish['then']): boolean {
    const lacking = this.#lacking;
    if (lacking) this.open({ ...lacking, data: [...(lacking.data ?? []), ...data] }, then);
    return lacking !== undefined;
  }

  /** How the model that is asked for is to be fed. */
  async change(settings: Partial<Settings>, then: Wish['then']): Promise<void> {
    const source = this.wanted;
    if (!source) return;
    const kept = this.models?.change(source, settings);
    this.open(source, this.#wish?.then ?? then);
    await kept;
    this.on.changed(source);
  }

  /** What the classes of the model that is there are called. */
  async rename(names: ClassNames | null | undefined, renamed: (loaded: Loaded) => void): Promise<void> {
    const { loaded, models } = this;
    if (!loaded || !models) return;
    const kept = models.change(loaded.source, { names });
    models.rename(loaded);
    renamed(loaded);
    await kept;
    this.on.changed(loaded.source);
  }

  /** It goes on being there until another one is opened. */
  async forget(source: Source): Promise<void> {
    if (!this.models) return;
    await this.models.forget(source);
    this.on.listed(this.models);
    if (this.wanted && this.wanted !== source) this.on.changed(this.wanted);
  }

  async #pursue(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#wish) await this.#take(this.#wish);
    this.#busy = false;
  }

  async #take(wish: Wish): Promise<void> {
    try {
      const next = await this.#load(wish);
      await this.on.leaving();
      if (wish !== this.#wish) return await next.model.dispose();
      this.#wish = undefined;
      const before = this.loaded;
      this.#use(next);
      wish.then(next);
      this.on.ready(next);
      await before?.model.dispose();
    } catch (error) {
      if (wish === this.#wish) this.#refuse(wish, error);
    }
  }

  async #load({ source, overtaken: { signal } }: Wish): Promise<Loaded> {
    const next = await this.models!.load(source, { signal, onProgress: this.on.loading });
    if (!signal.aborted) return next;
    await next.model.dispose();
    throw signal.reason;
  }

  #use(next: Loaded): void {
    this.loaded = next;
    if (isFile(next.source)) this.models!.add(next.source);
    this.on.listed(this.models!);
    this.on.opened(next);
    void this.#keep(next.source);
  }

  /** Beside the work: a picture does not wait for it. */
  async #keep(source: Source): Promise<void> {
    await this.models?.keep(source);
    this.on.changed(source);
  }

  #refuse({ source, then }: Wish, error: unknown): void {
    this.#wish = undefined;
    if (isFile(source) && (error as { code?: string }).code === 'missing-data') this.#lacking = source;
    this.on.refused(error, source, () => this.open(source, then));
  }
}
