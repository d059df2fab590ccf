/** The buttons under the picture, and the space bar. */
import { type Format, formats } from '../parts/texts';
import type { RunState } from '../run/session';
import { writes } from './canvas';
import { aboutText } from './readouts';

export interface TransportParts {
  pause: HTMLButtonElement;
  stop: HTMLButtonElement;
  another: HTMLButtonElement;
  finer: HTMLButtonElement;
  more: HTMLButtonElement;
  compare: HTMLButtonElement;
  transparency: HTMLButtonElement;
  save: HTMLButtonElement;
  saveWebp: HTMLButtonElement;
}

export interface TransportEvents {
  /** Pauses, resumes, or goes on with a picture that was stopped. */
  pause(): void;
  stop(): void;
  another(): void;
  finer(): void;
  /** More steps of the picture, which has ended or was stopped. */
  more(): void;
  compare(on: boolean): void;
  transparency(on: boolean): void;
  save(format: Format): void;
}

/** What a picture can be gone on with, and about how long that takes, where it is known. */
export interface Offer {
  seconds: number | undefined;
}

export class Transport {
  #state: RunState | undefined;
  #resumable = false;

  constructor(
    private readonly parts: TransportParts,
    on: TransportEvents,
  ) {
    parts.pause.addEventListener('click', () => on.pause());
    parts.stop.addEventListener('click', () => on.stop());
    parts.another.addEventListener('click', () => on.another());
    parts.finer.addEventListener('click', () => on.finer());
    parts.more.addEventListener('click', () => on.more());
    parts.compare.addEventListener('click', () => on.compare(parts.compare.ariaPressed !== 'true'));
    parts.save.addEventListener('click', () => on.save('png'));
    parts.saveWebp.addEventListener('click', () => on.save('webp'));
    void writes(formats.webp.type).then((can) => (parts.saveWebp.hidden = !can));
    parts.transparency.addEventListener('click', () => on.transparency(parts.transparency.ariaPressed !== 'true'));
    addEventListener('keydown', (event) => {
      if (event.key !== ' ' || event.repeat || event.ctrlKey || event.metaKey || event.altKey || takesSpace(event.target)) return;
      event.preventDefault();
      on.pause();
    });
  }

  set state(state: RunState) {
    this.#state = state;
    this.#showPause();
  }

  /** Whether a picture that was stopped can be gone on with. */
  set resumable(resumable: boolean) {
    this.#resumable = resumable;
    this.#showPause();
  }

  #showPause(): void {
    const { pause, stop, another } = this.parts;
    const [state, runs] = [this.#state, this.#state === 'running' || this.#state === 'paused'];
    const stopped = state === 'stopped' && this.#resumable;
    pause.disabled = !runs && !stopped;
    stop.disabled = !runs;
    another.disabled = state === undefined;
    pause.querySelector('span')!.textContent = stopped ? 'Go on' : state === 'paused' ? 'Resume' : 'Pause';
    pause.querySelector('use')!.setAttribute('href', stopped || state === 'paused' ? '#icon-play' : '#icon-pause');
  }

  /** To refine the picture on show, where it can be. */
  set finer(offer: Offer | undefined) {
    show(this.parts.finer, 'Finer', offer);
  }

  /** The same of more steps at its size. */
  set more(offer: Offer | undefined) {
    show(this.parts.more, 'More steps', offer);
  }

  set transparency(on: boolean) {
    this.parts.transparency.ariaPressed = String(on);
  }

  /** What the picture is compared with, and whether it is. */
  set comparison({ on, rivals }: { on: boolean; rivals: string }) {
    this.parts.compare.ariaPressed = String(on);
    this.parts.compare.ariaLabel = `Compare with ${rivals}`;
    this.parts.compare.title = `Beside it the same unit by ${rivals}: the same seed, steps and crops, in turn; this picture stays`;
  }

  set picture(there: boolean) {
    this.parts.save.disabled = this.parts.saveWebp.disabled = !there;
  }
}

function show(button: HTMLButtonElement, what: string, offer: Offer | undefined): void {
  button.disabled = offer === undefined;
  const time = offer?.seconds === undefined ? '' : `, about ${aboutText(offer.seconds)}`;
  button.querySelector('span')!.textContent = what + time;
}

/** Where the space bar already has a meaning. */
function takesSpace(target: EventTarget | null): boolean {
  const at = target as Partial<Element> | null; // it may be the document
  return !!at?.closest?.('input, select, textarea, button, summary, a, [role=option]');
}
