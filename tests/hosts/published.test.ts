/** What is published, looked at by those who know how packages go wrong, and by every TypeScript. */
import { expect, inject, it } from 'vitest';
import { makeProject } from './project';
import { versions } from './versions';

const program = `import { loadManifest, loadModel, logit } from 'phaselens'
import type { Model, PhaselensError } from 'phaselens'
export async function scores(failed: (error: PhaselensError) => void): Promise<number[]> {
  const [entry] = await loadManifest()
  const model: Model = await loadModel(entry!, { onProgress: ({ loaded }) => loaded.toFixed() })
  const found: number[] = []
  for await (const step of model.visualize(logit(985), { seed: 1 })) found.push(step.score, step.frame.data.length)
  await model.dispose()
  return found
}
`;

it('publint and attw find nothing', async () => {
  const project = await makeProject(versions.checks, {});
  const attw = (...args: string[]) => project.run('attw', inject('tarball'), ...args);
  expect(await project.run('publint', 'node_modules/phaselens', '--strict')).toContain('All good');
  await attw('--entrypoints', '.');
  // For pages, which have no require; bundlers require a module.
  await attw('--entrypoints', 'inline', 'element', 'define', '--ignore-rules', 'cjs-resolves-to-esm');
});

/** As people have them: how modules are found, and in which kinds of files. */
const settings: readonly (readonly string[])[] = [
  ['main.ts', '--module', 'commonjs', '--moduleResolution', 'node10'],
  ['main.mts', 'main.cts', '--module', 'node16', '--moduleResolution', 'node16'],
  ['main.ts', '--module', 'esnext', '--moduleResolution', 'bundler'],
];
/** And whose types there are. */
const surroundings = [
  ['--lib', 'ES2022', '--typeRoots', 'none'],
  ['--lib', 'ES2022', '--types', 'node'],
  ['--lib', 'ES2022,DOM', '--typeRoots', 'none'],
];

it.each(Object.entries(versions.typescript))('TypeScript, %s, compiles the declarations', async (name, version) => {
  const files = { 'main.ts': program, 'main.mts': program, 'main.cts': program, 'none/.keep': '' };
  const project = await makeProject({ [name]: version, '@types/node': '20.19.43' }, files);
  for (const resolution of settings) {
    const node10 = resolution.includes('node10');
    if (node10 && name === 'ts7') continue; // it has no such thing any more
    const silent = node10 && name === 'ts6' ? ['--ignoreDeprecations', '6.0'] : [];
    for (const around of surroundings) {
      const options = ['--noEmit', '--strict', '--target', 'ES2022', ...resolution, ...around, ...silent];
      await project.run('node', `node_modules/${name}/bin/tsc`, ...options);
    }
  }
});
