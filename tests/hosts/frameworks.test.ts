/** Frameworks, which bundle in their own ways, for the server too. */
import { describe, it } from 'vitest';
import { useChromium } from './page';
import { makeProject } from './project';
import { pictureModule, tell, told } from './sample';
import { expectNoPaths, expectPicture, serveBuilt } from './support';
import { versions } from './versions';

useChromium();

describe.each(['--turbopack', '--webpack'])('Next, %s', (bundler) => {
  const files = {
    'picture.js': pictureModule(),
    'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>\n',
    'app/page.js': `'use client'
import { useEffect } from 'react'
import { picture } from '../picture.js'

export default function Page() {
  // In development it is run, left and run again: two pictures must not share the canvas.
  useEffect(() => {
    const left = new AbortController()
    ${tell('picture(left.signal)').replace(/^/gm, '    ').trim()}
    return () => left.abort()
  }, [])
  return <canvas />
}
`,
  };

  it('builds', async () => {
    const project = await makeProject(versions.next, files, {});
    await project.run('next', 'build', bundler);
    await expectNoPaths(project, '.next/static');
    await expectPicture(await project.serve('next', 'start', '--port', '0'));
  });

  it('develops', async () => {
    const project = await makeProject(versions.next, files, {});
    await expectPicture(await project.serve('next', 'dev', bundler, '--port', '0'));
  });
});

/** It brings a package's scripts alone: what else is wanted is inside, but for the model, which is a file of the page's. */
it('Observable Framework, with phaselens/inline', async ({ skip }) => {
  const modelUrl = "FileAttachment('efficientnet-lite0.onnx').href";
  const project = await makeProject(versions.observable, {
    'src/index.md': `# Host\n\n<canvas></canvas>\n\n\`\`\`js\nimport { picture } from './picture.js'\n${told}\`\`\`\n`,
    'src/picture.js': `import { FileAttachment } from 'observablehq:stdlib'\n${pictureModule({ from: 'phaselens/inline', modelUrl })}`,
  });
  await project.copy('node_modules/phaselens/phaselens/models/efficientnet-lite0.onnx', 'src/efficientnet-lite0.onnx');
  const built = await serveBuilt(project, ['observable', 'build'], 'dist').catch((error: Error) => error);
  // It asks a registry of its own choice for its own libraries, whatever npm is told.
  if (built instanceof Error && /fetch failed/.test(built.message)) skip('the registry that it asks cannot be reached from here');
  if (built instanceof Error) throw built;
  await expectPicture(built);
});
