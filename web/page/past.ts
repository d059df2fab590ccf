/** The history: pictures that were made here, to open, go on with, vary and compare. */
import { type Notice, sentence } from '../parts/notice';
import { listed } from '../parts/words';
import type { HistoryStrip } from '../picture/history-strip';
import type { PastDialog } from '../picture/past-dialog';
import { fromHash } from '../run/hash';
import type { Entry, History } from '../run/history';
import { anotherSeed } from '../run/state';
import type { Asked } from './asked';
import type { OwnFiles } from './lacking';
import type { Opening } from './opening';

export interface PastPageParts extends OwnFiles {
  history: History;
  strip: HistoryStrip;
  dialog: PastDialog;
  notice: Notice;
  opening: Opening;
  asked: Asked;
}

export class Past {
  constructor(private readonly parts: PastPageParts) {
    const { history, strip, dialog } = parts;
    const [open, fork] = [(entry: Entry) => void this.#open(entry), (entry: Entry) => this.#fork(entry)];
    strip.on = { open, more: (entry) => void this.#tell(entry), clear: () => void this.#try(history.clear()) };
    dialog.on = { open, fork, body: ({ id }) => history.body(id), remove: ({ id }) => void this.#try(history.remove(id)) };
    history.listen(() => void this.#list());
    void this.#list();
  }

  /** Never waited for. */
  async #list(): Promise<void> {
    const { history, strip } = this.parts;
    await history.entries().then(
      (entries) => strip.show(entries),
      () => strip.fail(),
    );
  }

  async #tell(entry: Entry): Promise<void> {
    const entries = await this.parts.history.entries().catch(() => []);
    await this.parts.dialog.show(
      entry,
      entries.filter(({ id }) => id !== entry.id),
    );
  }

  /** Goes on with it, or makes it again. */
  async #open(entry: Entry): Promise<void> {
    const { history, opening, asked } = this.parts;
    const source = this.#source(entry);
    if (!source) return;
    const body = entry.goesOn ? await history.body(entry.id).catch(() => undefined) : undefined;
    const warning = this.#warning(entry);
    if (body?.checkpoint && opening.models?.find(source.id))
      asked.goOn(source, { ...fromHash(entry.hash), ...warning }, body.checkpoint);
    else asked.visit({ ...fromHash(entry.hash), ...warning });
  }

  #fork(entry: Entry): void {
    if (!this.#source(entry)) return;
    const seed = anotherSeed(entry.seed);
    this.parts.asked.visit({ ...fromHash(entry.hash), seed, ...this.#warning(entry) });
  }

  #source({ model, modelTitle, title }: Entry) {
    const { opening, notice } = this.parts;
    const source = opening.models?.find(model);
    if (!source) notice.warn(`“${title}” is of ${modelTitle}, which is not here: open that file first.`);
    return source;
  }

  /** Files that it was made with and that are not in use now. */
  #warning({ lacks, modelTitle }: Entry): { warning?: string } {
    const { photos, magnitude, generator } = this.parts;
    const here = [modelTitle, ...photos.names, magnitude.file?.name, generator.file?.name];
    const names = lacks.filter((name) => !here.includes(name));
    return names.length > 0 ? { warning: `This picture was made with ${listed(names)}, which is not kept here.` } : {};
  }

  async #try(done: Promise<void>): Promise<void> {
    await done.catch((error) => this.parts.notice.warn(`The history cannot be changed. ${sentence(error)}`));
  }
}
