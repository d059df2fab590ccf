/** Emscripten's glue, the same for both builds. */
declare module '*/phaselens.mjs' {
  const create: import('./binding.js').LibraryFactory;
  export default create;
}
