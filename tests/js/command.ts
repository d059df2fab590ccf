/** The command as its users have it: the built file, in a process of its own, in a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { afterAll } from 'vitest';
import { dist, tinyFile } from './support.js';

const file = fileURLToPath(new URL('cli.js', dist));

export const folder: string = mkdtempSync(join(tmpdir(), 'phaselens-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The tiny network and what it expects, and steps that take no time. */
writeFileSync(join(folder, 'tiny.onnx'), tinyFile);
export const tiny = ['--model', './tiny.onnx', '--preprocessing', '{"mean":[0,0,0],"std":[1,1,1]}'];
export const quickly = ['--size', '64', '--steps', '12', '--crops', '4', '--seed', '7', '--crop-size', '0'];

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

export const start = (...words: string[]): ChildProcess => spawn(process.execPath, [file, ...words], { cwd: folder });

export async function endOf(child: ChildProcess): Promise<Ended> {
  const status = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  return { status: await status, stdout, stderr };
}

export const run = (...words: string[]): Promise<Ended> => endOf(start(...words));

export const read = (name: string): Buffer => readFileSync(join(folder, name));

export const png = (name: string) => decode(read(name));
