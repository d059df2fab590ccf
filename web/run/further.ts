/** What else of a recipe can be set by itself. */
import { type Parametrization, isParametrization, parametrizations } from './parametrizations';
import type { VisualizeOptions } from '../phaselens';

/** What is missing is the preset's. */
export interface Further {
  parametrization?: Parametrization;
  transform?: 'boxes' | 'warps';
  images?: number; // optimized side by side
  penaltyVariation?: number; // weights of what is subtracted from the score
  penaltyL2?: number;
  penaltyFrequency?: number;
}

const choices = ['parametrization', 'transform'] as const;
const numbers = ['images', 'penaltyVariation', 'penaltyL2', 'penaltyFrequency'] as const;

export const furtherKeys = [...choices, ...numbers];

type Key = (typeof furtherKeys)[number];

const sentences: Record<(typeof numbers)[number], string> = {
  images: 'The number of images is from 1 to 8.',
  penaltyVariation: 'The weight of the total variation is a number from 0 to 1,000,000.',
  penaltyL2: 'The weight of L2 is a number from 0 to 1,000,000.',
  penaltyFrequency: 'The weight of high frequencies is a number from 0 to 1,000,000.',
};

/** Of the address, or of fields: what is empty is missing, and so is what cannot be, of which `wrong` hears. */
export function parseFurther(read: (key: Key) => string | null, wrong: (key: Key, sentence: string) => void = () => {}): Further {
  const further: Further = {};
  const parametrization = read('parametrization');
  if (isParametrization(parametrization)) further.parametrization = parametrization;
  const transform = read('transform');
  if (transform === 'boxes' || transform === 'warps') further.transform = transform;
  for (const key of numbers) {
    const text = (read(key) ?? '').trim().replace(',', '.');
    if (text === '') continue;
    const value = Number(text);
    const inside = key === 'images' ? Number.isInteger(value) && value >= 1 && value <= 8 : value >= 0 && value <= 1e6;
    if (inside) further[key] = value;
    else wrong(key, sentences[key]);
  }
  return further;
}

/** Without what is not an option of the package, and with the optimizer that suits what is optimized. */
export function optionsOf<T extends Further>({ parametrization, ...rest }: T): VisualizeOptions {
  return { ...rest, ...(parametrization ? parametrizations[parametrization].options : {}) };
}

export interface FurtherParts {
  form: HTMLFormElement;
  box: HTMLDetailsElement;
  complaint: HTMLElement;
}

/** The fields; lists tell at once that something was chosen, numbers wait for the start. */
export class FurtherFields {
  #wrong = false;

  constructor(
    private readonly parts: FurtherParts,
    chosen: () => void,
  ) {
    const words = Object.entries(parametrizations).map(([id, { title, optimized }]) => new Option(`${title}: ${optimized}`, id));
    this.#list('parametrization').append(new Option('The recipe’s', ''), ...words);
    this.#list('transform').append(
      new Option('The recipe’s', ''),
      new Option('Random boxes', 'boxes'),
      new Option('Warps: jitter, scale, rotation', 'warps'),
    );
    for (const key of choices) this.#field(key).addEventListener('change', chosen);
    for (const key of numbers) this.#field(key).addEventListener('change', () => this.value);
  }

  /** What makes sense; the rest is told beside the fields. */
  get value(): Further {
    const wrong = new Map<Key, string>();
    const value = parseFurther((key) => this.#field(key).value, (key, sentence) => wrong.set(key, sentence));
    this.#complain(wrong);
    return value;
  }

  set value(value: Further) {
    for (const key of furtherKeys) this.#field(key).value = String(value[key] ?? '');
    this.#complain(new Map());
  }

  /** Shows what is wrong, if something is. */
  check(): boolean {
    void this.value;
    if (this.#wrong) this.parts.box.open = true;
    if (this.#wrong) this.parts.form.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
    return !this.#wrong;
  }

  #complain(wrong: Map<Key, string>): void {
    this.#wrong = wrong.size > 0;
    const text = [...wrong.values()].join(' ');
    const { complaint } = this.parts;
    complaint.hidden = !this.#wrong;
    if (complaint.textContent !== text) complaint.textContent = text; // screen readers read out what changes
    for (const key of numbers) this.#field(key).setAttribute('aria-invalid', String(wrong.has(key)));
  }

  #list(key: (typeof choices)[number]): HTMLSelectElement {
    return this.#field(key) as HTMLSelectElement;
  }

  #field(key: Key): HTMLInputElement | HTMLSelectElement {
    return this.parts.form.elements.namedItem(key) as HTMLInputElement | HTMLSelectElement;
  }
}
