import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { describe, expect, it } from 'vitest';
import { endOf, folder, png, quickly, read, run, start, tiny } from './command.js';
import { averageSpectrum, collect, dist, type FloatImage, loadTiny, logit, realModel, writtenOptions } from './support.js';

const recipeOf = (name: string) => JSON.parse(png(name).text.phaselens!);

describe('phaselens render', () => {
  it('makes the picture that the package makes', async () => {
    const { status, stdout, stderr } = await run('render', ...tiny, '--unit', '1', ...quickly, '--out', 'one.png');
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: expect.stringMatching(/^one\.png {2}.*score/), stderr: '' });
    const model = await loadTiny();
    const steps = await collect(model.visualize(logit(1), { size: 64, steps: 12, crops: 4, seed: 7 }));
    const { data } = steps.at(-1)!.frame;
    expect([...png('one.png').data]).toEqual([...data].filter((_, i) => i % 4 !== 3));
  });

  it('says in the picture how it was made, and makes it again', async () => {
    await run('render', ...tiny, '-u', '2', ...quickly, '--range', '0.1,0.9', '--box-side', 'normal:0.5,0.05', '-o', 'two.png');
    expect(png('two.png').text).toMatchObject({ Software: expect.stringContaining('Phaselens') });
    const options = { range: [0.1, 0.9], boxSide: { normal: [0.5, 0.05] }, steps: 12, seed: 7 };
    expect(recipeOf('two.png')).toMatchObject({ model: { source: './tiny.onnx' }, subject: { objective: logit(2) }, options });
    expect(await run('render', '--again', 'two.png', '--workers', '1')).toMatchObject({ status: 0, stderr: '' });
    expect(read('two-again.png').equals(read('two.png'))).toBe(true);
  });

  it('is told every option of the list, as a shell writes it', async () => {
    const { stdout } = await run('render', ...tiny, '--preset', 'paper', '--help');
    for (const { name, text } of writtenOptions.filter((option) => option.name !== 'frameInterval')) {
      const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      expect(stdout).toContain(flag);
      expect(stdout.replace(/\s+/g, ' ')).toContain(text.slice(0, 40));
    }
    const [, steps] = stdout.match(/--steps N\n.*Default: (\d+)\./)!;
    expect(Number(steps)).toBe((await loadTiny()).visualize(logit(0), { preset: 'paper' }).steps);
    const flags = ['--standardize-phase', 'epsilon:0.001', '--no-box-inside', '--transparency', '--percentiles', '0,1'];
    expect(await run('render', ...tiny, '-u', '1', ...quickly, ...flags, '-o', 'flags.png')).toMatchObject({ status: 0 });
    const options = { standardizePhase: { epsilon: 0.001 }, boxInside: false, transparency: true, percentiles: [0, 1] };
    expect(recipeOf('flags.png').options).toMatchObject(options);
    expect(png('flags.png').channels).toBe(4);
  });

  it('makes several, of numbers and ranges, and tells each as JSON', async () => {
    const { stdout } = await run('render', ...tiny, '-u', '0,2-3', ...quickly, '--out', 'several/', '--json');
    const results = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ unit }) => unit)).toEqual([0, 2, 3]);
    for (const { out, score } of results) {
      expect(png(out).width).toBe(64);
      expect(score).toBeTypeOf('number');
    }
    const objective = '{"kind":"sum","of":[{"kind":"logit","unit":1},{"kind":"logit","unit":2,"weight":-1}]}';
    expect(await run('render', ...tiny, '--objective', objective, ...quickly, '-o', 'sum.png')).toMatchObject({ status: 0 });
    expect(recipeOf('sum.png').subject.objective).toEqual(JSON.parse(objective));
  });

  it('makes images side by side, each of which can be made again', async () => {
    expect(await run('render', ...tiny, '-u', '1', ...quickly, '--images', '2', '-o', 'pair/')).toMatchObject({ status: 0 });
    const [, second] = (await run('render', ...tiny, '-u', '1', ...quickly, '--images', '2', '-o', '{image}.png')).stdout.split(
      '\n',
    );
    expect(second).toMatch(/^2\.png/);
    expect(await run('render', '--again', '2.png')).toMatchObject({ status: 0 });
    expect(read('2-again.png').equals(read('2.png'))).toBe(true);
    expect(read('1.png').equals(read('2.png'))).toBe(false);
  });

  it('leaves a checkpoint when it is interrupted, which goes on to the same bits', async () => {
    const words = ['render', ...tiny, '-u', '1,2', ...quickly, '--steps', '800'];
    const child = start(...words, '-o', 'kept-{unit}.png');
    child.stdout!.once('data', () => child.kill('SIGINT'));
    const { status, stderr } = await endOf(child);
    expect(status).toBe(130);
    const command = stderr.trim().split('\n').at(-1)!;
    expect(command).toMatch(/^phaselens render --resume kept-2\.checkpoint /);
    const again = command.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));
    expect(await run(...again.slice(1))).toMatchObject({ status: 0, stderr: '' });
    expect(await run(...words, '-o', 'whole-{unit}.png')).toMatchObject({ status: 0 });
    for (const unit of [1, 2]) expect(read(`kept-${unit}.png`).equals(read(`whole-${unit}.png`))).toBe(true);
  });

  it('keeps files that it was made of in mind', async () => {
    const data = Float32Array.from({ length: 3 * 24 * 24 }, (_, i) => 0.5 + 0.4 * Math.sin(i));
    writeFileSync(join(folder, 'own.npy'), await averageSpectrum([{ data, height: 24, width: 24 }], { size: 64 }));
    expect(await run('render', ...tiny, '-u', '1', ...quickly, '--magnitude', 'own.npy', '-o', 'own.png')).toMatchObject({
      status: 0,
    });
    expect(await run('render', '--again', 'own.png')).toMatchObject({ status: 0 });
    writeFileSync(join(folder, 'own.npy'), 'another');
    expect(await run('render', '--again', 'own.png')).toMatchObject({ status: 1, stderr: expect.stringContaining('own.npy') });
  });

  it.skipIf(!realModel)('takes the packaged model and the name of a class', async () => {
    const small = ['--size', '96', '--steps', '2'];
    expect(await run('render', '-u', 'goldfish', ...small, '-o', '{name}.png')).toMatchObject({ status: 0, stderr: '' });
    expect(recipeOf('goldfish.png')).toMatchObject({ model: { source: 'efficientnet-lite0' }, subject: { unit: 1 } });
  });
});

describe('phaselens layers', () => {
  it('lists them as a table and as JSON', async () => {
    const model = await loadTiny();
    const { stdout } = await run('layers', ...tiny, '--json');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(model.layers);
    const { status, stdout: table, stderr } = await run('layers', ...tiny);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const { name } of model.layers) expect(table).toContain(name);
  });

  it('does not mind a reader who leaves', async () => {
    const child = start('layers', ...tiny);
    child.stdout!.destroy();
    const status = await new Promise((resolve) => child.on('exit', resolve));
    expect(status).toBe(0);
  });
});

/** A different picture for each `seed`. */
function picture(seed: number): FloatImage {
  const data = Float32Array.from({ length: 3 * 24 * 24 }, (_, i) => 0.5 + 0.4 * Math.sin(i * (seed + 1) * 0.7 + seed));
  return { data, height: 24, width: 24 };
}

const rgb = (seed: number) => Uint8Array.from(picture(seed).data, (value) => 255 * value);

describe('phaselens gradient', () => {
  it('makes a map of what matters, and prints the score', async () => {
    writeFileSync(join(folder, 'photo.png'), encode({ data: rgb(3), height: 24, width: 24, channels: 3 }));
    const { status, stdout, stderr } = await run('gradient', 'photo.png', ...tiny, '-u', '1', '--json');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { out, score } = JSON.parse(stdout);
    const data = Float32Array.from(rgb(3), (value) => value / 255);
    const wanted = await (await loadTiny()).gradient({ data, height: 24, width: 24 }, logit(1));
    expect(score).toBe(wanted.score);
    const sizes = Float32Array.from({ length: 576 }, (_, i) =>
      Math.max(...wanted.gradient.data.slice(3 * i, 3 * i + 3).map(Math.abs)),
    );
    const brightest = sizes.indexOf(Math.max(...sizes));
    expect(png(out)).toMatchObject({ height: 24, width: 24 });
    expect(png(out).data[3 * brightest]).toBe(255);
    expect(Math.min(...png(out).data)).toBeLessThan(60);
  });
});

describe('phaselens spectrum', () => {
  const numbersOf = (npy: Uint8Array) => new Float32Array(Uint8Array.from(npy.subarray(128)).buffer);

  it('averages a folder', async () => {
    mkdirSync(join(folder, 'images', 'more'), { recursive: true });
    writeFileSync(join(folder, 'images', 'a.png'), encode({ data: rgb(1), height: 24, width: 24, channels: 3 }));
    const rgba = Uint8Array.from({ length: 4 * 576 }, (_, i) => (i % 4 === 3 ? 255 : rgb(2)[3 * (i >> 2) + (i % 4)]!));
    writeFileSync(join(folder, 'images', 'more', 'b.JPG'), encodeJpeg({ data: rgba, height: 24, width: 24 }, 95).data);
    writeFileSync(join(folder, 'images', 'notes.txt'), 'no image');
    const { status, stdout } = await run('spectrum', 'images', '--out', 'mean.npy', '--size', '24');
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining('2 images') });
    const wanted = numbersOf(await averageSpectrum([picture(1), picture(2)], { size: 24 }));
    const error = Math.hypot(...numbersOf(read('mean.npy')).map((value, i) => value - wanted[i]!)) / Math.hypot(...wanted);
    expect(error).toBeLessThan(0.2); // JPEG
  });

  it('names what is no image', async () => {
    mkdirSync(join(folder, 'broken'));
    expect(await run('spectrum', 'broken', '-o', 'x.npy')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('holds no'),
    });
    writeFileSync(join(folder, 'broken', 'a.png'), 'not a picture');
    expect(await run('spectrum', 'broken', '-o', 'x.npy')).toMatchObject({ status: 2, stderr: expect.stringContaining('a.png') });
    expect(await run('spectrum', 'nowhere', '-o', 'x.npy')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nowhere'),
    });
    expect(await run('spectrum', 'images', '-o', 'x.npy', '--size', 'big')).toMatchObject({ status: 2 });
  });
});

describe('bad input is told in a sentence', () => {
  const page = '<!doctype html><title>404</title>';
  const cases: [string, number, RegExp, string[]][] = [
    ['no command', 2, /render/, []],
    ['an unknown command', 2, /no command rendr\. Is it render\?/, ['rendr']],
    ['an unknown option', 2, /no option --sise\. Is it --size\?/, ['render', ...tiny, '-u', '1', '--sise', '64']],
    ['an unknown word', 2, /no use for 7/, ['render', ...tiny, '-u', '1', '7']],
    ['an option without its value', 2, /--unit/, ['render', ...tiny, '--unit']],
    ['a unit out of range', 2, /units from 0 to \d+, not 99/, ['render', ...tiny, '-u', '99']],
    ['a range the wrong way', 2, /range such as/, ['render', ...tiny, '-u', '5-2']],
    ['a name where there are none', 2, /no names of classes/, ['render', ...tiny, '-u', 'cat']],
    ['an unknown layer', 2, /no layer nowhere/, ['render', ...tiny, '-l', 'nowhere', '-u', '1']],
    ['nothing to show', 2, /--unit/, ['render', ...tiny]],
    ['a value out of bounds', 2, /option steps is/, ['render', ...tiny, '-u', '1', '--steps', 'many']],
    ['a distribution that is none', 2, /option boxSide is/, ['render', ...tiny, '-u', '1', '--box-side', 'wide:1']],
    ['an objective that is no JSON', 2, /--objective is JSON/, ['render', ...tiny, '--objective', '{kind']],
    ['a model that is missing', 1, /none\.onnx/, ['render', '-m', './none.onnx', '-u', '1']],
    ['an unknown packaged model', 2, /no packaged model efficientnet/, ['render', '-m', 'efficientnet', '-u', '1']],
    ['a page for a model', 1, /This is a web page: fetch the file itself/, ['render', '-m', './page.html', '-u', '1']],
    ['several pictures in one file', 2, /\{unit\}/, ['render', ...tiny, '-u', '1,2', '-o', 'x.png']],
    [
      'a folder that is missing',
      1,
      /no\/where cannot be made/,
      ['render', '-m', './page.html', '-u', '1', '-o', 'no/where/x.png'],
    ],
    ['a file that is no folder', 1, /page\.html/, ['render', ...tiny, '-u', '1', '-o', 'page.html/x.png']],
    ['another kind of file', 2, /PNG/, ['render', ...tiny, '-u', '1', '-o', 'x.jpg']],
    ['a picture of someone else', 1, /does not say how/, ['render', '--again', 'plain.png']],
    ['a checkpoint that is none', 2, /checkpoint/, ['render', ...tiny, '--resume', 'page.html']],
    ['options beside --again', 2, /leave --size out/, ['render', '--again', 'plain.png', '--size', '64']],
  ];
  it.each(cases)('%s', async (_, status, sentence, words) => {
    writeFileSync(join(folder, 'page.html'), page);
    writeFileSync(join(folder, 'plain.png'), encode({ data: new Uint8Array(12).fill(9), height: 2, width: 2, channels: 3 }));
    const ended = await run(...words);
    expect(ended).toEqual({ status, stdout: '', stderr: expect.stringMatching(sentence) });
    expect(ended.stderr).not.toMatch(/\n\s+at /);
    expect(existsSync(join(folder, 'x.png'))).toBe(false);
  });
});

it('phaselens says which version it is, and what it can do', async () => {
  const { version } = JSON.parse(readFileSync(new URL('package.json', dist), 'utf8'));
  expect(await run('--version')).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  expect(await run('-h')).toMatchObject({ status: 0, stdout: expect.stringContaining('spectrum'), stderr: '' });
});

it('progress is one line of a terminal, and nothing elsewhere', async () => {
  const { showLine, clearLine, timeLeft } = await import('../../build/modules/cli/progress.js');
  const written: string[] = [];
  const terminal = { isTTY: true, columns: 20, write: (text: string) => written.push(text) };
  showLine('x'.repeat(30), terminal);
  clearLine(terminal);
  showLine('x', { ...terminal, isTTY: false });
  expect(written).toEqual([`\r\x1b[K${'x'.repeat(19)}`, '\r\x1b[K']);
  expect(timeLeft(1000, 1, 3)).toBe('2 s left');
  expect(timeLeft(60_000, 1, 3)).toBe('2 min 0 s left');
});
