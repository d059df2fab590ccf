import { describe, expect, it } from 'vitest';
import { failureOf, type Labels, loadTiny, readLabels } from './support.js';

const names = ['cat', 'dog', 'hen', 'cow', 'fox'];
const byId = { 0: 'cat', 1: 'dog', 2: 'hen', 3: 'cow', 4: 'fox' };
const byName = { dog: 1, cat: 0, fox: 4, cow: 3, hen: 2 };
const keras = Object.fromEntries(names.map((name, id) => [id, [`n0${id}`, name]]));

const forms: [string, object][] = [
  ['a list', names],
  ['a list of pairs', names.map((name, id) => [`n0${id}`, name])],
  ['names by number', byId],
  ['names by number, out of order', Object.fromEntries(Object.entries(byId).map(([id, name]) => [`0${4 - Number(id)}`, name]))],
  ['Keras’s class index', keras],
  ['numbers by name', byName],
  ['id2label', { architectures: ['ViT'], id2label: byId, num_labels: 5 }],
  ['label2id', { label2id: byName, id: 7 }],
  ['both of them', { label2id: { cat: 3 }, id2label: byId }],
  ['id2label in a part of the file', { model: { head: { id2label: byId } }, names: ['x'] }],
];

describe('labels', () => {
  it.each(forms)('%s', async (form, labels) => {
    const wanted = form.endsWith('out of order') ? [...names].reverse() : names;
    expect(await readLabels(labels as Labels)).toEqual(wanted);
    expect(await readLabels(new Blob([JSON.stringify(labels, null, 2)]))).toEqual(wanted);
    expect(await readLabels(new TextEncoder().encode(`\uFEFF ${JSON.stringify(labels)}\n`))).toEqual(wanted);
    expect((await loadTiny({ labels: labels as Labels })).labels).toEqual(wanted);
  });

  it('with one name a line', async () => {
    const text = new TextEncoder().encode('cat\r\n dog\nhen\r\ncow\nfox\n\n');
    expect((await loadTiny({ labels: text })).labels).toEqual(names);
  });

  it.each([
    ['', 'The labels are an empty file.'],
    ['\n \n', 'The labels are an empty file.'],
    ['a\0b', 'The labels are no text in UTF-8.'],
    [new Uint8Array([255, 216, 255, 10]), 'The labels are no text in UTF-8.'],
    ['["a", ', 'The labels begin like JSON, but are none: '],
    ["{0: 'tench',\n 1: 'goldfish'}", 'The labels begin like JSON, but are none: '],
    ['{}', 'The labels are neither a list nor {"0": "a name", ...} nor {"a name": 0, ...}, and have no id2label.'],
    ['{"names": "a"}', 'The labels are neither a list nor'],
    ['{"0": "a", "2": "b"}', 'The labels are 2 names, of which none is for unit 1.'],
    ['{"4000000000": "a"}', 'The labels are neither a list nor'],
    ['{"999999999": "a"}', 'The labels are 1 name, of which none is for unit 0.'],
    ['{"id2label": {"0": "a", "one": "b"}}', 'The labels have "one" for the number of a unit.'],
    ['{"a": 0, "b": 0}', 'The labels have two names for unit 0, "a" and "b".'],
    ['{"0": "a", "00": "b"}', 'The labels have two names for unit 0, "a" and "b".'],
    ['{"label2id": {"a": 0.5}}', 'The labels have "0.5" for the number of a unit.'],
    ['{"__proto__": {"x": 1}, "0": "a"}', 'The labels are neither a list nor'],
    ['[{"id": 0}]', 'The labels have {"id":0} for unit 0, which is no name.'],
    ['[["n01", null]]', 'The labels have ["n01",null] for unit 0, which is no name.'],
    ['[[]]', 'The labels have [] for unit 0, which is no name.'],
  ])('%j are refused', async (text, message) => {
    const error = await failureOf(readLabels(new Blob([text])));
    expect(error).toMatchObject({ name: 'PhaselensError', code: 'invalid-argument' });
    expect(error.message).toContain(message);
  });

  it.each([null, 7, true])('%j are refused', async (labels) => {
    expect((await failureOf(readLabels(labels as unknown as Labels))).message).toContain('which is no list of names');
  });

  it('nested without an end are refused', async () => {
    const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
    expect((await failureOf(readLabels(new Blob([deep])))).message).toContain('neither a list nor');
  });

  it.each([
    [names.slice(1), 'The labels are 4 names, and the logits, "logits", are 5.'],
    [['cat'], 'The labels are 1 name, and the logits, "logits", are 5.'],
    [[...names, 'owl'], 'The labels are 6 names, and the logits, "logits", are 5.'],
    [[], 'The labels are 0 names, and the logits, "logits", are 5.'],
  ])('of another number are refused', async (labels, message) => {
    const error = await failureOf(loadTiny({ labels }));
    expect(error).toMatchObject({ code: 'invalid-argument', message });
  });
});
