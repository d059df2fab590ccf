/** The form: which model, layer, unit and recipe. It shows a picture's fields and tells what the reader chose. */

import { isFile, type Loaded, normalizations, type Own, type Source } from '../models/models';
import type { ClassNames } from '../models/names';
import type { Settings } from '../models/settings';
import { firstTyped, isTyped } from '../models/typed';
import { Picker } from '../parts/picker';
import { bytesText } from '../parts/words';
import { limited, limits, rangeText } from '../run/limits';
import { objectiveIn, parseObjective } from '../run/objective';
import {
  firstSeed,
  isOfUnit,
  type Picture,
  type Quality,
  qualityOf,
  type Recipe,
  recipeKeys,
  recipesOf,
  type Tokens,
} from '../run/state';
import { FurtherFields, type FurtherParts } from './further-fields';
import { LayerPicker } from './layer-picker';
import { Taken } from './taken';
import { TypedFields, type TypedParts } from './typed-fields';

const ownPreset = 'default';

export interface ControlParts {
  form: HTMLFormElement;
  model: HTMLSelectElement;
  own: HTMLElement;
  kept: HTMLElement;
  forget: HTMLButtonElement;
  normalization: HTMLSelectElement;
  typed: TypedParts;
  namesField: HTMLElement;
  names: HTMLSelectElement;
  hint: HTMLElement;
  layer: HTMLInputElement;
  layerList: HTMLElement;
  unit: HTMLInputElement;
  unitList: HTMLElement;
  unitNumber: HTMLInputElement;
  previous: HTMLButtonElement;
  next: HTMLButtonElement;
  random: HTMLButtonElement;
  tokensField: HTMLElement;
  tokens: HTMLSelectElement;
  chips: HTMLElement; // the first suggestions
  inner: HTMLElement; // all others
  advanced: HTMLDetailsElement;
  refusal: HTMLElement; // of the objective
  preset: HTMLSelectElement;
  further: Omit<FurtherParts, 'form'>;
  start: HTMLButtonElement;
}

export interface ControlEvents {
  model(id: string): void;
  normalization(settings: Partial<Settings>): void;
  /** Nothing for what the page guesses, null for none. */
  names(names: ClassNames | null | undefined): void;
  forget(): void;
  /** A layer alone leaves the unit to the page. */
  choose(choice: { layer: string; unit?: number }): void;
  /** From unit to unit: the one before, the next, any. */
  step(choice: { layer: string; unit: number }): void;
  /** Nothing for the tokens of the patches. */
  tokens(tokens: Tokens | undefined): void;
  /** Again, with the fields as they are. */
  start(): void;
}

export class Controls {
  readonly #layer: LayerPicker;
  readonly #unit: Picker;
  readonly #typed: TypedFields;
  readonly #further: FurtherFields;
  readonly #taken: Taken;
  #names: (ClassNames | null | undefined)[] = []; // what can be chosen
  #loaded: Loaded | undefined;
  #wished: Partial<Recipe> = {};
  #picture: Picture | undefined;
  #unitObjective = ''; // the JSON of the layer and unit that the fields show

  constructor(
    private readonly parts: ControlParts,
    private readonly on: ControlEvents,
  ) {
    this.#layer = new LayerPicker(parts.layer, parts.layerList, (layer) => on.choose({ layer }));
    this.#unit = new Picker(parts.unit, parts.unitList, (unit) => this.#choose(Number(unit), on.choose));
    parts.model.addEventListener('change', () => on.model(parts.model.value));
    parts.normalization.append(...normalizations.map(({ id, title }) => new Option(title, id)), new Option('Typed in…', 'typed'));
    parts.normalization.addEventListener('change', () => this.#chooseNormalization(parts.normalization.value));
    this.#typed = new TypedFields(parts.typed, (typed) => on.normalization({ normalization: 'typed', typed }));
    parts.tokens.append(
      new Option('The patches', ''),
      new Option('The class token alone', 'class'),
      new Option('All tokens', 'all'),
    );
    parts.tokens.addEventListener('change', () => on.tokens((parts.tokens.value || undefined) as Tokens | undefined));
    parts.names.addEventListener('change', () => on.names(this.#names[parts.names.selectedIndex]));
    parts.forget.addEventListener('click', () => on.forget());
    parts.unitNumber.addEventListener('change', () => this.#chooseNumber(parts.unitNumber));
    parts.previous.addEventListener('click', () => this.#choose((this.#picture?.unit ?? 0) - 1, on.step));
    parts.next.addEventListener('click', () => this.#choose((this.#picture?.unit ?? 0) + 1, on.step));
    parts.random.addEventListener('click', () => this.#choose(Math.floor(Math.random() * this.#units), on.step));
    parts.form.addEventListener('submit', (event) => {
      event.preventDefault();
      on.start();
    });
    parts.preset.addEventListener('change', () => on.start());
    this.#further = new FurtherFields({ form: parts.form, ...parts.further }, () => on.start());
    this.#taken = new Taken(parts.form);
    this.#wireQuality();
  }

  /** The id of the model that the list shows. */
  get model(): string {
    return this.parts.model.value;
  }

  /** What the fields say, brought into their limits. */
  get recipe(): Recipe {
    const quality = qualityOf(this.#fields(), this.#recipes);
    const preset = this.parts.preset.value;
    const numbers = quality === 'custom' ? this.#fields() : this.#recipes[quality];
    return { ...numbers, ...(preset && preset !== ownPreset ? { preset } : {}), ...this.#further.value };
  }

  /** What the recipe has otherwise than the model's own, or what was asked for before there was a model: it stays with another one. */
  get changed(): Partial<Recipe> {
    const own: Partial<Recipe> = this.#recipes.quick;
    const stays = ([key, value]: [string, unknown]) =>
      value !== own[key as keyof Recipe] || (!this.#loaded && Object.hasOwn(this.#wished, key));
    return Object.fromEntries(Object.entries(this.recipe).filter(stays));
  }

  /** Whether everything that was typed in makes sense; what does not is told beside its field. */
  check(): boolean {
    return this.#further.check();
  }

  get seed(): number {
    return limited('seed', this.#number('seed').valueAsNumber) ?? firstSeed;
  }

  /** JSON, where it is not what layer and unit say. Throws where the field holds none. */
  get objective(): string | undefined {
    const text = this.#objective.value.trim();
    return text === '' || text === this.#unitObjective ? undefined : JSON.stringify(parseObjective(text));
  }

  /** Why the objective cannot be had, shown beside its field; '' for nothing. */
  set refusal(text: string) {
    const { refusal, advanced } = this.parts;
    refusal.textContent = text;
    refusal.hidden = text === '';
    this.#objective.ariaInvalid = String(text !== '');
    if (!text) return;
    advanced.open = true;
    refusal.scrollIntoView({ block: 'nearest' });
  }

  /** The seed and the recipe of a picture that is not there yet, by a preset that only its model may know. */
  set asked({ seed = firstSeed, recipe }: { seed?: number; recipe: Partial<Recipe> }) {
    const { preset } = this.parts;
    if (recipe.preset && !this.#loaded) preset.replaceChildren(new Option(recipe.preset));
    this.#wished = recipe;
    this.#showRecipe({ seed, recipe: { ...this.#recipes.quick, ...recipe } });
  }

  #showRecipe({ seed, recipe }: Pick<Picture, 'seed' | 'recipe'>): void {
    this.#number('seed').value = String(seed);
    this.#taken.shown('seed', seed);
    this.parts.preset.value = recipe.preset ?? ownPreset;
    this.#further.value = recipe;
    for (const key of recipeKeys) {
      this.#number(key).value = String(recipe[key]);
      this.#taken.shown(key, recipe[key]);
    }
    this.#showQuality();
  }

  set sources(sources: Source[]) {
    this.parts.model.replaceChildren(
      ...sources.map((source) => new Option(isFile(source) ? `${source.title} (your file)` : source.title, source.id)),
    );
  }

  set source({ id, title, from, data = [], own }: Source) {
    const { model, forget, kept, normalization } = this.parts;
    model.value = id;
    if (!own && this.parts.own.contains(document.activeElement)) model.focus(); // it goes
    this.parts.own.hidden = !own;
    if (!own) return;
    normalization.value = own.settings.normalization;
    this.#showTyped(own.settings);
    forget.disabled = model.value !== id; // it is still being loaded
    forget.setAttribute('aria-label', `Forget this model, ${title}`);
    kept.classList.toggle('refused', own.refusal !== undefined);
    const size = data.reduce((sum, file) => sum + file.size, (from as Blob).size);
    const text = keptText(own, size);
    if (kept.textContent !== text) kept.textContent = text; // screen readers read out what changes
  }

  set loaded(loaded: Loaded) {
    this.#loaded = loaded;
    this.#picture = undefined;
    this.source = loaded.source;
    this.#showNames(loaded);
    this.parts.preset.replaceChildren(...loaded.model.presets.map((preset) => new Option(preset)));
    this.#layer.layers = loaded.layers;
    this.#showChips(loaded);
  }

  set picture(picture: Picture) {
    const layerChanged = this.#picture?.layer !== picture.layer;
    this.#picture = picture;
    this.#layer.value = picture.layer;
    if (layerChanged) this.#showUnits();
    const layer = this.#loaded?.layers.find(({ name }) => name === picture.layer);
    this.parts.tokensField.hidden = !layer?.prefixTokens;
    this.parts.tokens.value = picture.tokens ?? '';
    this.#unit.value = String(picture.unit);
    this.parts.unitNumber.value = String(picture.unit);
    this.#taken.shown('unit-number', picture.unit);
    this.parts.previous.disabled = picture.unit <= 0;
    this.parts.next.disabled = picture.unit >= this.#units - 1;
    this.parts.random.disabled = this.#units < 2;
    this.parts.start.disabled = false;
    this.#showObjective(picture);
    this.#showRecipe(picture);
    const { chips, inner } = this.parts;
    for (const chip of [chips, inner].flatMap((box) => [...box.querySelectorAll('button')])) {
      const { layer, unit } = chip.dataset;
      const shown = isOfUnit(picture) && layer === picture.layer && unit === String(picture.unit);
      chip.ariaPressed = String(shown);
    }
  }

  /** What the fields begin with is what the list said before. */
  #chooseNormalization(id: string): void {
    const settings = this.#loaded?.source.own?.settings;
    if (id !== 'typed') return this.on.normalization({ normalization: id });
    const before = normalizations.find(({ id }) => id === settings?.normalization);
    const known = isTyped(settings?.typed) ? settings.typed : undefined;
    this.on.normalization({
      normalization: id,
      typed: known ?? (before ? { ...firstTyped, mean: before.mean, std: before.std } : firstTyped),
    });
  }

  #showTyped({ normalization, typed }: Settings): void {
    this.#typed.hidden = normalization !== 'typed';
    this.#typed.value = isTyped(typed) ? typed : firstTyped;
  }

  get #units(): number {
    return this.#loaded?.layers.find(({ name }) => name === this.#picture?.layer)?.units ?? 0;
  }

  get #labels(): readonly string[] | undefined {
    return this.#picture?.layer === this.#loaded?.model.logits ? this.#loaded?.labels : undefined;
  }

  #choose(unit: number, tell: ControlEvents['step']): void {
    if (!this.#picture || !this.#units || !Number.isFinite(unit)) return;
    tell({ layer: this.#picture.layer, unit: this.#inside(unit) });
  }

  #inside(unit: number): number {
    return Math.min(this.#units - 1, Math.max(0, Math.round(unit)));
  }

  /** What is no number leaves the unit as it is. */
  #chooseNumber(field: HTMLInputElement): void {
    if (!this.#picture || !this.#units) return;
    const typed = field.valueAsNumber;
    const unit = Number.isFinite(typed) ? this.#inside(typed) : this.#picture.unit;
    field.value = String(unit);
    this.#taken.tell(field.id, rangeText({ what: 'The unit is', min: 0, max: this.#units - 1 }), typed, unit);
    if (Number.isFinite(typed)) this.#choose(unit, this.on.choose);
  }

  get #objective(): HTMLTextAreaElement {
    return this.parts.form.elements.namedItem('objective') as HTMLTextAreaElement;
  }

  #showObjective(picture: Picture): void {
    if (!this.#loaded) return;
    const { model, early } = this.#loaded;
    this.#unitObjective = JSON.stringify(objectiveIn({ ...picture, objective: undefined }, model, early));
    this.#objective.value = picture.objective ?? this.#unitObjective;
    this.refusal = '';
  }

  /** Classes are found by name, other units by number. */
  #showUnits(): void {
    const labels = this.#labels;
    this.#unit.items = (labels ?? []).slice(0, this.#units).map((label, i) => ({ value: String(i), text: `${i} ${label}` }));
    this.parts.unit.hidden = !labels;
    this.parts.unitNumber.hidden = !!labels;
    this.parts.unitNumber.max = String(this.#units - 1);
    this.parts.unitNumber.disabled = this.#units === 0; // of a layer that cannot be run, nobody knows them
    const label = document.getElementById('unit-label')!;
    label.textContent = labels ? 'Class' : this.#units ? `Unit (0 to ${this.#units - 1})` : 'Unit';
    label.setAttribute('for', labels ? 'unit' : 'unit-number');
  }

  /** Of a file of one's own: what the page guesses, a file's, or none. */
  #showNames(loaded: Loaded): void {
    const { model, known, reason } = loaded;
    const { own } = loaded.source;
    if (!own) return;
    const { names: chosen } = own.settings;
    const { names, namesField, hint } = this.parts;
    namesField.hidden = model.logits === undefined;
    const lacks = model.logits === undefined ? 'It has no outputs that could be classes: choose any layer.' : '';
    hint.textContent = [reason, sizeOf(loaded), lacks].filter(Boolean).join(' ');
    this.#names = [...(known ? [undefined] : []), ...(chosen ? [chosen] : []), null];
    const none = known ? 'None' : 'None: classes go by number';
    names.replaceChildren(...this.#names.map((one) => new Option(one === null ? none : (one ?? known)?.title)));
    names.selectedIndex = Math.max(0, this.#names.indexOf(chosen));
  }

  #showChips({ suggested, layers, model, labels }: Loaded): void {
    const groups = suggested.filter(({ layer }) => layers.some(({ name, runs }) => name === layer && runs));
    const boxes = groups.map(({ layer, title, units }) => {
      const group = document.createElement('div');
      const name = Object.assign(document.createElement('span'), { textContent: title });
      const text = (unit: number) => (layer === model.logits && labels?.[unit]) || String(unit);
      group.append(name, ...units.map((unit) => this.#chip(layer, unit, text(unit), title)));
      return group;
    });
    const { chips, inner } = this.parts;
    chips.replaceChildren(...boxes.slice(0, 1));
    inner.replaceChildren(...boxes.slice(1));
    chips.hidden = boxes.length < 1;
    inner.hidden = boxes.length < 2;
  }

  #chip(layer: string, unit: number, text: string, title: string): HTMLButtonElement {
    const chip = document.createElement('button');
    chip.type = 'button';
    chip.textContent = text;
    if (text === String(unit)) chip.ariaLabel = `${title}, unit ${unit}`;
    Object.assign(chip.dataset, { layer, unit });
    chip.addEventListener('click', () => this.on.choose({ layer, unit }));
    return chip;
  }

  #wireQuality(): void {
    for (const key of [...recipeKeys, 'seed'] as const) {
      const input = this.#number(key);
      const { min, max, step } = limits[key];
      Object.assign(input, { min: String(min), max: String(max), step: String(step) });
      if (key !== 'seed') input.value = String(this.#recipes.quick[key]);
      input.addEventListener('change', () => {
        const typed = input.valueAsNumber;
        const taken = limited(key, typed) ?? (key === 'seed' ? firstSeed : this.#recipes.quick[key]);
        input.value = String(taken);
        this.#taken.instead(key, typed, taken);
        this.#showQuality();
      });
    }
    for (const radio of this.#qualities()) {
      radio.addEventListener('change', () => {
        const quality = radio.value as Quality;
        if (quality === 'custom') this.parts.advanced.open = true;
        else {
          for (const key of recipeKeys) this.#number(key).value = String(this.#recipes[quality][key]);
          this.on.start();
        }
      });
    }
  }

  #showQuality(): void {
    const quality = qualityOf(this.#fields(), this.#recipes);
    for (const radio of this.#qualities()) radio.checked = radio.value === quality;
  }

  get #recipes(): ReturnType<typeof recipesOf> {
    return recipesOf(this.#loaded?.model);
  }

  #fields(): Recipe {
    const read = (key: (typeof recipeKeys)[number]) => limited(key, this.#number(key).valueAsNumber) ?? this.#recipes.quick[key];
    return { size: read('size'), steps: read('steps'), crops: read('crops'), cropSize: read('cropSize'), finer: read('finer') };
  }

  #number(name: (typeof recipeKeys)[number] | 'seed'): HTMLInputElement {
    return this.parts.form.elements.namedItem(name) as HTMLInputElement;
  }

  #qualities(): HTMLInputElement[] {
    return [...this.parts.form.querySelectorAll<HTMLInputElement>('input[name=quality]')];
  }
}

/** Of a file that leaves the size of its images open and does not take every one. */
function sizeOf({ model: { input }, cropSize }: Loaded): string {
  if (!input.open || !cropSize) return '';
  return `The file leaves the size of its images open; ${input.height} × ${input.width} is one that works.`;
}

function keptText({ kept, refusal }: Own, bytes: number): string {
  if (refusal) return `Not remembered: ${refusal}. It works until this page is closed.`;
  return `${kept ? 'Remembered in this browser' : 'Not yet remembered'}, ${bytesText(bytes)}.`;
}
