/** Small pictures of what was made here, in a row under the picture. */
import { counted } from '../parts/words';
import type { Entry } from '../run/history';

export interface HistoryStripParts {
  list: HTMLElement;
  words: HTMLElement; // where there are none
  clear: HTMLButtonElement;
}

export interface HistoryStripEvents {
  open(entry: Entry): void;
  more(entry: Entry): void;
  clear(): void;
}

interface Line {
  item: HTMLElement;
  image: HTMLImageElement;
  buttons: HTMLButtonElement[];
  entry: Entry;
}

export class HistoryStrip {
  #on: HistoryStripEvents | undefined;
  readonly #lines = new Map<string, Line>();

  constructor(private readonly parts: HistoryStripParts) {
    parts.clear.addEventListener('click', () => this.#on?.clear());
  }

  set on(on: HistoryStripEvents) {
    this.#on = on;
  }

  /** What is there already stays as it is: a button keeps the focus, the row where it was scrolled to. */
  show(entries: readonly Entry[]): void {
    const { list, words, clear } = this.parts;
    words.textContent = entries.length > 0 ? '' : 'Your pictures will be kept here, in this browser.';
    clear.hidden = entries.length === 0;
    const ids = new Set(entries.map(({ id }) => id));
    for (const [id, line] of this.#lines) if (!ids.has(id)) this.#drop(id, line);
    for (const [i, entry] of entries.entries()) {
      const { item } = this.#line(entry);
      if (list.children[i] !== item) list.insertBefore(item, list.children[i] ?? null);
    }
  }

  /** Nothing can be kept. */
  fail(): void {
    this.show([]);
    this.parts.words.textContent = 'This browser does not let the page keep your pictures.';
  }

  #line(entry: Entry): Line {
    const line = this.#lines.get(entry.id) ?? this.#made(entry);
    const { image, buttons, item } = line;
    const label = labelOf(entry);
    if (line.entry.time !== entry.time || !image.src) show(image, entry.thumbnail);
    line.entry = entry;
    item.classList.toggle('unfinished', entry.done < entry.steps);
    buttons[0]!.ariaLabel = buttons[0]!.title = `${entry.goesOn ? 'Continue' : 'Open'} ${label}`;
    buttons[1]!.ariaLabel = `More about ${label}`;
    return line;
  }

  #made(entry: Entry): Line {
    const item = document.createElement('li');
    const image = Object.assign(document.createElement('img'), { alt: '', width: 48, height: 48 });
    const line: Line = { item, image, buttons: [], entry };
    line.buttons = [button(image, () => this.#on?.open(line.entry)), button(icon('more'), () => this.#on?.more(line.entry))];
    item.append(...line.buttons);
    this.#lines.set(entry.id, line);
    return line;
  }

  #drop(id: string, { item, image }: Line): void {
    URL.revokeObjectURL(image.src);
    item.remove();
    this.#lines.delete(id);
  }
}

/** daisy, seed 1, score 27.16, 24 of 144 steps */
export function labelOf({ title, seed, score, done, steps }: Entry): string {
  const place = done < steps ? `${done} of ${counted(steps, 'step')}` : counted(steps, 'step');
  return `${title}, seed ${seed}, score ${score.toFixed(2).replace('-', '−')}, ${place}`;
}

/** The one before is let go. */
export function show(image: HTMLImageElement, blob: Blob): void {
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(blob);
}

function button(content: Node, act: () => void): HTMLButtonElement {
  const button = Object.assign(document.createElement('button'), { type: 'button' });
  button.append(content);
  button.addEventListener('click', act);
  return button;
}

function icon(name: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}
