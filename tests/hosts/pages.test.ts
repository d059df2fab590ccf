/** Pages without a bundler: the package's files lie somewhere, and a script imports its entry. */
import { describe, expect, it } from 'vitest';
import { subPath } from '../web/server';
import { show, useChromium } from './page';
import { makeProject } from './project';
import { pageProgram, pictureModule } from './sample';
import { expectPicture, html, serveFolder } from './support';
import { versions } from './versions';

useChromium();

const cors = { 'Access-Control-Allow-Origin': '*' };
const installed = 'node_modules/phaselens';

/** A folder with a page and, beside it, the package. */
async function makeSite(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const project = await makeProject(versions.none, {
    'site/index.html': html('main.js'),
    'site/main.js': pageProgram({ from: './lens/index.js' }),
    ...files,
  });
  await project.copy(installed, 'site/lens');
  return `${project.folder}/site`;
}

describe('a page', () => {
  it('in a static folder, at its root and below', async () => {
    const url = await serveFolder(await makeSite());
    await expectPicture(url);
    await expectPicture(new URL(`.${subPath}`, url).href);
  });

  it('under a strict policy', async () => {
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";
    await expectPicture(await serveFolder(await makeSite(), { 'Content-Security-Policy': policy }));
  });

  it('that demands trusted types, and allows the policy phaselens', async () => {
    const policy = "require-trusted-types-for 'script'; trusted-types phaselens";
    await expectPicture(await serveFolder(await makeSite(), { 'Content-Security-Policy': policy }));
  });

  it('in a frame that is sandboxed', async () => {
    const index = '<!doctype html><title>host</title><iframe sandbox="allow-scripts" src="frame.html"></iframe>';
    const folder = await makeSite({ 'site/index.html': index, 'site/frame.html': html('main.js') });
    await expectPicture(await serveFolder(folder, cors), { framed: true });
  });
});

it.each([
  ["script-src 'self'", 'network', /wasm-unsafe-eval/],
  ["worker-src 'none'", 'worker-failed', /could not be started from .*worker\.js/],
  ["require-trusted-types-for 'script'; trusted-types others", 'worker-failed', /trusted-types phaselens/],
] as const)('a page whose policy is %s hears what is in the way', async (policy, code, message) => {
  const url = await serveFolder(await makeSite(), { 'Content-Security-Policy': policy });
  const { told } = await show(url);
  expect(told).toMatchObject({ code });
  expect(told.error).toMatch(message);
});

describe('the package on another origin', () => {
  const pageOf = async (from: string, main = pageProgram({ from })) => {
    const files = { 'site/index.html': html('main.js'), 'site/main.js': main };
    return serveFolder(`${(await makeProject(versions.none, files)).folder}/site`);
  };

  it('as it was published', async () => {
    const project = await makeProject(versions.none, {});
    const other = await serveFolder(`${project.folder}/${installed}`, cors);
    await expectPicture(await pageOf(`${other}index.js`));
  });

  it('leaves no address of its own in the page', async () => {
    const project = await makeProject(versions.none, {});
    const other = await serveFolder(`${project.folder}/${installed}`, cors);
    const watch = `
const open = new Set()
const { createObjectURL, revokeObjectURL } = URL
let made = 0
URL.createObjectURL = (blob) => { const url = createObjectURL(blob); open.add(url); made++; return url }
URL.revokeObjectURL = (url) => { open.delete(url); revokeObjectURL(url) }
picture().then(() => (globalThis.told = { made: made > 0, open: open.size }))
`;
    const { told } = await show(await pageOf('', pictureModule({ from: `${other}index.js` }) + watch));
    expect(told).toEqual({ made: true, open: 0 });
  });

  it('bundled anew by a CDN, which serves that from the root of the package', async () => {
    const project = await makeProject(versions.rollup, {});
    await project.run('rollup', `${installed}/index.js`, '--file', `${installed}/+esm.js`, '--silent');
    const other = await serveFolder(`${project.folder}/${installed}`, cors);
    await expectPicture(await pageOf(`${other}+esm.js`));
  });
});
