/** The fields in which a mean and a deviation are typed in. */
import { parseTyped, type Typed } from '../models/typed';

export interface TypedParts {
  box: HTMLElement;
  mean: HTMLInputElement;
  std: HTMLInputElement;
  range: HTMLSelectElement;
  order: HTMLSelectElement;
  complaint: HTMLElement;
}

/** The fields; what they say is told when it has changed and makes sense. */
export class TypedFields {
  #told = '';

  constructor(
    private readonly parts: TypedParts,
    private readonly on: (typed: Typed) => void,
  ) {
    for (const field of [parts.mean, parts.std, parts.range, parts.order]) field.addEventListener('change', () => this.#read());
  }

  set hidden(hidden: boolean) {
    this.parts.box.hidden = hidden;
  }

  set value(typed: Typed) {
    const told = JSON.stringify(typed);
    if (told === this.#told) return; // one may be typing on
    this.#told = told;
    const { mean, std, range, order } = this.parts;
    mean.value = typed.mean.join(' ');
    std.value = typed.std.join(' ');
    range.value = String(typed.range);
    order.value = typed.bgr ? 'bgr' : 'rgb';
    this.#complain('');
  }

  #read(): void {
    const { mean, std, range, order } = this.parts;
    const rest = { range: range.value === '255' ? 255 : 1, bgr: order.value === 'bgr' } as const;
    const typed = parseTyped({ mean: mean.value, std: std.value }, rest);
    if (typeof typed === 'string') return this.#complain(typed);
    this.#complain('');
    this.#told = JSON.stringify(typed);
    this.on(typed);
  }

  #complain(sentence: string): void {
    const { complaint, mean, std } = this.parts;
    complaint.textContent = sentence;
    complaint.hidden = sentence === '';
    mean.setAttribute('aria-invalid', String(sentence.startsWith('The mean') || sentence.startsWith('These')));
    std.setAttribute('aria-invalid', String(/deviation|These/.test(sentence)));
  }
}
