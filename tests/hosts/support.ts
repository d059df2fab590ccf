/** What the hosts' tests share. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { serve } from '../web/server';
import { show } from './page';
import { makeProject, type Project } from './project';
import { consoleProgram } from './sample';
import { versions } from './versions';

/** A page that runs a script, with a canvas for it. */
export const html = (script: string, type = 'module', head = ''): string =>
  `<!doctype html><html><head><meta charset="utf-8"><title>host</title>${head}</head><body><canvas></canvas><script type="${type}" src="${script}"></script></body></html>`;

let known: Promise<number> | undefined;

/** The sum that Node gives: that of every host. */
export function expectedSum(): Promise<number> {
  known ??= makeProject(versions.none, { 'picture.mjs': consoleProgram() }).then(async (project) =>
    Number(await project.run('node', 'picture.mjs')),
  );
  return known;
}

/** A static server of a folder until the test is over; its address. */
export async function serveFolder(folder: string, headers?: Readonly<Record<string, string>>): Promise<string> {
  const server = await serve(folder, headers);
  onTestFinished(server.close);
  return server.url;
}

/** Builds with a tool, and serves what it wrote. */
export async function serveBuilt(
  project: Project,
  [program, ...args]: readonly [string, ...string[]],
  folder: string,
): Promise<string> {
  await project.run(program, ...args);
  await expectNoPaths(project, folder);
  return serveFolder(`${project.folder}/${folder}`);
}

/** Of the machine that built it, no script tells. */
export async function expectNoPaths({ folder }: Project, within: string): Promise<void> {
  const scripts = (await readdir(join(folder, within), { recursive: true })).filter((name) => /\.m?js$/.test(name));
  expect(scripts).not.toEqual([]);
  for (const name of scripts) expect(await readFile(join(folder, within, name), 'utf8')).not.toContain(folder);
}

/** The page shows the picture, and nobody's files but its own server's were asked for. */
export async function expectPicture(url: string, options?: Parameters<typeof show>[1]): Promise<string[]> {
  const { told, requests } = await show(url, options);
  expect(told).toEqual({ sum: await expectedSum() });
  return requests;
}
