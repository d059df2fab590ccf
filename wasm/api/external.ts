/** Files beside an ONNX file, in which weights of it lie, as PyTorch's model.onnx.data: found among what is given, or where it is. */
import { PhaselensError } from '../base/errors.js';
import { isResponse, isUrl } from '../base/kinds.js';
import type { ExternalFile } from '../base/protocol.js';
import { absolute, type DownloadProgress, join, readSource, type Source } from '../base/source.js';

/** An address or a path (Node), whose last part is its name, a File, or anything with a name. */
export type ExternalData =
  | string
  | URL
  | File
  | {
      /** As the ONNX file has it. */
      readonly name: string;
      /** Where its bytes come from. */
      readonly source: Source;
    };

export interface ExternalOptions {
  given: readonly ExternalData[] | undefined;
  /** Of the ONNX file: what is not given is looked for beside it, where this is an address or a path. */
  beside: Source;
  signal?: AbortSignal | undefined;
  onProgress?: DownloadProgress;
}

/** The files of these names, which an ONNX file gives them. Errors: 'missing-data', 'invalid-argument'. */
export async function readExternal(
  names: readonly string[],
  { given, beside, signal, onProgress }: ExternalOptions,
): Promise<ExternalFile[]> {
  const files: ExternalFile[] = [];
  let done = 0;
  for (const name of names) {
    const source = findGiven(name, given ?? []) ?? addressOf(name, beside);
    const file = await read(name, source, signal, (loaded, total) =>
      onProgress?.(done + loaded, total === undefined ? undefined : done + total),
    );
    done += file.size;
    files.push({ name, file });
  }
  return files;
}

/** Only the last part of a name counts where none is the same: folders are lost on the way. */
function findGiven(name: string, given: readonly ExternalData[]): Source | undefined {
  const last = (path: string) => path.split(/[\\/]/).pop()!;
  const found = given.find((data) => nameOf(data) === name) ?? given.find((data) => last(nameOf(data)) === last(name));
  return found && isNamed(found) ? found.source : found;
}

function isNamed(data: ExternalData): data is { readonly name: string; readonly source: Source } {
  return typeof data === 'object' && 'source' in data;
}

function isAddress(source: unknown): source is string | URL {
  return typeof source === 'string' || isUrl(source);
}

function nameOf(data: ExternalData): string {
  if (isAddress(data)) return decodeURIComponent(new URL(absolute(data)).pathname);
  if (typeof data === 'object' && data !== null && typeof data.name === 'string') return data.name;
  throw new PhaselensError('invalid-argument', 'External data is an address, a path, a File or {name, source}.');
}

function addressOf(name: string, beside: Source): string {
  const address = isResponse(beside) ? beside.url : beside;
  if (isAddress(address) && address !== '') return join(name.split('/').map(encodeURIComponent).join('/'), absolute(address));
  throw new PhaselensError(
    'missing-data',
    `This model's weights lie in another file, '${name}', which was not given: give both together.`,
  );
}

async function read(name: string, source: Source, signal: AbortSignal | undefined, onProgress: DownloadProgress): Promise<Blob> {
  try {
    return await readSource(source, signal, onProgress);
  } catch (cause) {
    if (!(cause instanceof PhaselensError) || cause.code !== 'network') throw cause;
    throw new PhaselensError('missing-data', `This model's weights lie in another file, '${name}'. ${cause.message}`, { cause });
  }
}

/** What a protocol buffer may have; and what a model may have in all, since WebAssembly's 4 GB hold what is made of it too. */
const largestFile = 2 ** 31 - 1;
const largestModel = 2 ** 31;

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** Errors: 'unsupported-model', 'out-of-memory'. */
export function checkSizes(model: Blob, external: readonly ExternalFile[] = []): void {
  if (model.size > largestFile)
    throw new PhaselensError(
      'unsupported-model',
      `This file has ${gigabytes(model.size)}, but an ONNX file has 2 GB at most: larger models have their weights in files beside it.`,
    );
  const size = external.reduce((sum, { file }) => sum + file.size, model.size);
  if (size > largestModel)
    throw new PhaselensError(
      'out-of-memory',
      `This model's files have ${gigabytes(size)}, but 2 GB are the most that can be run: WebAssembly has 4 GB for all that is made of them.`,
    );
}
