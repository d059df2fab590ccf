/** Photos of one's own, which an objective names by their place in the list, and from which a picture can start. */
import { sentence } from '../parts/notice';
import { type Frame, loadApi } from '../phaselens';

const most = 8;
const largest = 1024; // pixels of the longer side; pictures are no larger

interface Photo {
  name: string;
  url: string;
  frame: Frame;
}

export interface PhotoParts {
  list: HTMLElement;
  start: HTMLSelectElement;
  complaint: HTMLElement;
  uses: HTMLButtonElement[]; // what can be done with a photo
}

export function isImageFile({ name, type }: File): boolean {
  return type.startsWith('image/') || /\.(png|jpe?g|webp|gif|bmp|avif|hei[cf]|tiff?|svg)$/i.test(name);
}

export class Photos {
  #photos: Photo[] = [];

  constructor(
    private readonly parts: PhotoParts,
    private readonly changed: () => void,
  ) {
    this.#show();
  }

  get named(): readonly { name: string; frame: Frame }[] {
    return this.#photos;
  }

  get frames(): Frame[] {
    return this.#photos.map(({ frame }) => frame);
  }

  /** Nothing for random values. */
  get start(): Frame | undefined {
    return this.#photos[Number(this.parts.start.value || NaN)]?.frame;
  }

  /** Of the one that the picture starts from. */
  get startName(): string | undefined {
    return this.#photos[Number(this.parts.start.value || NaN)]?.name;
  }

  get names(): string[] {
    return this.#photos.map(({ name }) => name);
  }

  /** From the first one, where nothing was chosen. */
  startFromFirst(): void {
    this.parts.start.value ||= '0';
  }

  /** One of the same name takes the place of the one before. */
  async add(files: File[]): Promise<void> {
    const wrong: string[] = [];
    for (const file of files) {
      try {
        const old = this.#photos.findIndex(({ name }) => name === file.name);
        if (old < 0 && this.#photos.length >= most) throw new Error(`There may be ${most} photos.`);
        const frame = await read(file);
        const photo = { name: file.name, url: URL.createObjectURL(file), frame };
        if (old < 0) this.#photos.push(photo);
        else URL.revokeObjectURL(this.#photos.splice(old, 1, photo)[0]!.url);
      } catch (error) {
        wrong.push(`${file.name} cannot be used. ${sentence(error)}`);
      }
    }
    this.#show(wrong.join(' '));
    this.changed();
  }

  #remove(photo: Photo): void {
    URL.revokeObjectURL(photo.url);
    this.#photos = this.#photos.filter((other) => other !== photo);
    this.parts.start.value = '';
    this.#show();
    this.changed();
    this.parts.list.querySelector('button')?.focus();
  }

  #show(complaint = ''): void {
    const { list, start, uses } = this.parts;
    const chosen = start.value;
    list.replaceChildren(...this.#photos.map((photo, i) => this.#item(photo, i)));
    list.hidden = this.#photos.length === 0;
    start.replaceChildren(
      new Option('Random values', ''),
      ...this.#photos.map(({ name }, i) => new Option(`Photo ${i}, ${name}`, String(i))),
    );
    start.value = this.#photos[Number(chosen || NaN)] ? chosen : '';
    for (const use of uses) use.disabled = this.#photos.length === 0;
    this.parts.complaint.textContent = complaint;
    this.parts.complaint.hidden = complaint === '';
  }

  #item(photo: Photo, i: number): HTMLElement {
    const item = document.createElement('li');
    const image = Object.assign(document.createElement('img'), { src: photo.url, alt: '', width: 48, height: 48 });
    const name = Object.assign(document.createElement('span'), { textContent: `${i} · ${photo.name}`, title: photo.name });
    const remove = Object.assign(document.createElement('button'), { type: 'button', className: 'small', textContent: 'Remove' });
    remove.ariaLabel = `Remove photo ${i}, ${photo.name}`;
    remove.addEventListener('click', () => this.#remove(photo));
    item.append(image, name, remove);
    return item;
  }
}

async function read(file: File): Promise<Frame> {
  const bitmap = await createImageBitmap(file).catch(async () => {
    const { explainFile } = await loadApi();
    throw new Error((await explainFile(file, 'image')) ?? 'It is no image that this browser can read.');
  });
  const scale = Math.min(1, largest / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const context = new OffscreenCanvas(width, height).getContext('2d')!;
  context.fillStyle = '#808080'; // under what is transparent
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}
