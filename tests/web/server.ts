/** A plain static host: no special headers, the page at the root and in a folder. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

export const subPath = '/articles/phaselens/';

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.jpg': 'image/jpeg',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export interface Server {
  url: string;
  close(): Promise<void>;
}

/** Port 0 is one that is free. */
export async function serve(folder: string, headers: Readonly<Record<string, string>> = {}, port = 0): Promise<Server> {
  const server = createServer(async (request, response) => {
    let path = decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname);
    if (path.startsWith(subPath)) path = path.slice(subPath.length - 1);
    if (path.endsWith('/')) path += 'index.html';
    try {
      const data = await readFile(join(folder, normalize(path)));
      response.writeHead(200, {
        ...headers,
        'Content-Type': types[extname(path)] ?? 'application/octet-stream',
        'Content-Length': data.length,
      });
      response.end(data);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
