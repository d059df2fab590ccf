/** `phaselens serve`: the page, from the package alone. */
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command, Given } from './command.js';
import { Exit, failed, misuse, reasonOf } from './exit.js';
import { interruption } from './interrupt.js';
import { teller } from './speak.js';

/** The page looks for the package below itself, where it is not: it lies around the page. */
const packaged = fileURLToPath(new URL('.', import.meta.url));
const page = join(packaged, 'page') + sep;
const below = '/phaselens/';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

/** The file of an address; undefined for what is none, or outside. */
function fileOf(address: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(address, 'http://localhost').pathname);
    const [folder, rest] = path.startsWith(below) ? [packaged, path.slice(below.length)] : [page, path];
    const file = join(folder, rest.endsWith('/') ? `${rest}index.html` : rest);
    return file.startsWith(folder) && statSync(file).isFile() ? file : undefined;
  } catch {
    return undefined;
  }
}

function answer({ method = '', url = '' }: IncomingMessage, response: ServerResponse): void {
  if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
  const file = fileOf(url);
  if (file === undefined) return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such file.\n');
  response.writeHead(200, {
    'Content-Type': types[extname(file)] ?? 'application/octet-stream',
    'Content-Length': statSync(file).size,
    'Cache-Control': 'no-cache',
    'X-Content-Type-Options': 'nosniff',
  });
  if (method === 'HEAD') return void response.end();
  createReadStream(file)
    .on('error', () => response.destroy())
    .pipe(response);
}

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new Exit(failed, `${host}:${port} cannot be served: ${reasonOf(cause)}. --port names another one.`, { cause }));
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

async function run(given: Given): Promise<void> {
  const [host, port = 0] = [given.text('host') ?? '127.0.0.1', given.whole('port', 0)];
  if (port > 65535) throw misuse(`--port is a number from 0 to 65535, not ${port}.`);
  const server = createServer(answer);
  const { address, port: chosen, family } = await listen(server, port, host);
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}/`;
  teller(given)({ address: url }, `${url}  Ctrl-C ends it.`);
  await new Promise((resolve) => interruption.addEventListener('abort', resolve));
  server.close();
  server.closeAllConnections();
}

export const serve: Command = {
  name: 'serve',
  usage: '[--port PORT]',
  summary: 'Serves the page that tries everything out, from the package alone, until Ctrl-C.',
  operands: [0, 0],
  flags: [
    { name: 'port', short: 'p', value: 'PORT', text: 'Default: one that is free.' },
    { name: 'host', value: 'HOST', text: 'Where it listens. Default: 127.0.0.1, so that this machine alone sees it.' },
    { name: 'json', text: 'The address as a line of JSON.' },
  ],
  run,
};
