import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { expect, it } from 'vitest';
import { folder, png, read, run } from './command.js';
import { collect, type Frame, loadTiny, logit, rivalOf } from './support.js';

mkdirSync(join(folder, 'site', 'articles'), { recursive: true });
writeFileSync(join(folder, 'site', 'model.onnx'), read('tiny.onnx'));

const common = `preprocessing='{"mean":[0,0,0],"std":[1,1,1]}' size=64 steps=6 crops=4`;

function page(name: string, ...lenses: string[]): void {
  writeFileSync(join(folder, 'site', 'articles', name), `<!doctype html>\n<title>An article</title>\n${lenses.join('\n')}\n`);
}

const pixels = (name: string) => [...png(name).data];
const opaque = ({ data }: Frame) => [...data].filter((_, i) => i % 4 !== 3);

it('makes what each element comes to, where its poster is', async () => {
  page(
    'a.html',
    `<PHASE-LENS model="../model.onnx" ${common} unit="1" seed="3" poster="../posters/one.png?v=2" autoplay></PHASE-LENS>`,
    `<template><phase-lens model="/model.onnx" ${common} unit=2 box-side='{"normal": [0.5, 0.1]}' poster="/posters/two.png"></phase-lens></template>`,
    `<!-- <phase-lens unit="0" poster="none.png"></phase-lens> -->`,
    '<phase-lens unit="0"></phase-lens>',
  );
  const { status, stdout, stderr } = await run('poster', 'site/articles/a.html', '--root', 'site');
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringMatching(/a\.html:6 names no poster/) });
  expect(stdout.trim().split('\n')).toHaveLength(2);
  const model = await loadTiny();
  const options = { size: 64, steps: 6, crops: 4 };
  const one = (await collect(model.visualize(logit(1), { ...options, seed: 3 }))).at(-1)!.frame;
  expect(pixels('site/posters/one.png')).toEqual(opaque(one));
  const two = (await collect(model.visualize(logit(2), { ...options, boxSide: { normal: [0.5, 0.1] } }))).at(-1)!.frame;
  expect(pixels('site/posters/two.png')).toEqual(opaque(two));
  const kept = (await run('poster', 'site/articles/a.html', '--root', 'site', '--json')).stdout.trim().split('\n');
  expect(kept.map((line) => JSON.parse(line).kept)).toEqual([true, true]);
});

it('of an element that compares, has both pictures side by side', async () => {
  page(
    'pair.html',
    `<phase-lens model="../model.onnx" ${common} unit="1" seed="3" compare="fourier" poster="pair.png"></phase-lens>`,
  );
  expect(await run('poster', 'site/articles/pair.html')).toMatchObject({ status: 0, stderr: '' });
  const model = await loadTiny();
  const picture = { objective: logit(1), options: { size: 64, steps: 6, crops: 4, seed: 3 } };
  const rival = {
    ...picture.options,
    parametrization: 'fourier',
    optimizer: 'adam',
    learningRate: 0.05,
    schedule: 'constant',
  } as const;
  expect(rivalOf('fourier', picture, model)).toEqual(rival);
  const both = png('site/articles/pair.png');
  expect(both).toMatchObject({ height: 64, width: 64 + 4 + 64, channels: 4 });
  const cut = (left: number) =>
    Array.from({ length: 64 }, (_, y) => [...both.data.subarray(4 * (y * both.width + left), 4 * (y * both.width + left + 64))]);
  for (const [left, options] of [
    [0, picture.options],
    [68, rival],
  ] as const) {
    const { data } = (await collect(model.visualize(logit(1), options))).at(-1)!.frame;
    expect(cut(left).flat()).toEqual([...data]);
  }
  const again = await run('poster', 'site/articles/pair.html', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ kept: true });
});

it('follows the base of the page, and knows images beside it', async () => {
  const photo = { data: new Uint8ClampedArray(4 * 48 * 40), height: 48, width: 40 };
  photo.data.forEach((_, i) => (photo.data[i] = i % 4 === 3 ? (i % 8 === 3 ? 255 : 0) : (i * 37) % 251));
  mkdirSync(join(folder, 'site', 'pictures'));
  writeFileSync(join(folder, 'site', 'pictures', 'a photo.png'), encode({ ...photo, channels: 4 }));
  const lens = (attributes: string) =>
    `<base href="../pictures/index.html?x"><phase-lens model="/model.onnx" ${common} unit="1" ${attributes}></phase-lens>`;
  page('base.html', lens('start="a%20photo.png" poster="begun.png"'));
  expect(await run('poster', 'site/articles/base.html', '--root', 'site')).toMatchObject({ status: 0, stderr: '' });
  const data = photo.data.map((value, i) => (photo.data[i | 3] === 255 || i % 4 === 3 ? value : 128));
  const options = { size: 64, steps: 6, crops: 4, start: { ...photo, data } };
  const begun = (await collect((await loadTiny()).visualize(logit(1), options))).at(-1)!.frame;
  expect(pixels('site/pictures/begun.png')).toEqual(opaque(begun));
  const refused = [
    [
      'photos.html',
      lens(`photos="a%20photo.png ./nothing.png" poster="x.png"`),
      /photos\.html:3: .*nothing\.png could not be read/,
    ],
    [
      'far.html',
      lens(`start="https://example.com/x.png" poster="x.png"`),
      /far\.html:3: images of a poster are files of this site/,
    ],
    [
      'elsewhere.html',
      lens('poster="x.png"').replace('../pictures', 'https://example.com'),
      /not https:\/\/example\.com\/x\.png/,
    ],
  ] as const;
  for (const [name, text, sentence] of refused) {
    page(name, text);
    const { status, stderr } = await run('poster', `site/articles/${name}`, '--root', 'site');
    expect(stderr).toMatch(sentence);
    expect(status).toBeGreaterThan(0);
  }
});

it('says where something is wrong', async () => {
  page('b.html', `<phase-lens model="../model.onnx" ${common}\n unit="99" poster="x.png"></phase-lens>`);
  expect(await run('poster', 'site/articles/b.html')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/b\.html:3: .*99/),
  });
  page('c.html', `<phase-lens model="../model.onnx" unit="1" poster="../../../x.png"></phase-lens>`);
  expect(await run('poster', 'site/articles/c.html')).toMatchObject({ status: 2, stderr: expect.stringContaining('--root') });
  page('d.html', `<phase-lens unit="1" poster="https://example.com/x.png"></phase-lens>`);
  expect(await run('poster', 'site/articles/d.html')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('PNG of this site'),
  });
  page('e.html');
  expect(await run('poster', 'site/articles/e.html')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('no <phase-lens>'),
  });
  expect(existsSync(join(folder, 'site', 'x.png'))).toBe(false);
});
