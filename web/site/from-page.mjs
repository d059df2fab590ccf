// What the page itself decides: its TypeScript, for scripts that make pictures as it does.
import { resolve } from 'node:path';
import { build } from 'esbuild';

/** All that these modules of web/ export. */
export async function page(...names) {
  const contents = names.map((name) => `export * from './${name}';`).join('\n');
  const stdin = { contents, resolveDir: resolve(import.meta.dirname, '..'), loader: 'ts' };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', platform: 'neutral', write: false });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
