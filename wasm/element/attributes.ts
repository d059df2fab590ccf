/** The element's attributes: the API's options by their names in kebab-case, and what an element has beside them. */
import { type FloatImage, type Frame, kebab, type WrittenOption, writtenOptions } from '../api/index.js';

export interface Attribute {
  /** Of the property. */
  readonly property: string;
  readonly attribute: string;
  /**
   * present: by being there; json: a value as JSON writes it; text: as it stands; unit: a number or a name; image: an address; images:
   * addresses with spaces between.
   */
  readonly type: 'present' | 'json' | 'text' | 'unit' | 'image' | 'images';
  readonly text: string;
  /** Its type in TypeScript, for editors. */
  readonly typeText: string;
}

/** An image as a script gives it: an address, relative to the page; a file; or pixels. Attributes have addresses. */
export type GivenImage = string | URL | Blob | FloatImage | Frame;

/** Images that a picture is made of. */
export interface GivenImages {
  /** An image to begin from. */
  start?: GivenImage | undefined;
  /** Photos that the objective names by their place, at most 8. */
  photos?: readonly GivenImage[] | undefined;
}

const imageText = 'string | URL | Blob | FloatImage | Frame';

/** Everything that is no option of a visualization, or no text says. */
const own: readonly Attribute[] = (
  [
    ['model', 'text', 'string', 'Id of a packaged model, or the address of an ONNX file. Left out: the packaged one.'],
    ['labels', 'text', 'string', "Address of the names of the model's classes."],
    ['preprocessing', 'json', 'object', 'What the model expects, {"mean": [...], "std": [...]}.'],
    ['workers', 'json', 'number', 'Workers at most.'],
    ['layer', 'text', 'string', 'The layer of the unit. Left out: the logits.'],
    ['unit', 'unit', 'number | string', 'A unit of the layer: its number, or the name of a class.'],
    ['objective', 'json', 'object', 'Instead of layer and unit: an objective as JSON.'],
    ['start', 'image', imageText, 'An image to begin from: its address.'],
    [
      'photos',
      'images',
      `readonly (${imageText})[]`,
      'Photos that the objective names by their place: addresses, with spaces between.',
    ],
    ['compare', 'text', 'string', 'What a second picture beside it is made by: a parametrization or a preset.'],
    ['poster', 'text', 'string', 'Address of the image that is shown before there is a picture.'],
    ['alt', 'text', 'string', 'What the picture shows, for those who do not see it. Left out: the name of the unit.'],
    ['autoplay', 'present', 'boolean', 'Begins when it is seen, where the reader has not asked for less motion or data.'],
    ['controls', 'present', 'boolean', 'Buttons and numbers below the picture.'],
  ] as const
).map(([property, type, typeText, text]) => ({ property, attribute: kebab(property), type, typeText, text }));

const typeTexts: Record<WrittenOption['type'], string> = {
  flag: 'boolean',
  whole: 'number',
  number: 'number',
  word: 'string',
  text: 'string',
  range: '[number, number]',
  distribution: 'object',
  standardize: 'boolean | object',
};

function ofOption({ name, type, words, text }: WrittenOption): Attribute {
  const isText = type === 'word' || type === 'text';
  const typeText = words ? words.map((word) => `'${word}'`).join(' | ') : typeTexts[type];
  return { property: name, attribute: kebab(name), type: isText ? 'text' : 'json', typeText, text };
}

const options: readonly Attribute[] = writtenOptions.map(ofOption);

export const attributes: readonly Attribute[] = [...own, ...options];

/** What has attributes, in a page or in a parsed file. */
export interface Reading {
  getAttribute(name: string): string | null;
}

/** What a text means; what is none of its kind stays a text, which the API refuses with a sentence that says what may be. */
function read({ type }: Attribute, text: string | null): unknown {
  if (type === 'present') return text !== null;
  if (text === null) return undefined;
  if (type === 'text') return text;
  if (type === 'image') return text.trim() || undefined;
  if (type === 'images') return text.split(/\s+/).filter(Boolean);
  if (type === 'unit') return /^\s*\d+\s*$/.test(text) ? Number(text) : text;
  if (text === '') return true; // as attributes say yes
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

interface Writing extends Reading {
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
}

/** Images that are no addresses: the one thing that is not kept in attributes. */
const pixels = new WeakMap<Reading, Map<string, unknown>>();

/** An address as a list of them has it, or undefined. */
function addressOf(image: unknown): string | undefined {
  const address = typeof image === 'string' ? image : (Object(image) as Partial<URL>).href;
  return address?.trim().replace(/\s/g, encodeURIComponent);
}

/** A value as an attribute says it; undefined for what none can say. */
function textOf({ type }: Attribute, value: unknown): string | undefined {
  if (type === 'present') return '';
  if (type === 'image') return addressOf(value);
  if (type === 'images' && Array.isArray(value)) {
    const addresses = value.map(addressOf);
    return addresses.includes(undefined) ? undefined : addresses.join(' ');
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function write(host: Writing, attribute: Attribute, value: unknown): void {
  const { type, attribute: name } = attribute;
  forgetPixels(host, name);
  if (value === undefined || value === null || (type === 'present' && !value)) return host.removeAttribute(name);
  const text = textOf(attribute, value);
  if (text !== undefined) return host.setAttribute(name, text);
  host.removeAttribute(name);
  pixels.set(host, (pixels.get(host) ?? new Map<string, unknown>()).set(name, value));
}

/** What the attribute says from now on counts. */
export function forgetPixels(host: Reading, name: string): void {
  pixels.get(host)?.delete(name);
}

const givenBy = (host: Reading, attribute: Attribute): unknown =>
  read(attribute, host.getAttribute(attribute.attribute)) ?? pixels.get(host)?.get(attribute.attribute);

/** A property for each attribute, which is all that it is kept in, but for pixels; `changed` hears of whatever is set. */
export function defineProperties(prototype: object, changed: (host: object) => void): void {
  for (const attribute of attributes) {
    Object.defineProperty(prototype, attribute.property, {
      configurable: true,
      enumerable: true,
      get(this: Reading) {
        return givenBy(this, attribute);
      },
      set(this: Writing, value: unknown) {
        write(this, attribute, value);
        changed(this);
      },
    });
  }
}

/** What was set before the element was defined hides the properties: it is set once more. */
export function adoptProperties(host: object): void {
  const own = host as Record<string, unknown>;
  for (const { property } of attributes) {
    if (!Object.hasOwn(own, property)) continue;
    const value = own[property];
    delete own[property];
    own[property] = value;
  }
}

/** What an attribute says, by the name of its property. */
export function readAttribute(host: Reading, property: string): unknown {
  const attribute = attributes.find((known) => known.property === property)!;
  return givenBy(host, attribute);
}

/** The images that attributes or properties give. */
export function readImages(host: Reading): GivenImages {
  return { start: readAttribute(host, 'start'), photos: readAttribute(host, 'photos') } as GivenImages;
}

/** The options of a visualization that the attributes give. */
export function readOptions(host: Reading): Record<string, unknown> {
  const given = options.map((option) => [option.property, read(option, host.getAttribute(option.attribute))]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<string, unknown>;
}
