/** Emscripten's glue, which the C build puts beside the compiled TypeScript. */
declare module '*/phaselens-simd.mjs' {
  const create: import('./binding.js').LibraryFactory;
  export default create;
}
declare module '*/phaselens-relaxed.mjs' {
  const create: import('./binding.js').LibraryFactory;
  export default create;
}

/** Of pngjs, what the command line uses. */
declare module 'pngjs' {
  export const PNG: { sync: { read(file: Uint8Array): { data: Uint8Array; height: number; width: number } } };
}
