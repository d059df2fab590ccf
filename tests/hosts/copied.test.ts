/**
 * Bundlers that do not follow addresses: the folder `phaselens` is copied beside the bundle, or `phaselens/inline` has all inside but the
 * model, as README.md says.
 */
import { describe, expect, it } from 'vitest';
import { show, useChromium } from './page';
import { makeProject } from './project';
import { elementProgram, pageProgram } from './sample';
import { expectPicture, html, serveBuilt } from './support';
import { versions } from './versions';

useChromium();

const model = 'phaselens/models/efficientnet-lite0.onnx';

describe.each([
  ['esbuild', versions.esbuild, ['esbuild', 'main.js', 'element.js', '--bundle', '--format=esm', '--outdir=out']],
  [
    'esbuild, splitting',
    versions.esbuild,
    ['esbuild', 'main.js', 'element.js', '--bundle', '--format=esm', '--splitting', '--outdir=out'],
  ],
  ['rollup', versions.rollup, ['rollup', 'main.js', 'element.js', '--dir', 'out', '--plugin', 'node-resolve']],
  ['bun', versions.bun, ['bun', 'build', 'main.js', 'element.js', '--outdir', 'out']],
] as const)('%s', (_, tools, command) => {
  const files = {
    'out/index.html': html('main.js'),
    'main.js': pageProgram(),
    'out/element.html': html('element.js'),
    'element.js': elementProgram("import 'phaselens/define'"),
  };

  it('builds what phaselens/inline has inside', async () => {
    const main = pageProgram({ from: 'phaselens/inline', modelUrl: "'model.onnx'" });
    const element = elementProgram(
      "import { PhaseLens } from 'phaselens/inline'\ncustomElements.define('phase-lens', PhaseLens)",
    );
    const project = await makeProject(tools, { ...files, 'main.js': main, 'element.js': element });
    await project.copy(`node_modules/phaselens/${model}`, 'out/model.onnx');
    await project.copy(`node_modules/phaselens/${model}`, `out/${model}`);
    const url = await serveBuilt(project, command, 'out');
    const requests = [...(await expectPicture(url)), ...(await expectPicture(`${url}element.html`))];
    for (const name of ['.wasm', 'worker.js', '.npy', '.txt']) expect(requests.join()).not.toContain(name);
  });

  it('builds', async () => {
    const project = await makeProject(tools, files);
    await project.copy('node_modules/phaselens/phaselens', 'out/phaselens');
    const url = await serveBuilt(project, command, 'out');
    await expectPicture(url);
    expect((await show(`${url}element.html`)).told).toEqual({ sum: expect.any(Number) }); // of the fastest build
  });
});
