/**
 * What a value is, whoever made it: what comes from an iframe, a vm context or a test runner's imitation of a browser is no instance of
 * the classes that are known here.
 */

/** As objects of the language and of browsers name themselves: 'Float32Array', 'Blob'. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

export function isBuffer(value: unknown): value is ArrayBuffer {
  return kindOf(value) === 'ArrayBuffer';
}

export function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(value) && kindOf(value) === 'Uint8Array';
}

export function isFloats(value: unknown): value is Float32Array {
  return ArrayBuffer.isView(value) && kindOf(value) === 'Float32Array';
}

export function isClampedBytes(value: unknown): value is Uint8ClampedArray {
  return ArrayBuffer.isView(value) && kindOf(value) === 'Uint8ClampedArray';
}

export function isBlob(value: unknown): value is Blob {
  return ['Blob', 'File'].includes(kindOf(value)) && Number.isFinite((value as Blob).size);
}

export function isUrl(value: unknown): value is URL {
  return typeof value === 'object' && typeof (value as Partial<URL> | null)?.href === 'string';
}

export function isResponse(value: unknown): value is Response {
  const { status, arrayBuffer } = Object(value) as Partial<Response>;
  return typeof status === 'number' && typeof arrayBuffer === 'function';
}

export function isSignal(value: unknown): value is AbortSignal {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>;
  return typeof aborted === 'boolean' && typeof addEventListener === 'function';
}
