/**
 * Bundlers that do not follow addresses: the folder `phaselens` is copied beside the bundle, or `phaselens/inline` has all inside but the
 * model, as README.md says.
 */
import { describe, expect, it } from 'vitest';
import { useChromium } from './page';
import { makeProject } from './project';
import { pageProgram } from './sample';
import { expectPicture, html, serveBuilt } from './support';
import { versions } from './versions';

useChromium();

describe.each([
  ['esbuild', versions.esbuild, ['esbuild', 'main.js', '--bundle', '--format=esm', '--outdir=out']],
  ['esbuild, splitting', versions.esbuild, ['esbuild', 'main.js', '--bundle', '--format=esm', '--splitting', '--outdir=out']],
  ['rollup', versions.rollup, ['rollup', 'main.js', '--dir', 'out', '--plugin', 'node-resolve']],
  ['bun', versions.bun, ['bun', 'build', 'main.js', '--outdir', 'out']],
] as const)('%s', (_, tools, command) => {
  const files = { 'out/index.html': html('main.js'), 'main.js': pageProgram() };

  it('builds what phaselens/inline has inside', async () => {
    const main = pageProgram({ from: 'phaselens/inline', modelUrl: "'model.onnx'" });
    const project = await makeProject(tools, { ...files, 'main.js': main });
    await project.copy('node_modules/phaselens/phaselens/models/efficientnet-lite0.onnx', 'out/model.onnx');
    const requests = await expectPicture(await serveBuilt(project, command, 'out'));
    for (const name of ['.wasm', 'worker.js', '.npy', '.txt']) expect(requests.join()).not.toContain(name);
  });

  it('builds', async () => {
    const project = await makeProject(tools, files);
    await project.copy('node_modules/phaselens/phaselens', 'out/phaselens');
    await expectPicture(await serveBuilt(project, command, 'out'));
  });
});
