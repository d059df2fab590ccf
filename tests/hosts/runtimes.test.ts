/** Programs without a page. */
import { expect, it } from 'vitest';
import { makeProject } from './project';
import { consoleProgram } from './sample';
import { expectedSum } from './support';
import { versions } from './versions';

const files = {
  'picture.mjs': consoleProgram(),
  'picture.cjs': consoleProgram({ require: true }),
};

it.each([
  ['Node, import', versions.none, ['node', 'picture.mjs']],
  ['Node, require', versions.none, ['node', 'picture.cjs']],
  ['Bun, import', versions.bun, ['bun', 'picture.mjs']],
  ['Bun, require', versions.bun, ['bun', 'picture.cjs']],
  ['Deno', versions.deno, ['deno', 'run', '--allow-all', 'picture.mjs']],
] as const)('%s', async (_, tools, [program, ...args]) => {
  const project = await makeProject(tools, files);
  expect(Number(await project.run(program, ...args))).toBe(await expectedSum());
});
