/** The layers as a tree of blocks in a searchable field: arrows to the right and left open and close a block. */
import { type Branch, describer, treeOf } from '../models/layers';
import { type Item, SearchField } from '../parts/picker';
import { counted } from '../parts/words';
import type { LayerInfo } from '../phaselens';

interface Row extends Item {
  branch: Branch;
  level: number;
  position: number;
  siblings: number;
  expanded: boolean | undefined; // undefined: a leaf
}

export class LayerPicker extends SearchField<Row> {
  #tree: Branch[] = [];
  #open = new Set<string>(); // keys of blocks
  #hits = new Set<Branch>(); // of the latest search, without the blocks around them
  #describe: (layer: LayerInfo) => string = () => '';

  constructor(input: HTMLInputElement, list: HTMLElement, onPick: (layer: string) => void) {
    super(input, list, 'treeitem', onPick);
  }

  set layers(layers: readonly LayerInfo[]) {
    this.#tree = treeOf(layers);
    this.#describe = describer(layers);
    this.#open.clear();
    this.input.disabled = layers.length === 0;
    this.close();
  }

  protected override open(query: string): void {
    if (this.list.hidden) for (let at = this.#find(this.value)?.parent; at; at = at.parent) this.#open.add(at.key);
    super.open(query);
  }

  /** Those of open blocks; or those that match, with the blocks they are in. */
  protected rows(words: string[]): Row[] {
    const matches = words.length > 0 ? this.#matches(words) : undefined;
    const rows: Row[] = [];
    const add = (branches: Branch[], level: number) => {
      const those = matches ? branches.filter((branch) => matches.has(branch)) : branches;
      those.forEach((branch, i) => {
        const children = matches ? branch.children.filter((child) => matches.has(child)) : branch.children;
        const expanded = children.length > 0 ? !!matches || this.#open.has(branch.key) : undefined;
        rows.push(this.#row(branch, { level, position: i + 1, siblings: those.length, expanded }));
        if (expanded) add(children, level + 1);
      });
    };
    add(this.#tree, 1);
    return rows;
  }

  /** The layer of exactly that name, or the first that matches. */
  protected override best(): number {
    const exact = this.shown.findIndex(({ value }) => value === this.query.trim());
    return Math.max(0, exact >= 0 ? exact : this.shown.findIndex(({ branch }) => this.#hits.has(branch)));
  }

  protected textOf(value: string): string {
    return this.#find(value)?.layer?.name ?? '';
  }

  protected override dress(option: HTMLElement, { branch, level, position, siblings, expanded }: Row): void {
    option.ariaLevel = String(level);
    option.ariaPosInSet = String(position);
    option.ariaSetSize = String(siblings);
    if (expanded !== undefined) option.ariaExpanded = String(expanded);
    option.classList.add(`level-${Math.min(level, 6)}`);
    option.prepend(Object.assign(document.createElement('i'), { className: 'twist' }));
    if (branch.layer) {
      option.dataset.layer = branch.layer.name;
      option.title = branch.layer.name;
    }
  }

  protected override pressed(index: number, target?: Element): void {
    const row = this.shown[index];
    if (!row) return;
    if (row.expanded !== undefined && (!row.value || target?.matches('.twist'))) this.#toggle(row, !row.expanded);
    else super.pressed(index);
  }

  /** As in every tree; while one types, the arrows move in the text. */
  protected override special(key: string): boolean {
    const row = this.shown[this.active];
    if (this.query !== '' || !row) return false;
    const inside = key === 'ArrowRight' && row.expanded ? this.active + 1 : undefined;
    const outside =
      key === 'ArrowLeft' && !row.expanded ? this.shown.findIndex(({ branch }) => branch === row.branch.parent) : -1;
    if (key === 'Home') this.activate(0);
    else if (key === 'End') this.activate(this.shown.length - 1);
    else if (key === 'ArrowRight' && row.expanded === false) this.#toggle(row, true);
    else if (key === 'ArrowLeft' && row.expanded) this.#toggle(row, false);
    else if (inside !== undefined) this.activate(inside);
    else if (outside >= 0) this.activate(outside);
    else return key === 'ArrowRight' || key === 'ArrowLeft';
    return true;
  }

  #toggle({ branch }: Row, open: boolean): void {
    if (this.query !== '') return; // what was found is open
    if (open) this.#open.add(branch.key);
    else this.#open.delete(branch.key);
    const top = this.list.scrollTop;
    this.show([]);
    this.list.scrollTop = top;
    this.activate(this.shown.findIndex((row) => row.branch === branch));
  }

  #row(branch: Branch, place: Pick<Row, 'level' | 'position' | 'siblings' | 'expanded'>): Row {
    const { layer, label, layers } = branch;
    const row = { branch, text: label, ...place };
    if (!layer) return { ...row, value: '', detail: counted(layers, 'layer') };
    return { ...row, value: layer.name, detail: this.#describe(layer), disabled: !layer.runs };
  }

  /** Layers whose names, as they are or as they are shown, hold every word, and the blocks on the way to them. */
  #matches(words: string[]): Set<Branch> {
    const matches = new Set<Branch>();
    this.#hits = new Set();
    const visit = (branch: Branch): void => {
      branch.children.forEach(visit);
      const { layer } = branch;
      const text = layer && `${layer.name} ${branch.key} ${layer.kind}`.toLowerCase();
      const hit = text !== undefined && words.every((word) => text.includes(word));
      if (hit) this.#hits.add(branch);
      if (hit || branch.children.some((child) => matches.has(child))) matches.add(branch);
    };
    this.#tree.forEach(visit);
    return matches;
  }

  #find(name: string): Branch | undefined {
    const visit = (branches: Branch[]): Branch | undefined => {
      for (const branch of branches) {
        const found = branch.layer?.name === name ? branch : visit(branch.children);
        if (found) return found;
      }
      return undefined;
    };
    return visit(this.#tree);
  }
}
