/** The fold that tells how far a picture can be trusted: pictures of the same unit made otherwise, of others, and how far they agree. */
import { imageDataOf } from '../parts/pixels';
import type { Frame } from '../phaselens';

export interface TrustParts {
  start: HTMLButtonElement;
  pictures: HTMLElement;
  figures: HTMLElement;
  words: HTMLElement;
}

/** How far some pictures agree. */
export interface Agreement {
  what: string;
  value: number;
}

export class TrustView {
  constructor(
    private readonly parts: TrustParts,
    start: () => void,
  ) {
    parts.start.addEventListener('click', start);
  }

  /** Nothing is drawn; how long it would take, where it can be told; nothing where there is no unit. */
  rest(possible: boolean, time: string): void {
    const { start, pictures, figures, words } = this.parts;
    start.disabled = !possible;
    start.textContent = `Draw it again in other ways${time && `, about ${time}`}`;
    pictures.replaceChildren();
    figures.replaceChildren();
    words.textContent = possible ? '' : 'For one unit of a layer, once its picture is there.';
  }

  begin(titles: readonly string[]): void {
    this.parts.start.disabled = true;
    this.parts.words.textContent = 'Drawing';
    this.parts.pictures.replaceChildren(...titles.map(place));
  }

  picture(i: number, frame: Frame, words: string): void {
    const item = this.parts.pictures.children[i];
    const canvas = item?.querySelector('canvas');
    if (!item || !canvas) return;
    Object.assign(canvas, { width: frame.width, height: frame.height });
    canvas.getContext('2d')!.putImageData(imageDataOf(frame), 0, 0);
    canvas.dataset.state = 'picture';
    item.querySelector('b')!.textContent = words;
  }

  end(agreements: readonly Agreement[], words: string): void {
    this.parts.figures.replaceChildren(...agreements.map(figure));
    this.parts.words.textContent = words;
  }
}

function place(title: string): HTMLElement {
  const item = document.createElement('li');
  const canvas = Object.assign(document.createElement('canvas'), { width: 128, height: 128, role: 'img', ariaLabel: title });
  item.append(canvas, Object.assign(document.createElement('span'), { textContent: title }), document.createElement('b'));
  return item;
}

function figure({ what, value }: Agreement): HTMLElement {
  const item = document.createElement('li');
  item.append(
    Object.assign(document.createElement('span'), { textContent: what }),
    ' ',
    Object.assign(document.createElement('b'), { textContent: value.toFixed(2).replace('-', '−') }),
  );
  item.style.setProperty('--share', String(Math.max(0, value)));
  return item;
}
