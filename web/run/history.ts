/** Pictures that were made here, kept in this browser: finished ones, and others with what is needed to go on with them. */
import { Database } from '../parts/database';
import { Tabs } from '../parts/tabs';

export interface Entry {
  id: string;
  hash: string; // its link
  lacks: string[]; // names of files that the link does not hold
  model: string;
  modelTitle: string;
  title: string;
  where: string;
  seed: number;
  score: number;
  done: number; // steps
  steps: number;
  time: number; // milliseconds since 1970
  thumbnail: Blob;
  goesOn: boolean; // there is a checkpoint
}

/** What is large of it. */
export interface Body {
  picture: Blob;
  checkpoint: Uint8Array<ArrayBuffer> | undefined;
}

const most = 60;

const database = new Database('phaselens-history', ['entries', 'bodies']);

/** The same picture is there once. */
export const idOf = (hash: string, lacks: readonly string[]): string => [hash, ...lacks].join('\n');

/** Every call fails where nothing can be kept. */
export class History {
  readonly #tabs = new Tabs('phaselens-history');
  #changed = (): void => {};

  /** `changed` is called after every change, of other tabs too. */
  listen(changed: () => void): void {
    this.#changed = changed;
    this.#tabs.listen(changed);
  }

  /** The latest first. */
  async entries(): Promise<Entry[]> {
    const [entries] = await database.transact('readonly', (to) => [to.entries.getAll()]);
    return (entries as Entry[]).sort((a, b) => b.time - a.time);
  }

  async body(id: string): Promise<Body | undefined> {
    const [body] = await database.transact('readonly', (to) => [to.bodies.get(id)]);
    return body as Body | undefined;
  }

  /** In the place of what the picture was before; the oldest go. What was further on stays, as it is made again then. */
  async put(entry: Entry, body: Body): Promise<void> {
    const before = await this.entries();
    if (before.some(({ id, done }) => id === entry.id && done > entry.done)) return;
    const oldest = before.filter(({ id }) => id !== entry.id).slice(most - 1);
    await database.transact('readwrite', ({ entries, bodies }) => [
      entries.put(entry, entry.id),
      bodies.put(body, entry.id),
      ...oldest.flatMap(({ id }) => [entries.delete(id), bodies.delete(id)]),
    ]);
    this.#tell();
  }

  async remove(id: string): Promise<void> {
    await database.transact('readwrite', ({ entries, bodies }) => [entries.delete(id), bodies.delete(id)]);
    this.#tell();
  }

  async clear(): Promise<void> {
    await database.transact('readwrite', ({ entries, bodies }) => [entries.clear(), bodies.clear()]);
    this.#tell();
  }

  #tell(): void {
    this.#tabs.tell();
    this.#changed();
  }
}
