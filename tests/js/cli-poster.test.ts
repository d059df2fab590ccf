import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folder, png, read, run } from './command.js';
import { collect, type Frame, loadTiny, logit } from './support.js';

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
