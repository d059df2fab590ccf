/** Emscripten's glue, the same for both builds. */
declare module '*/phaselens.mjs' {
  const create: import('./binding.js').LibraryFactory;
  export default create;
}

/** Of pngjs, what the command line uses. */
declare module 'pngjs' {
  export const PNG: { sync: { read(file: Uint8Array): { data: Uint8Array; height: number; width: number } } };
}
