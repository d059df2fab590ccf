/** The examples of README.md run as they stand there; those for a page (with `document`) are left to the page's tests. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { realModel } from './support.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = `${root}README.md`;
const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
const blocks = [...text.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, code]) => code!);
const examples = blocks.filter((code) => code.includes("from 'phaselens'") && !code.includes('document'));

describe.skipIf(!realModel || examples.length === 0)('README.md', () => {
  it.each(examples.map((code, i) => [i + 1, code] as const))('example %i runs', (_, code) => {
    // From the project's folder, Node resolves 'phaselens' to it.
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
      cwd: root,
      input: code,
      timeout: 120_000,
    });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  });
});
