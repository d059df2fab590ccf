// Tables of the docs that are made of what the program itself uses: the core's lists of options and presets, the models' manifest, and the
// objectives as they are documented where they are declared.
import fs from 'node:fs';
import path from 'node:path';
import { openCore } from '../../wasm/toolchain/options.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const read = (name) => fs.readFileSync(path.join(root, name), 'utf8');

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text) => `\`${cell(text)}\``;
const table = (head, rows) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** As JSON writes it; numbers as short as they are the same in single precision. */
function written(value) {
  if (typeof value !== 'number')
    return JSON.stringify(value, (_, inner) => (typeof inner === 'number' ? shortest(inner) : inner));
  return String(shortest(value));
}

function shortest(value) {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

function boundsOf({ type, words, low, high, orZero }) {
  if (type === 'flag') return 'true, false';
  if (type === 'word') return words.join(', ');
  const range = `${orZero ? '0, ' : ''}${low} to ${high >= 2 ** 53 - 1 ? '2^53 − 1' : high}`;
  if (type === 'range') return `two of ${range}`;
  if (type === 'distribution') return `{ uniform: [low, high] } or { normal: [mean, deviation] }, of ${range}`;
  if (type === 'standardize') return `true, false, or { epsilon, unbiased }`;
  return range;
}

const namesOfOption = ({ name }) => (kebab(name) === name ? code(name) : `${code(name)} ${code(kebab(name))}`);

const optionTable = (list, defaults) =>
  table(
    ['option, and attribute or flag', 'what it is'],
    list.map((option) => [
      namesOfOption(option),
      `${cell(option.text)} Default ${code(written(defaults[option.name]))}; may be ${cell(boundsOf(option))}.`,
    ]),
  );

/** Of each preset, what differs from `default`. */
function presetRows(presets, lists) {
  const others = Object.keys(presets).filter((name) => name !== 'default');
  const all = [...lists.config.map(({ name }) => ['config', name]), ...lists.frame.map(({ name }) => ['frame', name])];
  const values = ([kind, name], preset) => written(presets[preset][kind][name]);
  const changed = all.filter((option) => others.some((preset) => values(option, preset) !== values(option, 'default')));
  const shown = (option) => (preset) =>
    values(option, preset) === values(option, 'default') ? '' : code(values(option, preset));
  return table(
    ['option', 'default', ...others],
    changed.map((option) => [code(option[1]), code(values(option, 'default')), ...others.map(shown(option))]),
  );
}

/** `unit: number, part: Part = {}` -> `unit, part`. */
const namesOf = (parameters) => [...parameters.matchAll(/(?:^|, )((?:\.\.\.)?\w+)/g)].map(([, name]) => name).join(', ');

/** Exported functions with the comment above each. */
function objectives() {
  const found = read('wasm/api/objectives.ts').matchAll(/^\/\*\* (.*) \*\/\nexport function (\w+)(?:<.*>)?\((.*)\): [A-Z]/gm);
  return table(
    ['objective', 'what it is'],
    [...found].map(([, text, name, parameters]) => [code(`${name}(${namesOf(parameters)})`), cell(text)]),
  );
}

function models() {
  const { models } = JSON.parse(read('models/manifest.json'));
  return table(
    ['model', 'options of its own', 'licence', 'made from'],
    models.map(({ title, recipe = {}, licence, source }) => [
      cell(title),
      Object.entries(recipe)
        .map(([name, value]) => code(`${name}: ${written(value)}`))
        .join(', '),
      licence,
      `${source.package} ${source.version}`,
    ]),
  );
}

/** What the element has beside the options. */
function attributes() {
  const { modules } = JSON.parse(read('dist/custom-elements.json'));
  const own = [
    'model',
    'labels',
    'preprocessing',
    'workers',
    'layer',
    'unit',
    'objective',
    'compare',
    'poster',
    'alt',
    'autoplay',
    'controls',
  ];
  const all = modules.flatMap(({ declarations = [] }) => declarations.flatMap(({ attributes = [] }) => attributes));
  return table(
    ['attribute', 'what it is'],
    own.map((name) => [code(name), cell(all.find((attribute) => attribute.name === name).description)]),
  );
}

/** Tables of README.md under a heading, which are what the benchmark printed. */
function tablesUnder(heading) {
  const [, section] = read('README.md').match(new RegExp(`^## ${heading}$([\\s\\S]*?)(?=^## )`, 'm'));
  return [...section.matchAll(/(?:^\|.*\n)+/gm)].map(([lines]) => lines).join('\n');
}

/** Text by name, for the lines `{{name}}` of a page. */
export async function references() {
  const core = await openCore();
  const [lists, presets] = [core.optionLists(), core.presets()];
  return {
    options: optionTable(lists.config, presets.default.config),
    'frame-options': optionTable(lists.frame, presets.default.frame),
    presets: presetRows(presets, lists),
    objectives: objectives(),
    attributes: attributes(),
    speed: tablesUnder('Speed'),
    models: models(),
  };
}
