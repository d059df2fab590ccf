/** How far other networks name images as the picture's own does: the picture on show, photos, and what guessing would come to. */
export interface JudgedParts {
  box: HTMLElement;
  ask: HTMLButtonElement;
  words: HTMLElement;
  figures: HTMLElement;
}

/** Of so many answers. */
export interface Share {
  what: string;
  alike: number;
  of: number;
}

export class JudgedView {
  constructor(
    private readonly parts: JudgedParts,
    ask: () => void,
  ) {
    parts.ask.addEventListener('click', ask);
  }

  /** Nothing where there are none; a button where nobody asked them. */
  rest({ possible, asked }: { possible: boolean; asked: boolean }, words: string): void {
    this.parts.box.hidden = !possible;
    this.parts.ask.hidden = asked;
    this.parts.words.textContent = words;
    this.parts.figures.replaceChildren();
  }

  show(shares: readonly Share[], words: string): void {
    this.parts.words.textContent = words;
    this.parts.figures.replaceChildren(...shares.map(lineOf));
  }
}

function lineOf({ what, alike, of }: Share): HTMLElement {
  const line = document.createElement('li');
  const count = `${alike.toLocaleString('en')} of ${of.toLocaleString('en')}`;
  line.append(
    Object.assign(document.createElement('span'), { textContent: what }),
    ' ',
    Object.assign(document.createElement('b'), { textContent: count }),
  );
  line.style.setProperty('--share', String(alike / of));
  return line;
}
