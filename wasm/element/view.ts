/** What the element is made of inside, and how it shows its state. */
import { type Actions, Controls, toggles } from './controls.js';
import { make, makeButton, makeSlot, setIcon } from './make.js';
import type { State } from './player.js';
import { dress } from './style.js';
import { complain, said } from './words.js';

export class View {
  readonly root: ShadowRoot;
  readonly #document: Document;
  readonly #stage: HTMLElement;
  readonly #pictures: Picture[] = [];
  readonly #posters: HTMLElement;
  #poster: string | undefined;
  readonly #play: HTMLButtonElement;
  readonly #progress: HTMLElement;
  readonly #message: HTMLElement;
  readonly #sentence: HTMLElement;
  readonly #retry: HTMLButtonElement;
  readonly #controls: Controls;
  readonly #live: HTMLElement;
  #state: State = 'idle';

  constructor(host: HTMLElement, actions: Actions) {
    this.root = host.attachShadow({ mode: 'open' });
    const document = (this.#document = host.ownerDocument);
    this.#play = makeButton(document, 'play', actions.toggle);
    this.#progress = make(document, 'div', 'progress', document.createElement('i'));
    this.#progress.setAttribute('role', 'progressbar');
    this.#progress.setAttribute('aria-label', 'Progress');
    this.#sentence = document.createElement('p');
    this.#retry = makeButton(document, 'retry', actions.toggle);
    this.#retry.textContent = toggles.failed.label;
    this.#message = make(document, 'div', 'message', this.#sentence, this.#retry);
    this.#posters = document.createElement('div');
    this.#posters.className = 'posters';
    this.#posters.append(makeSlot(document, 'poster'));
    this.#stage = make(document, 'div', 'stage', this.#posters, this.#play, this.#progress, this.#message);
    this.#controls = new Controls(document, actions);
    this.#live = document.createElement('p');
    this.#live.className = 'live';
    this.#live.setAttribute('role', 'status');
    const caption = make(document, 'div', 'caption', makeSlot(document, 'caption'));
    this.root.append(this.#stage, this.#controls.element, caption, this.#live);
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
      this.#pictures[place] ??= this.#addPicture();
      this.#pictures[place].name.textContent = name;
      this.#pictures[place].name.hidden = name === '';
    });
    this.#hang();
  }

  set controls(on: boolean) {
    this.#controls.element.hidden = !on;
    this.state(this.#state);
  }

  set poster(address: string | undefined) {
    if (address === this.#poster) return;
    this.#poster = address;
    this.#hang();
  }

  /** A poster has all pictures side by side: each shows its own of them. */
  #hang(): void {
    const posters = this.#poster === undefined ? [] : this.#pictures.map(() => this.#makePoster(this.#poster!));
    this.#posters.firstElementChild!.replaceChildren(...posters);
  }

  #makePoster(address: string): HTMLElement {
    const image = make(this.#document, 'img', 'poster');
    image.alt = '';
    image.src = address;
    return image;
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
    this.#controls.transparency = on;
  }

  /** A part of 1, and in words. */
  progress(done: number, words: string): void {
    this.#progress.style.setProperty('--done', String(done));
    this.#progress.setAttribute('aria-valuenow', String(Math.round(100 * done)));
    this.#controls.numbers = words;
  }

  canvas(place: number): HTMLCanvasElement {
    return this.#pictures[place]!.canvas;
  }

  /** The canvas is shown, else the poster. */
  drawn(place: number, on = true): void {
    this.#pictures[place]?.element.classList.toggle('drawn', on);
    const all = this.#pictures.every(({ element }) => element.classList.contains('drawn'));
    this.#stage.classList.toggle('drawn', all);
  }

  state(state: State, error?: unknown): void {
    const { activeElement: held } = this.root;
    const { label, icon } = toggles[state];
    this.#state = state;
    this.#controls.state = state;
    setIcon(this.#play, icon, label);
    this.#play.classList.toggle('busy', state !== 'idle' && state !== 'paused');
    this.#play.hidden = state === 'failed' || (state !== 'idle' && !this.#controls.element.hidden);
    this.#progress.hidden = !['loading', 'playing', 'paused'].includes(state);
    this.#message.hidden = state !== 'failed';
    this.#retry.hidden = (error as { code?: string } | undefined)?.code === 'no-simd';
    this.#say(state, error);
    if (held === this.#play || held === this.#retry) this.#focus(state);
  }

  /** A button that is gone hands the focus to the one that is left. */
  #focus(state: State): void {
    if (state === 'failed') this.#retry.focus();
    else (this.#play.hidden ? this.#controls.toggle : this.#play).focus();
  }

  #say(state: State, error: unknown): void {
    const sentence = state === 'failed' ? complain(error) : said[state];
    this.#sentence.textContent = this.#live.textContent = sentence;
    if (state === 'loading' || state === 'waiting') this.#controls.numbers = sentence;
    if (state === 'failed') this.#controls.numbers = '';
  }

  #addPicture(): Picture {
    const document = this.#document;
    const canvas = make(document, 'canvas', 'canvas');
    canvas.setAttribute('role', 'img');
    canvas.width = canvas.height = 1;
    const name = make(document, 'span', 'name');
    const element = make(document, 'div', 'picture', canvas, name);
    this.#stage.insertBefore(element, this.#posters);
    return { element, canvas, name };
  }
}

interface Picture {
  element: HTMLElement;
  canvas: HTMLCanvasElement;
  name: HTMLElement;
}
