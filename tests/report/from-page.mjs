// What the page itself decides: its TypeScript, for scripts that make pictures as it does.
import { build } from 'esbuild';
import { root } from './networks.mjs';

/** All that these modules of web/ export. */
export async function page(...names) {
  const contents = names.map((name) => `export * from './${name}';`).join('\n');
  const stdin = { contents, resolveDir: `${root}/web`, loader: 'ts' };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', platform: 'neutral', write: false });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}
