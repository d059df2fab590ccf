/** A file of one's own: by the button, or dropped anywhere on the page. */
export interface DropParts {
  button: HTMLButtonElement;
  input: HTMLInputElement;
  overlay: HTMLElement;
}

export function wireFiles({ button, input, overlay }: DropParts, onFile: (file: File) => void): void {
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const file = input.files?.[0];
    input.value = ''; // so that the same file can be chosen again
    if (file) onFile(file);
  });

  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  let depth = 0; // dragenter and dragleave come for every element on the way
  const cover = (by: number) => {
    depth = Math.max(0, depth + by);
    overlay.hidden = depth === 0;
  };
  addEventListener('dragenter', (event) => {
    if (hasFiles(event)) cover(1);
  });
  addEventListener('dragleave', (event) => {
    if (hasFiles(event)) cover(-1);
  });
  addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    cover(-depth);
    const file = event.dataTransfer?.files[0];
    if (file) onFile(file);
  });
}
