/** What networks that never saw the picture on show name it: asked for by a button, which says what has to be fetched. */
import { lineOf } from '../models/guesses';
import { type Naming, sentenceOf } from '../models/judges';

export interface JudgesParts {
  box: HTMLElement;
  ask: HTMLButtonElement;
  words: HTMLElement;
  lists: HTMLElement;
}

const shown = 3; // classes of each

export class JudgesView {
  constructor(
    private readonly parts: JudgesParts,
    toggle: () => void,
  ) {
    parts.ask.addEventListener('click', toggle);
  }

  /** Nobody was asked. */
  offer(titles: readonly string[], bytes: number): void {
    const { box, ask, words, lists } = this.parts;
    box.classList.remove('unknown');
    box.hidden = titles.length === 0;
    ask.textContent = `Ask ${titles.length === 2 ? 'two' : titles.length} other networks (${megabytes(bytes)} MB)`;
    words.textContent = `${titles.join(' and ')} never saw this picture. Do they name it too?`;
    lists.replaceChildren();
    lists.hidden = true;
  }

  /** They are asked, and answer when they are here. */
  begin(titles: readonly string[]): void {
    this.parts.ask.textContent = 'Ask them no longer';
    this.parts.lists.hidden = false;
    this.parts.lists.replaceChildren(...titles.map(place));
  }

  loading(fetched: number, bytes: number): void {
    const text = fetched < bytes ? `Fetching: ${megabytes(fetched)} of ${megabytes(bytes)} MB` : 'Making them ready';
    this.parts.words.textContent = text;
  }

  /** `right`: the class that the picture is of, if any. */
  show(namings: readonly Naming[], right: string | undefined): void {
    const { words, lists } = this.parts;
    namings.forEach(({ guesses }, i) => {
      const lines = guesses.slice(0, shown).map((guess) => lineOf(guess, right));
      lists.children[i]?.querySelector('ol')?.replaceChildren(...lines);
    });
    const sentence = sentenceOf(namings, right);
    if (words.textContent !== sentence) words.textContent = sentence; // which is read out when it changes
  }

  /** Of the picture before. */
  empty(): void {
    this.parts.words.textContent = '';
    for (const list of this.parts.lists.querySelectorAll('ol')) list.replaceChildren();
  }

  failed(sentence: string): void {
    this.parts.words.textContent = sentence;
  }
}

const megabytes = (bytes: number): string => String(Math.round(bytes / 1e6));

function place(title: string): HTMLElement {
  const box = document.createElement('div');
  const [heading, list] = [document.createElement('h3'), document.createElement('ol')];
  heading.textContent = `${title} says`;
  list.ariaLabel = heading.textContent;
  box.append(heading, list);
  return box;
}
