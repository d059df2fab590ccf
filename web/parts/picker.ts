/** A searchable list: the combobox pattern of the ARIA Authoring Practices, with a list that filters as one types. */
export interface Item {
  value: string; // empty where nothing can be picked
  text: string; // what stands in the line
  detail?: string;
  disabled?: boolean;
}

/** Lines that a list shows at most: those around the chosen one, or the first. */
const most = 2000;

export abstract class SearchField<Row extends Item> {
  protected shown: Row[] = [];
  protected query = '';
  #options: HTMLElement[] = [];
  #active = -1;
  #value = '';

  constructor(
    protected readonly input: HTMLInputElement,
    protected readonly list: HTMLElement,
    private readonly role: 'option' | 'treeitem',
    private readonly onPick: (value: string) => void,
  ) {
    input.addEventListener('click', () => this.open(''));
    input.addEventListener('input', () => this.open(input.value));
    input.addEventListener('keydown', (event) => this.#key(event));
    input.addEventListener('blur', () => this.close());
    list.addEventListener('pointerdown', (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener('click', (event) => {
      const option = (event.target as Element).closest<HTMLElement>(`[role=${role}]`);
      if (option) this.pressed(this.#options.indexOf(option), event.target as Element);
    });
  }

  get value(): string {
    return this.#value;
  }

  set value(value: string) {
    this.#value = value;
    if (this.list.hidden) this.#restore();
  }

  /** The rows for words that were typed, all in small letters; without any, those to choose from. */
  protected abstract rows(words: string[]): Row[];

  /** What stands in the field once the value is picked. */
  protected abstract textOf(value: string): string;

  /** What else a row needs. */
  protected dress(_option: HTMLElement, _row: Row): void {}

  /** A key that the list knows besides the usual ones; true if it was one. */
  protected special(_key: string): boolean {
    return false;
  }

  protected get active(): number {
    return this.#active;
  }

  /** The row that Enter takes after typing. */
  protected best(): number {
    return 0;
  }

  /** Of the row that has the value; -1 where none has. */
  protected chosen(): number {
    return this.shown.findIndex(({ value }) => value !== '' && value === this.#value);
  }

  protected open(query: string): void {
    this.query = query;
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    this.show(words);
    this.list.hidden = false;
    this.list.classList.toggle('above', roomBelow(this.input) < this.list.offsetHeight);
    this.input.setAttribute('aria-expanded', 'true');
    if (words.length === 0) this.input.select();
    this.activate(words.length > 0 ? this.best() : Math.max(0, this.chosen()));
  }

  protected show(words: string[]): void {
    const rows = this.rows(words);
    const middle = rows.findIndex(({ value }) => value !== '' && value === this.#value);
    const first = Math.max(0, Math.min(middle - most / 2, rows.length - most));
    this.shown = rows.slice(first, first + most);
    this.#active = -1;
    this.#options = this.shown.map((row, i) => this.#option(row, i));
    const more = rows.length - this.shown.length;
    const notes =
      this.#options.length === 0
        ? [`Nothing matches “${this.query.trim()}”`]
        : more
          ? [`${more} more: type a part of the name`]
          : [];
    this.list.replaceChildren(...this.#options, ...notes.map((text) => note(text, this.role)));
  }

  protected activate(index: number): void {
    this.#options[this.#active]?.classList.remove('active');
    this.#active = Math.min(index, this.#options.length - 1);
    const option = this.#options[this.#active];
    option?.classList.add('active');
    if (option) scrollTo(this.list, option);
    if (option) this.input.setAttribute('aria-activedescendant', option.id);
    else this.input.removeAttribute('aria-activedescendant');
  }

  /** By Enter, or at `target` by the pointer. */
  protected pressed(index: number, _target?: Element): void {
    const row = this.shown[index];
    if (!row || row.disabled || !row.value) return;
    this.#value = row.value;
    this.close();
    this.onPick(row.value);
  }

  protected close(): void {
    this.list.hidden = true;
    this.list.replaceChildren();
    this.#options = [];
    this.#active = -1;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
    this.#restore();
  }

  #option(row: Row, i: number): HTMLElement {
    const option = document.createElement('li');
    option.id = `${this.list.id}-${i}`;
    option.role = this.role;
    option.ariaSelected = String(row.value !== '' && row.value === this.#value);
    if (row.disabled) option.ariaDisabled = 'true';
    option.append(row.text);
    if (row.detail) option.append(' ', Object.assign(document.createElement('small'), { textContent: row.detail }));
    this.dress(option, row);
    return option;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const opens = event.key === 'ArrowDown' || event.key === 'ArrowUp';
    if (this.list.hidden) {
      if (!opens && event.key !== 'Enter') return;
      event.preventDefault();
      return this.open('');
    }
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const move = moves[event.key];
    if (move !== undefined) this.activate(Math.max(0, this.#active + move));
    else if (event.key === 'Enter') this.pressed(this.#active);
    else if (event.key === 'Escape') this.close();
    else if (!this.special(event.key)) return;
    event.preventDefault();
  }

  #restore(): void {
    this.input.value = this.textOf(this.#value);
  }
}

/** A list of items. */
export class Picker extends SearchField<Item> {
  #items: Item[] = [];

  constructor(input: HTMLInputElement, list: HTMLElement, onPick: (value: string) => void) {
    super(input, list, 'option', onPick);
  }

  set items(items: Item[]) {
    this.#items = items;
    this.input.disabled = items.length === 0;
    this.close();
  }

  protected rows(words: string[]): Item[] {
    const matches = this.#items.filter((item) => words.every((word) => item.text.toLowerCase().includes(word)));
    return ranked(matches, words);
  }

  protected textOf(value: string): string {
    return this.#items.find((item) => item.value === value)?.text ?? '';
  }
}

/** Who types 98 looks for unit 98 before unit 198, and who types cat for tabby cat before caterpillar, and both before oystercatcher. */
function ranked(items: Item[], words: string[]): Item[] {
  const rank = ({ text }: Item) => {
    const own = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
    const worst = (word: string) => (own.includes(word) ? 0 : own.some((one) => one.startsWith(word)) ? 1 : 2);
    return words.reduce((sum, word) => sum + worst(word), 0);
  };
  const ranks = new Map(items.map((item) => [item, rank(item)]));
  return [...items].sort((a, b) => ranks.get(a)! - ranks.get(b)!);
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

/** A line that cannot be picked. */
function note(text: string, role: string): HTMLElement {
  return Object.assign(document.createElement('li'), { role, ariaDisabled: 'true', textContent: text });
}
