/** What was taken in place of a number that cannot be, said beside its field as long as it stands there. */
import { unpressed } from '../parts/press';
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
    this.#say(field, `${range}: ${taken} was taken.`);
  }

  /** Another value is there. */
  shown(field: string, value: number): void {
    if (this.#told.get(field) !== String(value)) this.#clear(field);
  }

  #clear(field: string): void {
    if (this.#told.delete(field)) this.#say(field, '');
  }

  /** Of several fields of a line the latest. */
  #say(field: string, sentence: string): void {
    const line = this.form.querySelector<HTMLElement>(`[data-taken~="${field}"]`)!;
    unpressed(() => {
      if (!sentence && line.dataset.of !== field) return;
      line.dataset.of = field;
      line.textContent = sentence;
      line.hidden = !sentence;
    });
  }
}
