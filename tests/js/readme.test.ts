/** The examples of README.md run as they stand there; those for a page (with `document`) are left to the page's tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from './command.js';
import { realModel } from './support.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = `${root}README.md`;
const content = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
const blocks = [...content.matchAll(/^```(?:js|ts)\n(.*?)^```/gms)].map(([, code]) => code!);
const examples = blocks.filter((code) => code.includes("from 'phaselens'") && !code.includes('document'));

const commands = [...content.matchAll(/^npx (phaselens .*?)(?: +#.*)?$/gm)].map(([, line]) => line!);

describe.skipIf(!realModel || commands.length === 0)('the command lines of README.md', () => {
  it.each(commands)('%s', async (line) => {
    const words = line.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll("'", ''));
    expect(await run(...words.slice(1))).toMatchObject({ status: 0, stderr: '' });
  });
});

describe.skipIf(!realModel || examples.length === 0)('README.md', () => {
  it.each(examples.map((code, i) => [i + 1, code] as const))('example %i runs', async (_, code) => {
    // From the project's folder, Node resolves 'phaselens' to it.
    const child = spawn(process.execPath, ['--input-type=module'], { cwd: root, stdio: ['pipe', 'ignore', 'pipe'] });
    child.stdin.end(code);
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
