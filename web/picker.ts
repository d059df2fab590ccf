/** A searchable list: the combobox pattern of the ARIA Authoring Practices, with a list that filters as one types. */
export interface Item {
  value: string;
  text: string; // what is searched, and what stands in the field once picked
  detail?: string;
  disabled?: boolean;
}

export class Picker {
  #items: Item[] = [];
  #shown: Item[] = [];
  #options: HTMLElement[] = [];
  #active = -1;
  #value = '';

  constructor(
    private readonly input: HTMLInputElement,
    private readonly list: HTMLElement,
    private readonly onPick: (value: string) => void,
  ) {
    input.addEventListener('click', () => this.#open(''));
    input.addEventListener('input', () => this.#open(input.value));
    input.addEventListener('keydown', (event) => this.#key(event));
    input.addEventListener('blur', () => this.#close());
    list.addEventListener('pointerdown', (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener('click', (event) => {
      const option = (event.target as Element).closest<HTMLElement>('[role=option]');
      if (option) this.#pick(this.#options.indexOf(option));
    });
  }

  set items(items: Item[]) {
    this.#items = items;
    this.input.disabled = items.length === 0;
    this.#close();
  }

  get value(): string {
    return this.#value;
  }

  set value(value: string) {
    this.#value = value;
    if (this.list.hidden) this.#restore();
  }

  #open(query: string): void {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = this.#items.filter((item) => words.every((word) => item.text.toLowerCase().includes(word)));
    this.#shown = words.length === 1 ? numberFirst(matches, words[0] as string) : matches;
    this.#options = this.#shown.map((item, i) => this.#option(item, i));
    this.list.replaceChildren(...(this.#options.length > 0 ? this.#options : [nothing(query)]));
    this.list.hidden = false;
    this.list.classList.toggle('above', roomBelow(this.input) < this.list.offsetHeight);
    this.input.setAttribute('aria-expanded', 'true');
    if (words.length === 0) this.input.select();
    this.#activate(
      words.length > 0
        ? 0
        : Math.max(
            0,
            this.#shown.findIndex((item) => item.value === this.#value),
          ),
    );
  }

  #option(item: Item, i: number): HTMLElement {
    const option = document.createElement('li');
    option.id = `${this.list.id}-${i}`;
    option.role = 'option';
    option.ariaSelected = String(item.value === this.#value);
    if (item.disabled) option.ariaDisabled = 'true';
    option.append(item.text);
    if (item.detail) option.append(' ', Object.assign(document.createElement('small'), { textContent: item.detail }));
    return option;
  }

  #activate(index: number): void {
    this.#options[this.#active]?.classList.remove('active');
    this.#active = Math.min(index, this.#options.length - 1);
    const option = this.#options[this.#active];
    option?.classList.add('active');
    if (option) scrollTo(this.list, option);
    if (option) this.input.setAttribute('aria-activedescendant', option.id);
    else this.input.removeAttribute('aria-activedescendant');
  }

  #key(event: KeyboardEvent): void {
    const opens = event.key === 'ArrowDown' || event.key === 'ArrowUp';
    if (this.list.hidden) {
      if (!opens && event.key !== 'Enter') return;
      event.preventDefault();
      return this.#open('');
    }
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      this.#activate(Math.max(0, this.#active + move));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      this.#pick(this.#active);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      this.#close();
    }
  }

  #pick(index: number): void {
    const item = this.#shown[index];
    if (!item || item.disabled) return;
    this.#value = item.value;
    this.#close();
    this.onPick(item.value);
  }

  #close(): void {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.#options = [];
    this.#active = -1;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
    this.#restore();
  }

  #restore(): void {
    this.input.value = this.#items.find((item) => item.value === this.#value)?.text ?? '';
  }
}

/** Who types 98 looks for unit 98 before unit 198. */
function numberFirst(items: Item[], word: string): Item[] {
  const rank = (item: Item) => {
    const text = item.text.toLowerCase();
    return text.split(' ', 1)[0] === word ? 0 : text.startsWith(word) ? 1 : 2;
  };
  return [...items].sort((a, b) => rank(a) - rank(b));
}

/** Scrolls the list alone, never the page. */
function scrollTo(list: HTMLElement, option: HTMLElement): void {
  const top = option.offsetTop;
  const bottom = top + option.offsetHeight - list.clientHeight;
  if (list.scrollTop > top || list.scrollTop < bottom) list.scrollTop = top - list.clientHeight / 3;
}

/** Infinite where there is even less above. */
function roomBelow(input: HTMLElement): number {
  const { top, bottom } = input.getBoundingClientRect();
  const below = innerHeight - bottom;
  return below < top ? below - 8 : Infinity;
}

function nothing(query: string): HTMLElement {
  const option = document.createElement('li');
  option.role = 'option';
  option.ariaDisabled = 'true';
  option.textContent = `Nothing matches “${query.trim()}”`;
  return option;
}
