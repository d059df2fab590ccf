/** A project of someone's, in a folder outside of this one, with the packed package in it. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { inject, onTestFinished } from 'vitest';

/** What a tool may be told by the environment: to ask nobody. The tests' own NODE_ENV would have it build for developing. */
const env = {
  ...process.env,
  NODE_ENV: undefined,
  CI: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  PARCEL_WORKERS: '1',
  NO_COLOR: '1',
  NODE_OPTIONS: '',
};

export class Project {
  constructor(readonly folder: string) {}

  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, name)), { recursive: true });
      await writeFile(join(this.folder, name), content);
    }
  }

  copy(from: string, to: string): Promise<void> {
    return cp(join(this.folder, from), join(this.folder, to), { recursive: true });
  }

  /** Standard output; throws what was said where a program fails. */
  async run(program: string, ...args: string[]): Promise<string> {
    const child = spawn(this.#find(program), args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject));
    const [output, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output}\n${errors}`);
    return output;
  }

  /** Runs a server until the test is over; its address, when it has said it. */
  serve(program: string, ...args: string[]): Promise<string> {
    const child = spawn(this.#find(program), args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
    onTestFinished(() => {
      process.kill(-child.pid!, 'SIGKILL'); // it, and what it has started
      return closed;
    });
    return new Promise((resolve, reject) => {
      let said = '';
      const hear = (part: Buffer) => {
        said += part;
        const [address] = /http:\/\/(localhost|127\.0\.0\.1):\d+\/?/.exec(said) ?? [];
        if (address) resolve(address);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.on('error', reject);
      child.on('close', () => reject(new Error(`${program} ended before it served:\n${said}`)));
    });
  }

  #find(program: string): string {
    return ['node', 'npm'].includes(program) ? program : join(this.folder, 'node_modules/.bin', program);
  }
}

/** Installed, with the tools named; gone when the test is over. */
export async function makeProject(
  tools: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>>,
  description: object = { type: 'module' },
): Promise<Project> {
  const project = new Project(await mkdtemp(join(tmpdir(), 'phaselens-host-')));
  onTestFinished(() => rm(project.folder, { recursive: true, force: true }));
  const dependencies = { phaselens: `file:${inject('tarball')}`, ...tools };
  await project.write({
    'package.json': JSON.stringify({ name: 'host', private: true, ...description, dependencies }),
    ...files,
  });
  await project.run('npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error');
  return project;
}
