/** Figures that move do so while they are seen, and only for readers who did not ask for less motion. */

const reduced = matchMedia('(prefers-reduced-motion: reduce)');

/** Once, shortly before it comes into view. */
export function whenNear(element: Element, work: () => Promise<void>): void {
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watcher.disconnect();
      void work();
    },
    { rootMargin: '400px' },
  );
  watcher.observe(element);
}

/** Plays while it is seen, and when the button says so. */
export class Motion {
  #seen = false;
  #wanted = !reduced.matches;
  readonly #button: HTMLButtonElement;
  readonly #change: (plays: boolean) => void;

  constructor(figure: Element, change: (plays: boolean) => void) {
    this.#change = change;
    this.#button = figure.querySelector<HTMLButtonElement>('.controls button')!;
    this.#button.parentElement!.hidden = false;
    this.#button.addEventListener('click', () => this.want(!this.#wanted));
    new IntersectionObserver((entries) => {
      this.#seen = entries.at(-1)!.isIntersecting;
      this.#tell();
    }).observe(figure);
    document.addEventListener('visibilitychange', () => this.#tell());
    this.#tell();
  }

  get plays(): boolean {
    return this.#wanted && this.#seen && document.visibilityState === 'visible';
  }

  want(on: boolean): void {
    this.#wanted = on;
    this.#tell();
  }

  #tell(): void {
    this.#button.textContent = this.#wanted ? 'Pause' : 'Play';
    this.#change(this.plays);
  }
}
