/** Bundlers that follow the addresses in the package, without configuration. */
import { describe, it } from 'vitest';
import { useChromium } from './page';
import { makeProject } from './project';
import { pageProgram } from './sample';
import { expectPicture, html, serveBuilt } from './support';
import { versions } from './versions';

useChromium();

describe.each(['production', 'development'])('webpack, %s', (mode) => {
  it('builds', async () => {
    const project = await makeProject(versions.webpack, {
      'dist/index.html': html('main.js', ''),
      'src/index.js': pageProgram(),
    });
    await expectPicture(await serveBuilt(project, ['webpack', '--mode', mode], 'dist'));
  });
});

it('parcel', async () => {
  const files = { 'index.html': html('main.js'), 'main.js': pageProgram() };
  const project = await makeProject(versions.parcel, files);
  await expectPicture(await serveBuilt(project, ['parcel', 'build', 'index.html', '--no-cache'], 'dist'));
});
