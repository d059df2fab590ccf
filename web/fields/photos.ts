/** Photos of the reader's, the latest first: that one is looked at, and all are named by objectives by their place in the list. */
import { readPhoto } from '../models/own-photo';
import { sentence } from '../parts/notice';
import type { Frame } from '../phaselens';

const most = 8;

export interface Photo {
  name: string;
  url: string;
  frame: Frame;
  sample: boolean; // it comes with the page
}

export interface PhotoParts {
  list: HTMLElement;
  complaint: HTMLElement;
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

  /** What “the photo” is. */
  get first(): Photo | undefined {
    return this.#photos[0];
  }

  get named(): readonly Photo[] {
    return this.#photos;
  }

  get frames(): Frame[] {
    return this.#photos.map(({ frame }) => frame);
  }

  get names(): string[] {
    return this.#photos.map(({ name }) => name);
  }

  /** One of the same name takes the place of the one before. */
  async add(files: File[]): Promise<void> {
    const wrong: string[] = [];
    const read: Photo[] = [];
    for (const file of files) {
      try {
        const others = [...this.#photos, ...read].filter(({ name }) => name !== file.name);
        if (others.length >= most) throw new Error(`There may be ${most} photos.`);
        read.push({ name: file.name, ...(await readPhoto(file)), sample: false });
      } catch (error) {
        wrong.push(`${file.name} cannot be used. ${sentence(error)}`);
      }
    }
    this.#put(read, wrong.join(' '));
  }

  /** The one that comes with the page, which has an address there. */
  take(photo: Omit<Photo, 'sample'>): void {
    this.#put([{ ...photo, sample: true }]);
  }

  clear(): void {
    for (const { url } of this.#photos) URL.revokeObjectURL(url);
    this.#photos = [];
    this.#show();
    this.changed();
  }

  #put(photos: readonly Photo[], complaint = ''): void {
    const rest = this.#photos.filter(({ name }) => !photos.some((other) => other.name === name));
    const next = [...photos, ...rest];
    for (const photo of this.#photos) if (!next.includes(photo)) URL.revokeObjectURL(photo.url);
    this.#photos = next;
    this.#show(complaint);
    if (photos.length > 0) this.changed();
  }

  #remove(photo: Photo): void {
    URL.revokeObjectURL(photo.url);
    this.#photos = this.#photos.filter((other) => other !== photo);
    this.#show();
    this.changed();
    this.parts.list.querySelector('button')?.focus();
  }

  /** One alone is shown by itself. */
  #show(complaint = ''): void {
    const { list } = this.parts;
    list.replaceChildren(...this.#photos.map((photo, i) => this.#item(photo, i)));
    list.hidden = this.#photos.length < 2;
    this.parts.complaint.textContent = complaint;
    this.parts.complaint.hidden = complaint === '';
  }

  #item(photo: Photo, i: number): HTMLElement {
    const item = document.createElement('li');
    const image = Object.assign(document.createElement('img'), { src: photo.url, alt: '', width: 48, height: 48 });
    const name = Object.assign(document.createElement('span'), { textContent: `${i} · ${photo.name}`, title: photo.name });
    const first = Object.assign(document.createElement('button'), {
      type: 'button',
      className: 'small',
      textContent: 'Look at it',
    });
    first.ariaLabel = `Look at photo ${i}, ${photo.name}`;
    first.hidden = i === 0;
    first.addEventListener('click', () => this.#put([photo]));
    const remove = Object.assign(document.createElement('button'), { type: 'button', className: 'small', textContent: 'Remove' });
    remove.ariaLabel = `Remove photo ${i}, ${photo.name}`;
    remove.addEventListener('click', () => this.#remove(photo));
    item.append(image, name, first, remove);
    return item;
  }
}
