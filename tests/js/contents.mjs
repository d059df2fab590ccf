/** Everything of a step as a short text, for comparing: its numbers, and a hash (FNV-1a) of every array. It is also sent into pages, so
 * that it stands alone. */
export function contents({ index, score, penalty, frames, image, transparency, values }) {
  const arrays = [...frames.map(({ data }) => data), image, transparency, values];
  const hashes = arrays.map((array) => {
    let hash = 2166136261;
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, array.byteLength)) hash = Math.imul(hash ^ byte, 16777619);
    return (hash >>> 0).toString(16);
  });
  return [index, score, penalty, ...hashes].join(' ');
}
