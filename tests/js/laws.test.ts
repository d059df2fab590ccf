import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { broken, type SourceFile } from './laws.js';

const root = join(import.meta.dirname, '../..');

function filesIn(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name}`)
    .filter((path) => /\.(c|h|inc|cpp|ts)$/.test(path) && !/toolchain|vite\.config/.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

const files = ['src', 'wasm', 'web'].flatMap(filesIn);

/** What is broken when a file says this too. */
function brokenBy(path: string, line: string): string[] {
  const before = files.find((file) => file.path === path)?.text ?? '';
  return broken([...files.filter((file) => file.path !== path), { path, text: `${line}\n${before}` }]);
}

it('all files keep the laws', () => {
  expect(files.length).toBeGreaterThan(200);
  expect(broken(files)).toEqual([]);
});

describe('it is told that', () => {
  const includes: [string, string][] = [
    ['src/image/crops.c', 'network/model.h'],
    ['src/network/model.c', 'image/crops.h'],
    ['src/base/rng.c', 'run/run.h'],
    ['src/network/model.c', 'run/run.h'],
    ['src/image/frame.c', 'run/run.h'],
    ['src/network/exec/exec.c', 'xnnpack.h'],
    ['src/image/frame.c', 'kiss_fft.h'],
    ['src/run/run.c', 'cJSON.h'],
    ['src/base/tensor.c', 'network/file/onnx.h'],
    ['src/network/file/onnx.c', 'network/graph/graph.h'],
    ['src/network/graph/readers.c', 'network/ops/ops.h'],
    ['src/network/ops/conv.c', 'network/fold/fold.h'],
    ['src/network/ops/kernels/dense.c', 'network/ops/reduce.h'],
    ['src/network/fold/fold.c', 'network/build/flatten.h'],
    ['src/network/build/hint.c', 'network/exec/exec.h'],
    ['src/network/exec/exec.c', 'network/model.h'],
    ['src/network/model.c', 'network/objective/objective.h'],
    ['src/image/crops.c', 'image/parametrization/parametrization.h'],
    ['src/a_new_folder/file.c', 'base/rng.h'],
  ];
  it.each(includes)('%s includes %s', (path, name) => {
    const to = /^(base|network|image|run)\//.test(name) ? `src/${name}` : name;
    expect(brokenBy(path, `#include "${name}"`)).toContain(`${path} must not use ${to}.`);
    expect(brokenBy(path, `#  include <${name}>`)).toContain(`${path} must not use ${to}.`);
  });

  const imports: [string, string, string][] = [
    ['wasm/base/errors.ts', '../workers/crew.js', 'wasm/workers/crew.ts'],
    ['wasm/base/errors.ts', '../binding/binding.js', 'wasm/binding/binding.ts'],
    ['wasm/workers/lead.ts', '../api/model.js', 'wasm/api/model.ts'],
    ['wasm/workers/lead.ts', 'node:path', 'node:path'],
    ['wasm/workers/lead.ts', 'lodash', 'lodash'],
    ['wasm/api/model.ts', '../cli/main.js', 'wasm/cli/main.ts'],
    ['wasm/cli/render.ts', '../api/model.js', 'wasm/api/model.ts'],
    ['wasm/cli/render.ts', 'jpeg-js', 'jpeg-js'],
    ['wasm/api/model.ts', '../../web/phaselens.js', 'web/phaselens.ts'],
    ['wasm/api/model.ts', '../element/index.js', 'wasm/element/index.ts'],
    ['wasm/element/view.ts', '../base/errors.js', 'wasm/base/errors.ts'],
    ['wasm/element/view.ts', '../api/model.js', 'wasm/api/model.ts'],
    ['web/parts/notice.ts', '../run/state', 'web/run/state.ts'],
    ['web/run/state.ts', '../models/layers', 'web/models/layers.ts'],
    ['web/models/layers.ts', '../fields/controls', 'web/fields/controls.ts'],
    ['web/fields/controls.ts', '../picture/canvas', 'web/picture/canvas.ts'],
    ['web/picture/canvas.ts', '../elements', 'web/elements.ts'],
    ['web/phaselens.ts', './run/state', 'web/run/state.ts'],
    ['web/phaselens.ts', '../dist/base/errors.js', 'dist/base/errors.js'],
    ['web/run/session.ts', '../../dist/index.js', 'dist/index.js'],
    ['web/run/session.ts', '../../wasm/api/index.js', 'wasm/api/index.ts'],
    ['web/run/session.ts', 'uplot', 'uplot'],
  ];
  it.each(imports)('%s imports %s', (path, name, to) => {
    expect(brokenBy(path, `import { x } from '${name}';`)).toContain(`${path} must not use ${to}.`);
    expect(brokenBy(path, `export type * from '${name}';`)).toContain(`${path} must not use ${to}.`);
    expect(brokenBy(path, `await import('${name}');`)).toContain(`${path} must not use ${to}.`);
  });

  it.each([
    'document.title',
    'globalThis.document?.title',
    'window.top',
    'self.location',
    'const a = (b: HTMLElement) => b',
    'new ResizeObserver()',
    'localStorage.length',
  ])('the package says %s', (line) => {
    const told = brokenBy('wasm/api/step.ts', line);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^wasm\/api\/step\.ts must not use .*: the DOM is for web\/ and wasm\/element\/\.$/);
    expect(brokenBy('wasm/api/step.ts', `// ${line}`)).toEqual([]);
    expect(brokenBy('web/parts/notice.ts', line)).toEqual([]);
  });

  it.each(['wasm/base/source.ts', 'web/parts/drop.ts'])('%s asks whose a thing is', (path) => {
    const told = [`${path} must not ask instanceof Blob: other realms have classes of their own.`];
    expect(brokenBy(path, 'if (source instanceof Blob) return;')).toEqual(told);
    expect(brokenBy(path, 'if (error instanceof PhaselensError) return;')).toEqual([]);
  });

  it.each([
    ['src/image/crops.h', '#include "image/photos.h"', 'src/image/photos.h', '#include "image/crops.h"'],
    ['web/run/state.ts', "import type { A } from './session';", 'web/run/session.ts', "import type { B } from './state';"],
  ])('%s and another know each other', (one, line, other, back) => {
    const changed = files.map((file) => {
      const more = file.path === one ? line : file.path === other ? back : '';
      return { ...file, text: `${more}\n${file.text}` };
    });
    expect(broken(changed).join('\n')).toMatch(/A circle: .* -> /);
    expect(broken(changed).join('\n')).toContain(`${one} -> ${other}`);
  });
});
