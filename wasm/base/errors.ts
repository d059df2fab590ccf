/** The library's one exception type. */
import { isBuffer, kindOf } from './kinds.js';

/** What can go wrong, for programs; `message` says it for people. */
export type ErrorCode =
  /** An allocation or the memory budget. */
  | 'out-of-memory'
  /** An option, size or image that cannot be. */
  | 'invalid-argument'
  /** Not an ONNX file, truncated or corrupt. */
  | 'invalid-model'
  /** Weights of the model lie in another file, which is neither given nor beside it; the message names it. */
  | 'missing-data'
  /** An operator that is missing here; the message names the node and the operator, `lastLayer` a layer that works. */
  | 'unsupported-op'
  /** A valid ONNX file that cannot be run. */
  | 'unsupported-model'
  /** The model has no layer of this name. */
  | 'unknown-layer'
  /** The layer has no unit of this number, or the model no class of this name. */
  | 'unknown-unit'
  /** Not the file of a magnitude. */
  | 'invalid-magnitude'
  /** The network answered NaN or infinity. */
  | 'not-finite'
  /** A mistake of this library. */
  | 'internal'
  /** The browser has no WebAssembly SIMD. */
  | 'no-simd'
  /** An address or file could not be read. */
  | 'network'
  /** The model or visualization was used after its end. */
  | 'disposed'
  /** A worker could not start or died; the model cannot be used any more. */
  | 'worker-failed';

/** In characters; no message of ours is longer, but what it quotes of others may be. */
const longestMessage = 2000;

/** Every failure but an abort, which throws `signal.reason` as `fetch` does. */
export class PhaselensError extends Error {
  /** Of the class, also where its code was made short. */
  override readonly name = 'PhaselensError';
  /** What went wrong, for programs. */
  readonly code: ErrorCode;
  /** Where a layer cannot be run: the last layer on the way to it that can be, and has units to look at, if there is one. */
  readonly lastLayer?: string;

  constructor(
    code: ErrorCode,
    message: string,
    { lastLayer, ...options }: ErrorOptions & { lastLayer?: string | undefined } = {},
  ) {
    super(cut(message, longestMessage), options);
    this.code = code;
    if (lastLayer !== undefined) this.lastLayer = lastLayer;
  }
}

/** An error on its way between threads. */
export interface PlainError {
  code: ErrorCode;
  message: string;
  lastLayer?: string | undefined;
  stack?: string;
}

/** Whether memory ran out, which every engine says in its own way. */
function isNoMemory(error: unknown): boolean {
  const { code, message } = Object(error) as { code?: unknown; message?: unknown };
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || /out of memory|allocat|array (buffer )?length/i.test(String(message));
}

/** `error`, called out of memory if it is that. */
export function nameMemory(error: unknown): unknown {
  if (error instanceof PhaselensError || !isNoMemory(error)) return error;
  const message = (error as Error).message.replace(/\.$/, '');
  return new PhaselensError('out-of-memory', `Out of memory: ${message}.`, { cause: error });
}

/** The end of a model. */
export function workerFailed(reason: string, cause?: unknown): PhaselensError {
  const [code, begin]: [ErrorCode, string] = isNoMemory(cause) ? ['out-of-memory', 'Out of memory: a'] : ['worker-failed', 'A'];
  return new PhaselensError(code, `${begin} worker ${reason.replace(/\.$/, '')}. The model cannot be used any more.`, { cause });
}

/** What is neither a PhaselensError nor a lack of memory came from WebAssembly or a mistake of ours: the worker cannot be trusted any more. */
export function toPlainError(thrown: unknown): PlainError {
  const error = nameMemory(thrown);
  if (error instanceof PhaselensError) return { code: error.code, message: error.message, lastLayer: error.lastLayer };
  const { message = String(error), stack } = Object(error) as Partial<Error>;
  return { ...toPlainError(workerFailed(`failed: ${message}`)), ...(stack === undefined ? {} : { stack }) };
}

export function fromPlainError({ code, message, lastLayer, stack }: PlainError): PhaselensError {
  const error = new PhaselensError(code, message, { lastLayer });
  if (stack !== undefined) error.stack = `${String(error)}\n  in a worker: ${stack}`;
  return error;
}

/** A text of someone else's in a message, which would have no end if it is a file; what is cut out is in its middle. */
export function cut(value: unknown, most = 200): string {
  const text = String(value);
  if (text.length <= most) return text;
  return `${text.slice(0, most - most / 4)} … ${text.slice(text.length - most / 4)}`;
}

/** A wrong value, as messages show it. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${cut(value)}n`;
  if (typeof value !== 'object' && typeof value !== 'string') return cut(value);
  try {
    return cut(JSON.stringify(value, shorten));
  } catch {
    return cut(value);
  }
}

/** For JSON.stringify: what fits into no sentence is not written out at all. */
function shorten(_: string, value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (isBuffer(value) || ArrayBuffer.isView(value)) return `${kindOf(value)} of ${value.byteLength} bytes`;
  return Array.isArray(value) && value.length > 20 ? [...value.slice(0, 20), '…'] : value;
}
