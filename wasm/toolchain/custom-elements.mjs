// The element as data (custom-elements.json, schema 1.0.0), which editors and generators of documentation read. Attributes are those
// of the one list; what is beside them stands here, and a test compares it with the class.

const text = (type) => ({ type: { text: type } });

const events = [
  ['load', 'CustomEvent<{ model: Model }>', 'The model is there.'],
  ['progress', 'CustomEvent<Progress>', 'Of loading: the phase, bytes loaded and, where it is known, how many there are.'],
  ['step', 'CustomEvent<Step>', 'After each step that is shown: its index, score and frame.'],
  ['finish', 'CustomEvent<Step>', 'After the last step.'],
  ['error', 'CustomEvent<PhaselensError>', 'What is wrong, with a code and a sentence. It does not bubble.'],
];

const methods = [
  ['play', [], 'Promise<void>', 'Begins, or goes on, when it is seen; resolves with the first step that is shown.'],
  ['pause', [], 'void', 'Gives its turn to others; what was computed is kept.'],
  ['restart', [], 'Promise<void>', 'From the beginning.'],
  [
    'toBlob',
    [
      ['type', 'string'],
      ['quality', 'number'],
    ],
    'Promise<Blob>',
    'The picture as a file, PNG where nothing else is said.',
  ],
  ['checkpoint', [], 'Promise<Uint8Array>', 'What has been computed so far; model.resume goes on with it.'],
];

const slots = [
  ['poster', 'Shown before there is a picture, without JavaScript, and where something is wrong.'],
  ['caption', 'Below the picture.'],
];

const parts = [
  ['stage', 'Picture and what lies over it.'],
  ['picture', 'The frame of a picture; of two that are compared, each has one.'],
  ['canvas', 'The picture.'],
  ['poster', 'The image of the attribute poster.'],
  ['name', 'What a compared picture is made by.'],
  ['play', 'The button over the picture.'],
  ['progress', 'The line at its lower edge.'],
  ['message', 'What is wrong.'],
  ['retry', 'The button in it.'],
  ['controls', 'The row below, with the attribute controls.'],
  ['button', 'A button in it.'],
  ['caption', 'Around the slot caption.'],
];

const properties = [
  ['--phase-lens-color', 'Of icons under the pointer. Default: the colour of the text.'],
  ['--phase-lens-accent', 'Of progress and of what is on.'],
  ['--phase-lens-muted', 'Of numbers and caption. Default: a fainter colour of the text.'],
  ['--phase-lens-background', 'Behind the picture.'],
  ['--phase-lens-radius', 'Of its corners.'],
  ['--phase-lens-gap', 'Between two pictures.'],
];

const named = (list) => list.map(([name, description]) => ({ name, description }));

const fieldOf = ({ property, attribute, typeText, text: description }) => ({
  kind: 'field',
  name: property,
  ...text(`${typeText} | undefined`),
  description,
  attribute,
  reflects: true,
});

const methodOf = ([name, parameters, type, description]) => ({
  kind: 'method',
  name,
  description,
  parameters: parameters.map(([name, type]) => ({ name, optional: true, ...text(type) })),
  return: text(type),
});

const stateOf = text("'idle' | 'loading' | 'waiting' | 'playing' | 'paused' | 'finished' | 'failed'");

function classOf(attributes) {
  return {
    kind: 'class',
    name: 'PhaseLens',
    tagName: 'phase-lens',
    customElement: true,
    description: 'A picture of what a unit of an image network responds to, drawn as it is looked at.',
    superclass: { name: 'HTMLElement' },
    attributes: attributes.map(({ property, attribute, typeText, text: description }) => ({
      name: attribute,
      fieldName: property,
      ...text(typeText),
      description,
    })),
    members: [
      ...attributes.map(fieldOf),
      { kind: 'field', name: 'state', readonly: true, ...stateOf, description: 'What it is at.' },
      ...methods.map(methodOf),
    ],
    events: events.map(([name, type, description]) => ({ name, ...text(type), description })),
    slots: named(slots),
    cssParts: named(parts),
    cssProperties: named(properties),
  };
}

const entry = (path, ...exports) => ({ kind: 'javascript-module', path, exports });
const declaration = { name: 'PhaseLens', module: 'element.js' };

/** Of the element's attributes, as wasm/element/attributes.ts lists them. */
export const describe = (attributes) => ({
  schemaVersion: '1.0.0',
  readme: 'README.md',
  modules: [
    { ...entry('element.js', { kind: 'js', name: 'PhaseLens', declaration }), declarations: [classOf(attributes)] },
    entry('define.js', { kind: 'custom-element-definition', name: 'phase-lens', declaration }),
  ],
});
