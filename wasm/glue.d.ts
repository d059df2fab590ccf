/** Emscripten's glue, which the C build puts beside the compiled TypeScript. */
declare module '*/phaselens-simd.mjs' {
  const create: import('./binding.js').LibraryFactory;
  export default create;
}
declare module '*/phaselens-relaxed.mjs' {
  const create: import('./binding.js').LibraryFactory;
  export default create;
}
