/** Units of the layer as small pictures, some at a time; each fills in when there is one, the chosen one with the picture on show. */
export interface StripParts {
  box: HTMLElement;
  list: HTMLElement;
  words: HTMLElement;
  back: HTMLButtonElement;
  on: HTMLButtonElement;
}

export interface StripEvents {
  choose(unit: number): void;
  /** These are in view and have no picture yet. */
  wanted(units: number[]): void;
}

/** What a layer's units are called. */
export interface StripOf {
  layer: string;
  units: number;
  labels: readonly string[] | undefined;
}

const side = 60; // pixels of a small picture
const shown = 12;

export class Strip {
  #of: StripOf = { layer: '', units: 0, labels: undefined };
  #first = 0;
  #chosen = -1;

  constructor(
    private readonly parts: StripParts,
    private readonly on: StripEvents,
  ) {
    parts.back.addEventListener('click', () => this.#turn(-shown));
    parts.on.addEventListener('click', () => this.#turn(shown));
    parts.list.addEventListener('keydown', (event) => this.#move(event));
  }

  /** The units around one of them; -1 for none. */
  show(of: StripOf, unit: number): void {
    const first = Math.max(0, Math.floor(unit / shown) * shown);
    const same = of.layer === this.#of.layer && of.units === this.#of.units && of.labels === this.#of.labels;
    this.#of = of;
    this.#chosen = unit;
    this.parts.box.hidden = of.units < 2;
    if (!same || first !== this.#first || this.parts.list.childElementCount === 0) this.#fill(first);
    this.#mark();
  }

  /** A small picture of a unit, where it is still in view. */
  draw(layer: string, unit: number, image: CanvasImageSource): void {
    const canvas = layer === this.#of.layer ? this.#item(unit)?.querySelector('canvas') : undefined;
    if (!canvas) return;
    canvas.getContext('2d')!.drawImage(image, 0, 0, side, side);
    canvas.dataset.state = 'picture';
  }

  #turn(by: number): void {
    this.#fill(Math.min(Math.max(0, this.#first + by), Math.floor((this.#of.units - 1) / shown) * shown));
    this.#mark();
  }

  #fill(first: number): void {
    const { list, back, on, words } = this.parts;
    const units = Array.from({ length: Math.min(shown, this.#of.units - first) }, (_, i) => first + i);
    this.#first = first;
    list.replaceChildren(...units.map((unit) => this.#made(unit)));
    back.disabled = first === 0;
    on.disabled = first + shown >= this.#of.units;
    words.textContent = `Units ${first} to ${units.at(-1) ?? 0} of ${this.#of.units}`;
    this.on.wanted(units);
  }

  #made(unit: number): HTMLElement {
    const item = document.createElement('li');
    const button = document.createElement('button');
    const canvas = Object.assign(document.createElement('canvas'), { width: side, height: side });
    const label = this.#of.labels?.[unit];
    button.type = 'button';
    button.dataset.unit = String(unit);
    button.ariaLabel = label === undefined ? `Unit ${unit}` : `${label}, unit ${unit}`;
    button.title = button.ariaLabel;
    button.append(canvas, Object.assign(document.createElement('span'), { textContent: label ?? String(unit) }));
    button.addEventListener('click', () => this.on.choose(unit));
    item.append(button);
    return item;
  }

  #mark(): void {
    const buttons = this.#buttons;
    const stop = this.#item(this.#chosen) ?? buttons[0];
    for (const button of buttons) {
      button.ariaPressed = String(Number(button.dataset.unit) === this.#chosen);
      button.tabIndex = button === stop ? 0 : -1;
    }
    const { list } = this.parts;
    if (stop) list.scrollLeft = stop.offsetLeft - list.offsetLeft - (list.clientWidth - stop.offsetWidth) / 2; // never the page
  }

  /** One stop of the Tab key: arrows go through the units. */
  #move(event: KeyboardEvent): void {
    const buttons = this.#buttons;
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[to]?.focus();
  }

  get #buttons(): HTMLButtonElement[] {
    return [...this.parts.list.querySelectorAll('button')];
  }

  #item(unit: number): HTMLButtonElement | undefined {
    return this.#buttons.find(({ dataset }) => dataset.unit === String(unit));
  }
}
