import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { endOf, folder, png, quickly, read, run, start, tiny } from './command.js';

it('lays units side by side, each as it is alone, and makes the sheet again', async () => {
  const { status, stdout, stderr } = await run(
    'sheet',
    ...tiny,
    '-u',
    '0-2',
    ...quickly,
    '--columns',
    '2',
    '-o',
    'sheet.png',
    '--json',
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const results = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(results.map(({ unit }) => unit)).toEqual([0, 1, 2, undefined]);
  const sheet = png('sheet.png');
  expect(sheet).toMatchObject({ height: 2 * 64 + 4, width: 2 * 64 + 4, channels: 3 });
  await run('render', ...tiny, '-u', '2', ...quickly, '-o', 'two.png');
  const row = (data: ArrayLike<number>, from: number) => Array.from({ length: 3 * 64 }, (_, i) => data[from + i]!);
  for (const y of [0, 31, 63]) expect(row(sheet.data, 3 * (68 + y) * sheet.width)).toEqual(row(png('two.png').data, 3 * 64 * y));
  expect(sheet.data[3 * 65]).toBe(255);
  expect(await run('sheet', '--again', 'sheet.png')).toMatchObject({ status: 0, stderr: '' });
  expect(read('sheet-again.png').equals(read('sheet.png'))).toBe(true);
});

it('is its own checkpoint when it is interrupted', async () => {
  const words = ['sheet', ...tiny, '-u', '0-2', ...quickly, '--steps', '400', '--transparency', '--json'];
  const child = start(...words, '-o', 'part.png');
  child.stdout!.once('data', () => child.kill('SIGINT'));
  const { status, stderr } = await endOf(child);
  expect(status).toBe(130);
  const command = stderr.trim().split('\n').at(-1)!;
  expect(command).toMatch(/^phaselens sheet --resume part\.png /);
  const again = command.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));
  expect(await run(...again.slice(1))).toMatchObject({ status: 0, stderr: '' });
  expect(await run(...words, '-o', 'whole.png')).toMatchObject({ status: 0 });
  expect(png('part.png').channels).toBe(4);
  expect(read('part.png').equals(read('whole.png'))).toBe(true);
});

it('says what cannot be', async () => {
  await run('render', ...tiny, '-u', '1', ...quickly, '-o', 'alone.png');
  expect(await run('sheet', '--again', 'alone.png')).toMatchObject({ status: 1, stderr: expect.stringContaining('no sheet') });
  expect(await run('sheet', ...tiny, '-u', '0-99')).toMatchObject({ status: 2, stderr: expect.stringContaining('not ') });
  expect(await run('sheet', ...tiny, '-u', '0,1', '-o', 'folder/')).toMatchObject({ status: 2 });
  expect(existsSync(join(folder, 'sheet.png'))).toBe(true);
});
