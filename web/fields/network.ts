/** The network as a drawing by depth: a block for each module, as high as its maps and as wide as it has units. */
import { type Block, blocksOf, sideOf } from '../models/blocks';
import { describer } from '../models/layers';
import type { LayerInfo } from '../phaselens';

export interface NetworkParts {
  box: HTMLElement;
  list: HTMLElement;
  /** What the block under the pointer is, or the chosen one. */
  words: HTMLElement;
}

export class Network {
  #blocks: Block[] = [];
  #describe: (layer: LayerInfo) => string = () => '';
  #chosen = -1;

  constructor(
    private readonly parts: NetworkParts,
    private readonly choose: (layer: string) => void,
  ) {
    parts.list.addEventListener('keydown', (event) => this.#move(event));
    parts.list.addEventListener('pointerleave', () => this.#tell(this.#chosen));
  }

  /** In the order of computation. */
  set layers(layers: readonly LayerInfo[]) {
    this.#blocks = blocksOf(layers);
    this.#describe = describer(layers);
    this.#chosen = -1;
    const largest = Math.max(...this.#blocks.map(({ layer }) => sideOf(layer)), 2);
    const widest = Math.max(...this.#blocks.map(({ layer }) => layer.units), 2);
    this.parts.box.hidden = this.#blocks.length < 2;
    this.parts.list.replaceChildren(...this.#blocks.map((block, i) => this.#item(block, i, largest, widest)));
  }

  /** The block that the layer is in; nothing for an objective of its own. */
  set layer(name: string | undefined) {
    this.#chosen = this.#blocks.findIndex(({ layers }) => name !== undefined && layers.has(name));
    for (const [i, button] of this.#buttons.entries()) {
      if (i === this.#chosen) button.ariaCurrent = 'true';
      else button.removeAttribute('aria-current');
      button.tabIndex = i === Math.max(0, this.#chosen) ? 0 : -1;
    }
    this.#tell(this.#chosen);
  }

  get #buttons(): HTMLButtonElement[] {
    return [...this.parts.list.querySelectorAll('button')];
  }

  #item(block: Block, i: number, largest: number, widest: number): HTMLElement {
    const item = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.ariaLabel = this.#words(block, i);
    button.dataset.kind = kindOf(block.layer);
    button.style.setProperty('--high', share(sideOf(block.layer), largest));
    button.style.setProperty('--wide', share(block.layer.units, widest));
    button.append(document.createElement('i'));
    button.addEventListener('click', () => this.choose(block.layer.name));
    button.addEventListener('pointerenter', () => this.#tell(i));
    button.addEventListener('focus', () => this.#tell(i));
    item.append(button);
    return item;
  }

  /** One stop of the Tab key: arrows go through the blocks. */
  #move(event: KeyboardEvent): void {
    const at = this.#buttons.indexOf(event.target as HTMLButtonElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: this.#blocks.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    this.#buttons[to]?.focus();
  }

  #tell(i: number): void {
    const block = this.#blocks[i];
    this.parts.words.textContent = block ? this.#words(block, i) : '';
  }

  #words({ label, layer }: Block, i: number): string {
    return `${label} · ${this.#describe(layer)} · ${i + 1} of ${this.#blocks.length}`;
  }
}

/** By the logarithm, for sizes halve from stage to stage. */
function share(value: number, most: number): string {
  return (Math.log2(Math.max(1, value)) / Math.log2(most)).toFixed(3);
}

/** Maps, tokens or vectors: what the colour tells. */
function kindOf({ shape, unitAxis }: LayerInfo): 'map' | 'tokens' | 'vector' {
  return shape.length === 4 ? 'map' : shape.length === 3 && unitAxis === 2 ? 'tokens' : 'vector';
}
