import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endOf, run, start } from './command.js';
import { dist } from './support.js';

let address = '';
const child = start('serve', '--json');
const ended = endOf(child);
beforeAll(async () => {
  const [line] = await once(child.stdout!, 'data');
  address = JSON.parse(String(line)).address;
});
afterAll(() => void child.kill('SIGKILL'));

/** As it is written: fetch would tidy it up. */
async function statusOf(path: string, method = 'GET'): Promise<number> {
  const { hostname, port } = new URL(address);
  const sent = request({ hostname, port, path, method }).end();
  const [response] = await once(sent, 'response');
  await text(response);
  return response.statusCode;
}

describe('phaselens serve', () => {
  it('serves the page and the package with their types', async () => {
    const page = await fetch(address);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await page.text()).toBe(readFileSync(new URL('page/index.html', dist), 'utf8'));
    const kinds = { 'phaselens/index.js': 'text/javascript', 'phaselens/phaselens/phaselens-simd.wasm': 'application/wasm' };
    for (const [name, kind] of Object.entries(kinds)) {
      const response = await fetch(address + name, { method: 'HEAD' });
      expect({ status: response.status, type: response.headers.get('content-type') }).toEqual({
        status: 200,
        type: expect.stringContaining(kind),
      });
    }
  });

  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/..%5cpackage.json',
    '/phaselens/../../package.json',
    '/phaselens/..%2f..%2fpackage.json',
    '/phaselens/..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd',
    '//etc/passwd',
    '/%00',
    '/%',
    '/nothing',
    '/assets',
  ])('has nothing at %s', async (path) => {
    expect(await statusOf(path)).toBe(404);
  });

  it('answers to nothing but reading', async () => {
    expect(await statusOf('/', 'POST')).toBe(405);
  });

  it('says that a port is taken, and which cannot be', async () => {
    const { port } = new URL(address);
    expect(await run('serve', '--port', port)).toMatchObject({ status: 1, stderr: expect.stringContaining('--port') });
    expect(await run('serve', '--port', '70000')).toMatchObject({ status: 2 });
  });

  it('ends by Ctrl-C', async () => {
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ status: 0, stderr: '' });
  });
});
