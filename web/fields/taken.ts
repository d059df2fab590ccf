/** What was taken in place of a number that cannot be, said beside its field as long as it stands there. */
import { type Limited, limits, rangeText } from '../run/limits';

export class Taken {
  readonly #told = new Map<string, string>(); // by the field: what was taken

  /** Lines whose `data-taken` names fields are where it is said. */
  constructor(private readonly form: HTMLElement) {}

  /** Of a field of the list. */
  instead(key: Limited, typed: number, taken: number): void {
    this.tell(key, rangeText(limits[key]), typed, taken);
  }

  tell(field: string, range: string, typed: number, taken: number): void {
    if (typed === taken) return this.#clear(field);
    this.#told.set(field, String(taken));
    const line = this.#line(field);
    line.textContent = `${range}: ${taken} was taken.`;
    line.dataset.of = field;
    line.hidden = false;
  }

  /** Another value is there. */
  shown(field: string, value: number): void {
    if (this.#told.get(field) !== String(value)) this.#clear(field);
  }

  #clear(field: string): void {
    this.#told.delete(field);
    const line = this.#line(field);
    if (line.dataset.of === field) line.hidden = true;
  }

  #line(field: string): HTMLElement {
    return this.form.querySelector<HTMLElement>(`[data-taken~="${field}"]`)!;
  }
}
