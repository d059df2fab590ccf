/** Of pngjs, what the tests use. */
declare module 'pngjs' {
  export class PNG {
    constructor(size: { height: number; width: number });
    data: Buffer;
    static readonly sync: { write(png: PNG): Buffer };
  }
}
