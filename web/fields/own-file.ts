/** A file of the reader's that pictures are made with until it is given back: a magnitude, a generator. */
import { loadApi, type Purpose } from '../phaselens';

export interface OwnFileParts {
  name: HTMLElement;
  reset: HTMLButtonElement;
  complaint: HTMLElement;
}

export function isMagnitudeFile({ name }: File): boolean {
  return /\.npy$/i.test(name);
}

export class OwnFile {
  #file: File | undefined;
  #data: File[] = [];

  constructor(
    private readonly parts: OwnFileParts,
    private readonly without: string, // what stands there when there is none
    private readonly purpose: Purpose,
    private readonly changed: () => void,
  ) {
    parts.reset.addEventListener('click', () => {
      this.file = undefined;
      changed();
    });
    this.file = undefined;
  }

  get file(): File | undefined {
    return this.#file;
  }

  set file(file: File | undefined) {
    this.#file = file;
    this.parts.name.textContent = file?.name ?? this.without;
    this.parts.reset.hidden = !file;
    this.#complain('');
  }

  /** Which hold weights of it. */
  get data(): File[] {
    return this.#file ? this.#data : [];
  }

  /** What is something else is not taken, and the one before stays. */
  async choose(file: File, data: File[] = []): Promise<void> {
    const { explainFile } = await loadApi();
    const reason = await explainFile(file, this.purpose);
    if (reason !== undefined) return this.#complain(`${file.name} cannot be used. ${reason}`);
    this.file = file;
    this.#data = data;
    this.changed();
  }

  /** It cannot be used: the picture is made without it, and the reason stands beside it. */
  refuse(reason: string): void {
    const name = this.#file?.name;
    this.file = undefined;
    this.#complain(name === undefined ? reason : `${name} cannot be used. ${reason}`);
  }

  #complain(text: string): void {
    this.parts.complaint.textContent = text;
    this.parts.complaint.hidden = text === '';
  }
}
