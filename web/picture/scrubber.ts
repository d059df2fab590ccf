/** A slider over the steps of the picture, and a way back to the latest. */
export interface ScrubberParts {
  box: HTMLElement;
  range: HTMLInputElement;
  words: HTMLElement;
  now: HTMLButtonElement;
}

export interface ScrubberEvents {
  /** So many steps. */
  to(done: number): void;
  now(): void;
}

export class Scrubber {
  constructor(
    private readonly parts: ScrubberParts,
    on: ScrubberEvents,
  ) {
    const { range, now } = parts;
    range.addEventListener('input', () => on.to(range.valueAsNumber));
    now.addEventListener('click', () => {
      range.focus(); // the button goes
      on.now();
    });
  }

  /** Which step is on show, of those there will be; `held`: it stays while the picture goes on. */
  show(done: number, steps: number, held: boolean): void {
    const { box, range, words, now } = this.parts;
    box.classList.remove('none');
    range.max = String(steps);
    range.value = String(done);
    words.textContent = range.ariaValueText = `step ${done} of ${steps}`;
    now.classList.toggle('none', !held);
  }

  empty(): void {
    this.parts.box.classList.add('none');
  }
}
