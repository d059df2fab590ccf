/** Numbers in words. */

/** 1 step, 2 steps. */
export const counted = (count: number, word: string, words = `${word}s`): string => `${count} ${count === 1 ? word : words}`;

/** small.onnx, cat.jpg and dog.jpg */
export function listed(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} and ${words.at(-1)}` : (words[0] ?? '');
}

/** 512 bytes, 29 kB, 9.5 MB: of something never nothing. */
export function bytesText(bytes: number): string {
  if (bytes < 1e3) return counted(bytes, 'byte');
  return bytes < 1e5 ? `${Math.round(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** How far a download is, behind what is loaded, and as a fraction where it is known of how much. */
export function downloadText(title: string, loaded: number, total = 0): [text: string, fraction: number | undefined] {
  if (loaded === 0) return [`Loading ${title}`, total === 0 ? undefined : 0];
  if (total === 0) return [`Loading ${title}, ${bytesText(loaded)} so far`, undefined];
  return [`Loading ${title}, ${bytesText(loaded)} of ${bytesText(total)}`, loaded / total];
}
