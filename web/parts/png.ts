/** Texts in PNG files: https://www.w3.org/TR/png-3/#11tEXt */

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const headerEnd = 33; // of the first chunk, which is always as long

export const png = {
  type: 'image/png',
  extension: 'png',

  isOne: (bytes: Uint8Array): boolean => signature.every((byte, i) => bytes[i] === byte),

  /** The file with a text of Latin letters more, right behind its header. */
  withText(bytes: Uint8Array, keyword: string, text: string): Blob {
    const data = latin(`tEXt${keyword}\0${text}`);
    const chunk = new DataView(new ArrayBuffer(data.length + 8));
    chunk.setUint32(0, data.length - 4);
    new Uint8Array(chunk.buffer).set(data, 4);
    chunk.setUint32(data.length + 4, crc(data));
    return new Blob([bytes.slice(0, headerEnd), chunk, bytes.slice(headerEnd)], { type: 'image/png' });
  },

  textIn(bytes: Uint8Array, keyword: string): string | undefined {
    const view = new DataView(bytes.buffer);
    const start = `tEXt${keyword}\0`;
    for (let at = signature.length; at + 12 <= bytes.length; ) {
      const length = view.getUint32(at);
      const chunk = bytes.subarray(at + 4, at + 8 + length);
      if (letters(chunk.subarray(0, start.length)) === start) return letters(chunk.subarray(start.length));
      at += 12 + length;
    }
    return undefined;
  },
};

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

const letters = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

/** The checksum of a chunk's name and data. */
function crc(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
