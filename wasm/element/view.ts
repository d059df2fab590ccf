/** What the element is made of inside, and how it shows its state. Nothing is parsed: pages with Trusted Types have no objection. */
import type { State } from './player.js';
import { dress } from './style.js';
import { complain, said } from './words.js';

export interface Actions {
  /** Play, pause, or make it once more: whatever the button says. */
  toggle(): void;
  restart(): void;
  transparency(): void;
}

const icons = {
  play: 'M4.5 2.8v10.4L13 8z',
  pause: 'M4 3h3v10H4zM9 3h3v10H9z',
  again: 'M8 2.5a5.5 5.5 0 1 0 5.4 6.5h-1.6A4 4 0 1 1 8 4c1 0 2 .4 2.7 1.1L8.6 7.2H14V1.8l-2.2 2.2A5.5 5.5 0 0 0 8 2.5z',
  alpha: 'M2 2h12v12H2zm1.5 1.5V8H8v4.5h4.5V8H8V3.5z',
};

type Icon = keyof typeof icons;

/** What the button does in each state. */
const toggles: Record<State, { label: string; icon: Icon }> = {
  idle: { label: 'Draw the picture', icon: 'play' },
  loading: { label: 'Pause', icon: 'pause' },
  waiting: { label: 'Pause', icon: 'pause' },
  playing: { label: 'Pause', icon: 'pause' },
  paused: { label: 'Go on', icon: 'play' },
  finished: { label: 'Draw again', icon: 'again' },
  failed: { label: 'Try again', icon: 'again' },
};

export class View {
  readonly root: ShadowRoot;
  readonly #document: Document;
  readonly #stage: HTMLElement;
  readonly #pictures: Picture[] = [];
  readonly #play: HTMLButtonElement;
  readonly #progress: HTMLElement;
  readonly #message: HTMLElement;
  readonly #sentence: HTMLElement;
  readonly #retry: HTMLButtonElement;
  readonly #controls: HTMLElement;
  readonly #toggle: HTMLButtonElement;
  readonly #restart: HTMLButtonElement;
  readonly #transparency: HTMLButtonElement;
  readonly #readout: HTMLElement;
  readonly #live: HTMLElement;
  #state: State = 'idle';

  constructor(host: HTMLElement, actions: Actions) {
    this.root = host.attachShadow({ mode: 'open' });
    this.#document = host.ownerDocument;
    this.#play = this.#button('play', actions.toggle);
    this.#play.classList.add('play');
    this.#progress = this.#make('div', 'progress', this.#document.createElement('i'));
    this.#progress.setAttribute('role', 'progressbar');
    this.#progress.setAttribute('aria-label', 'Progress');
    this.#sentence = this.#document.createElement('p');
    this.#retry = this.#button('retry', actions.toggle);
    this.#retry.textContent = toggles.failed.label;
    this.#message = this.#make('div', 'message', this.#sentence, this.#retry);
    this.#stage = this.#make('div', 'stage', this.#play, this.#progress, this.#message);
    this.#toggle = this.#button('button', actions.toggle);
    const restart = (this.#restart = this.#button('button', actions.restart));
    setIcon(restart, 'again', 'Draw again');
    this.#transparency = this.#button('button', actions.transparency);
    setIcon(this.#transparency, 'alpha', 'Transparent where nothing mattered');
    this.#readout = this.#document.createElement('span');
    this.#controls = this.#make('div', 'controls', this.#toggle, restart, this.#transparency, this.#readout);
    this.#controls.setAttribute('role', 'group');
    this.#controls.setAttribute('aria-label', 'Picture controls');
    this.#live = this.#make('p', 'live');
    this.#live.removeAttribute('part');
    this.#live.setAttribute('role', 'status');
    const caption = this.#make('div', 'caption', this.#slot('caption'));
    this.root.append(this.#stage, this.#controls, caption, this.#live);
    this.names = [''];
    this.state('idle');
  }

  /** Once it is in a document, perhaps another one than before. */
  dress(): void {
    dress(this.root);
  }

  /** As many pictures, with what stands in their corners. */
  set names(names: readonly string[]) {
    while (this.#pictures.length > names.length) this.#pictures.pop()!.element.remove();
    names.forEach((name, place) => {
      this.#pictures[place] ??= this.#addPicture(place === 0);
      this.#pictures[place].name.textContent = name;
      this.#pictures[place].name.hidden = name === '';
    });
  }

  set controls(on: boolean) {
    this.#controls.hidden = !on;
    this.state(this.#state);
  }

  set poster(address: string | undefined) {
    const { poster } = this.#pictures[0]!;
    poster!.hidden = address === undefined;
    if (address === undefined) poster!.removeAttribute('src');
    else if (poster!.getAttribute('src') !== address) poster!.src = address;
  }

  /** Of a picture, for those who do not see it. */
  set label(label: string) {
    for (const { canvas, name } of this.#pictures) {
      canvas.setAttribute('aria-label', name.textContent ? `${label} (${name.textContent})` : label);
    }
  }

  set aspect(aspect: string) {
    this.#stage.style.setProperty('--aspect', aspect);
  }

  set transparency(on: boolean) {
    this.#transparency.setAttribute('aria-pressed', String(on));
  }

  /** A part of 1, and in words. */
  progress(done: number, words: string): void {
    this.#progress.style.setProperty('--done', String(done));
    this.#progress.setAttribute('aria-valuenow', String(Math.round(100 * done)));
    this.#readout.textContent = words;
  }

  canvas(place: number): HTMLCanvasElement {
    return this.#pictures[place]!.canvas;
  }

  /** The canvas is shown, else the poster. */
  drawn(place: number, on = true): void {
    this.#pictures[place]?.element.classList.toggle('drawn', on);
  }

  state(state: State, error?: unknown): void {
    this.#state = state;
    const busy = state !== 'idle' && state !== 'paused';
    const { label, icon } = toggles[state];
    for (const button of [this.#play, this.#toggle]) setIcon(button, icon, label);
    this.#restart.hidden = icon === 'again' || state === 'idle'; // the first one does that
    const held = this.root.activeElement === this.#play;
    this.#play.classList.toggle('busy', busy);
    this.#play.hidden = state === 'failed' || (state !== 'idle' && !this.#controls.hidden);
    if (held && this.#play.hidden) (state === 'failed' ? this.#retry : this.#toggle).focus();
    this.#progress.hidden = !['loading', 'playing', 'paused'].includes(state);
    this.#say(state, error);
  }

  #say(state: State, error: unknown): void {
    const sentence = state === 'failed' ? complain(error) : said[state];
    const restored = this.root.activeElement === this.#retry && state !== 'failed';
    this.#message.hidden = state !== 'failed';
    this.#sentence.textContent = sentence;
    this.#retry.hidden = (error as { code?: string } | undefined)?.code === 'no-simd';
    if (state === 'loading' || state === 'waiting') this.#readout.textContent = sentence;
    if (state === 'failed') this.#readout.textContent = '';
    this.#live.textContent = sentence;
    if (restored) (this.#play.hidden ? this.#toggle : this.#play).focus();
  }

  #addPicture(first: boolean): Picture {
    const canvas = this.#make('canvas', 'canvas');
    canvas.setAttribute('role', 'img');
    canvas.width = canvas.height = 1;
    const name = this.#make('span', 'name');
    const poster = first ? this.#make('img', 'poster') : undefined;
    if (poster) poster.alt = '';
    const slot = this.#slot('poster');
    if (poster) slot.append(poster);
    const box = this.#make('div', 'poster', ...(first ? [slot] : []));
    box.removeAttribute('part');
    const element = this.#make('div', 'picture', box, canvas, name);
    this.#stage.insertBefore(element, this.#play);
    return { element, canvas, name, poster };
  }

  /** An element that is a part by its class's name. */
  #make<K extends keyof HTMLElementTagNameMap>(tag: K, part: string, ...children: Node[]): HTMLElementTagNameMap[K] {
    const element = this.#document.createElement(tag);
    element.className = part;
    element.setAttribute('part', part);
    element.append(...children);
    return element;
  }

  #slot(name: string): HTMLSlotElement {
    const slot = this.#document.createElement('slot');
    slot.name = name;
    return slot;
  }

  #button(part: string, act: () => void): HTMLButtonElement {
    const button = this.#document.createElement('button');
    button.type = 'button';
    button.setAttribute('part', part);
    button.addEventListener('click', act);
    return button;
  }
}

interface Picture {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  name: HTMLElement;
  poster: HTMLImageElement | undefined;
}

const svg = 'http://www.w3.org/2000/svg';

function setIcon(button: HTMLButtonElement, icon: Icon, label: string): void {
  if (button.title === label) return;
  const { ownerDocument: document } = button;
  const image = document.createElementNS(svg, 'svg');
  image.setAttribute('viewBox', '0 0 16 16');
  image.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svg, 'path');
  path.setAttribute('fill-rule', 'evenodd');
  path.setAttribute('d', icons[icon]);
  image.append(path);
  button.replaceChildren(image);
  button.setAttribute('aria-label', label);
  button.title = label;
}
