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

/** What counts of the files in a folder of this name. */
export type OfFolder = (name: string, files: readonly File[]) => File[];

export function wireDrop(overlay: HTMLElement, ofFolder: OfFolder, onFiles: OnFiles): void {
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
    void filesOf(event.dataTransfer, ofFolder).then((files) => files.length > 0 && onFiles(files));
  });
}

/** Files of the clipboard, such as a copied image. A text field takes texts, which have no files. */
export function wirePaste(onFiles: OnFiles): void {
  addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0 || takesText(event.target)) return;
    event.preventDefault();
    onFiles(files);
  });
}

function takesText(target: EventTarget | null): boolean {
  return !!(target as Partial<Element> | null)?.closest?.('input, textarea'); // it may be the document
}

/** Entries are gone once the event is over: they are asked for before anything is waited for. */
async function filesOf(transfer: DataTransfer | null, ofFolder: OfFolder): Promise<File[]> {
  const items = [...(transfer?.items ?? [])].filter(({ kind }) => kind === 'file');
  const files = [...(transfer?.files ?? [])];
  const folders = items.map((item) => item.webkitGetAsEntry());
  const lists = await Promise.all(
    files.map(async (file, i) => {
      const entry = folders[i];
      return entry?.isDirectory ? ofFolder(entry.name, await filesIn(entry as FileSystemDirectoryEntry)) : [file];
    }),
  );
  return lists.flat();
}

/** Without those of folders in it. */
async function filesIn(folder: FileSystemDirectoryEntry): Promise<File[]> {
  const reader = folder.createReader();
  const files: FileSystemFileEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    files.push(...(some.filter(({ isFile }) => isFile) as FileSystemFileEntry[]));
  }
  return Promise.all(files.map((file) => new Promise<File>((resolve, reject) => file.file(resolve, reject))));
}
