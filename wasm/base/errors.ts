/** The library's one exception type. */

/** What can go wrong, for programs; `message` says it for people. */
export type ErrorCode =
  /** An allocation or the memory budget. */
  | 'out-of-memory'
  /** An option, size or image that cannot be. */
  | 'invalid-argument'
  /** Not an ONNX file, truncated or corrupt. */
  | 'invalid-model'
  /** An operator that is missing here; the message names the node and the operator, `lastLayer` a layer that works. */
  | 'unsupported-op'
  /** A valid ONNX file that cannot be run. */
  | 'unsupported-model'
  | 'unknown-layer'
  | 'unknown-unit'
  /** Not the file of a magnitude. */
  | 'invalid-magnitude'
  /** The network answered NaN or infinity. */
  | 'not-finite'
  | 'internal'
  /** The browser has no WebAssembly SIMD. */
  | 'no-simd'
  /** An address or file could not be read. */
  | 'network'
  /** The model or visualization was used after its end. */
  | 'disposed'
  /** A worker could not start or died; the model cannot be used any more. */
  | 'worker-failed';

/** Every failure but an abort, which throws `signal.reason` as `fetch` does. */
export class PhaselensError extends Error {
  override readonly name = 'PhaselensError';
  readonly code: ErrorCode;
  /** Where a layer cannot be run: the last layer on the way to it that can be, and has units to look at, if there is one. */
  readonly lastLayer?: string;

  constructor(
    code: ErrorCode,
    message: string,
    { lastLayer, ...options }: ErrorOptions & { lastLayer?: string | undefined } = {},
  ) {
    super(message, options);
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

/** The end of a model. */
export function workerFailed(reason: string, cause?: unknown): PhaselensError {
  return new PhaselensError('worker-failed', `A worker ${reason.replace(/\.$/, '')}. The model cannot be used any more.`, {
    cause,
  });
}

/** What is not a PhaselensError came from WebAssembly or a mistake of ours: the worker cannot be trusted any more. */
export function toPlainError(error: unknown): PlainError {
  if (error instanceof PhaselensError) return { code: error.code, message: error.message, lastLayer: error.lastLayer };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { ...toPlainError(workerFailed(`failed: ${message}`)), ...(stack === undefined ? {} : { stack }) };
}

export function fromPlainError({ code, message, lastLayer, stack }: PlainError): PhaselensError {
  const error = new PhaselensError(code, message, { lastLayer });
  if (stack !== undefined) error.stack = `${String(error)}\n  in a worker: ${stack}`;
  return error;
}

/** A wrong value, as messages show it. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' && typeof value !== 'string') return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}
