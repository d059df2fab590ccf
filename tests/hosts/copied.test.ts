/** Bundlers that do not follow addresses: the folder `phaselens` is copied beside the bundle, as README.md says. */
import { describe, it } from 'vitest';
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

  it('builds', async () => {
    const project = await makeProject(tools, files);
    await project.copy('node_modules/phaselens/phaselens', 'out/phaselens');
    await expectPicture(await serveBuilt(project, command, 'out'));
  });
});
