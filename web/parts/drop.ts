/** Files of one's own: by a button, or dropped anywhere on the page. */
export interface ChooserParts {
  button: HTMLButtonElement;
  input: HTMLInputElement;
}

export type OnFiles = (files: File[]) => void;

export function wireChooser({ button, input }: ChooserParts, onFiles: OnFiles): void {
  button.addEventListener('click', () => input.click());
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    input.value = ''; // so that the same file can be chosen again
    if (files.length > 0) onFiles(files);
  });
}

export function wireDrop(overlay: HTMLElement, onFiles: OnFiles): void {
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
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) onFiles(files);
  });
}
