/** A picture of the history, large, beside another one on request, and what can be done with it. */
import type { Body, Entry } from '../run/history';
import { labelOf, show } from './history-strip';

export interface PastParts {
  box: HTMLDialogElement;
  title: HTMLElement;
  figures: [HTMLElement, HTMLElement];
  others: HTMLSelectElement;
  open: HTMLButtonElement;
  fork: HTMLButtonElement;
  remove: HTMLButtonElement;
  close: HTMLButtonElement;
}

export interface PastEvents {
  body(entry: Entry): Promise<Body | undefined>;
  open(entry: Entry): void;
  fork(entry: Entry): void;
  remove(entry: Entry): void;
}

export class PastDialog {
  #on: PastEvents | undefined;
  #entry: Entry | undefined;
  #others: readonly Entry[] = [];

  constructor(private readonly parts: PastParts) {
    const { box, others, open, fork, remove, close } = parts;
    others.addEventListener('change', () => void this.#compare(this.#others[others.selectedIndex - 1]));
    close.addEventListener('click', () => box.close());
    box.addEventListener('click', ({ target }) => target === box && box.close()); // what lies around it
    for (const [button, act] of [
      [open, 'open'],
      [fork, 'fork'],
      [remove, 'remove'],
    ] as const)
      button.addEventListener('click', () => {
        box.close();
        if (this.#entry) this.#on?.[act](this.#entry);
      });
  }

  set on(on: PastEvents) {
    this.#on = on;
  }

  async show(entry: Entry, others: readonly Entry[]): Promise<void> {
    const { box, title, figures, open } = this.parts;
    this.#entry = entry;
    this.#others = others;
    title.textContent = entry.title;
    open.textContent = entry.goesOn ? `Continue from step ${entry.done}` : 'Open';
    this.parts.others.replaceChildren(new Option('Nothing', ''), ...others.map((other) => new Option(labelOf(other))));
    this.parts.others.disabled = others.length === 0;
    await Promise.all([this.#fill(figures[0], entry), this.#compare(undefined)]);
    if (!box.open) box.showModal();
  }

  async #compare(other: Entry | undefined): Promise<void> {
    const figure = this.parts.figures[1];
    if (other) await this.#fill(figure, other);
    figure.hidden = !other;
  }

  async #fill(figure: HTMLElement, entry: Entry): Promise<void> {
    const image = figure.querySelector('img')!;
    const body = await this.#on?.body(entry).catch(() => undefined);
    show(image, body?.picture ?? entry.thumbnail);
    image.alt = `What ${entry.title} responds to, of ${entry.where}`;
    figure
      .querySelector('figcaption')!
      .replaceChildren(
        Object.assign(document.createElement('b'), { textContent: labelOf(entry) }),
        document.createElement('br'),
        [entry.where, timeText(entry.time), entry.lacks.length > 0 && `with ${entry.lacks.join(', ')}`]
          .filter(Boolean)
          .join(' · '),
      );
  }
}

function timeText(time: number): string {
  return new Date(time).toLocaleString('en', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
}
