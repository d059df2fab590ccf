/** The fields of what else of a recipe can be set by itself. */
import { unpressed } from '../parts/press';
import { choices, type Further, type FurtherKey, furtherKeys, numbers, parseFurther } from '../run/further';
import { parametrizations } from '../run/parametrizations';

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
    const wrong = new Map<FurtherKey, string>();
    const value = parseFurther(
      (key) => this.#field(key).value,
      (key, sentence) => wrong.set(key, sentence),
    );
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

  #complain(wrong: Map<FurtherKey, string>): void {
    this.#wrong = wrong.size > 0;
    const text = [...wrong.values()].join(' ');
    const { complaint } = this.parts;
    unpressed(() => {
      complaint.hidden = text === '';
      if (complaint.textContent !== text) complaint.textContent = text; // screen readers read out what changes
    });
    for (const key of numbers) this.#field(key).setAttribute('aria-invalid', String(wrong.has(key)));
  }

  #list(key: (typeof choices)[number]): HTMLSelectElement {
    return this.#field(key) as HTMLSelectElement;
  }

  #field(key: FurtherKey): HTMLInputElement | HTMLSelectElement {
    return this.parts.form.elements.namedItem(key) as HTMLInputElement | HTMLSelectElement;
  }
}
