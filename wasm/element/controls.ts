/** The row below the picture, and what its first button and the one over the picture do. */
import { type Icon, make, makeButton, setIcon } from './make.js';
import type { State } from './player.js';

export interface Actions {
  /** Play, pause, or make it once more: whatever the button says. */
  toggle(): void;
  restart(): void;
  transparency(): void;
}

/** What toggling does in each state. */
export const toggles: Record<State, { label: string; icon: Icon }> = {
  idle: { label: 'Draw the picture', icon: 'play' },
  loading: { label: 'Pause', icon: 'pause' },
  waiting: { label: 'Pause', icon: 'pause' },
  playing: { label: 'Pause', icon: 'pause' },
  paused: { label: 'Go on', icon: 'play' },
  finished: { label: 'Draw again', icon: 'again' },
  failed: { label: 'Try again', icon: 'again' },
};

export class Controls {
  readonly element: HTMLElement;
  readonly toggle: HTMLButtonElement;
  readonly #restart: HTMLButtonElement;
  readonly #transparency: HTMLButtonElement;
  readonly #numbers: HTMLElement;

  constructor(document: Document, actions: Actions) {
    this.toggle = makeButton(document, 'button', actions.toggle);
    this.#restart = makeButton(document, 'button', actions.restart);
    setIcon(this.#restart, 'again', 'Draw again');
    this.#transparency = makeButton(document, 'button', actions.transparency);
    setIcon(this.#transparency, 'alpha', 'Transparent where nothing mattered');
    this.#numbers = document.createElement('span');
    this.element = make(document, 'div', 'controls', this.toggle, this.#restart, this.#transparency, this.#numbers);
    this.element.setAttribute('role', 'group');
    this.element.setAttribute('aria-label', 'Picture controls');
  }

  set transparency(on: boolean) {
    this.#transparency.setAttribute('aria-pressed', String(on));
  }

  set numbers(words: string) {
    this.#numbers.textContent = words;
  }

  set state(state: State) {
    const { label, icon } = toggles[state];
    setIcon(this.toggle, icon, label);
    this.#restart.hidden = icon === 'again' || state === 'idle'; // the first one does that
  }
}
