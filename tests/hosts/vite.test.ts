/** Vite, which follows the addresses in the package, and has a way of its own while developing. */
import { describe, it } from 'vitest';
import { useChromium } from './page';
import { makeProject } from './project';
import { pageProgram } from './sample';
import { expectPicture, html, serveBuilt } from './support';
import { versions } from './versions';

useChromium();

describe.each(['vite7', 'vite8'] as const)('%s', (name) => {
  const files = { 'index.html': html('/main.js'), 'main.js': pageProgram() };

  it('builds', async () => {
    const project = await makeProject(versions[name], files);
    await expectPicture(await serveBuilt(project, ['vite', 'build'], 'dist'));
  });

  it('develops', async () => {
    const project = await makeProject(versions[name], files);
    await expectPicture(await project.serve('vite', '--port', '0'));
  });
});
