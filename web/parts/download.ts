/** Files for the reader to keep. */
export function download(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** phaselens-efficientnet-lite0-logits-985-daisy-seed-1.png */
export function fileName(parts: (string | number)[], extension: string): string {
  const words = parts.map((part) =>
    String(part)
      .replace(/[^\p{L}\p{N}.]+/gu, '-')
      .replace(/^[-.]+|[-.]+$/g, ''),
  );
  return `phaselens-${words.filter(Boolean).join('-').slice(0, 160)}.${extension}`;
}
