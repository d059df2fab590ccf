/** The picture: the canvas, what stands there before the first step, and the file it can be saved to. */
export interface StageParts {
  sheet: HTMLElement;
  canvas: HTMLCanvasElement;
  text: HTMLElement;
  bar: HTMLElement;
}

export class Stage {
  constructor(private readonly parts: StageParts) {}

  /** Before the first picture there is a text; after it only the bar tells. */
  waiting(text: string, fraction: number | undefined): void {
    this.parts.text.textContent = text;
    this.progress(fraction, text);
  }

  failed(): void {
    this.parts.sheet.dataset.state = 'failed';
    this.parts.text.textContent = 'No picture';
  }

  get empty(): boolean {
    return this.parts.sheet.dataset.state !== 'picture';
  }

  /** `paint` draws on the canvas; its pixels are what is saved. */
  show(paint: (canvas: HTMLCanvasElement) => void): void {
    paint(this.parts.canvas);
    this.parts.sheet.dataset.state = 'picture';
  }

  /** A fraction, or undefined when nobody knows how long it takes. */
  progress(fraction: number | undefined, text: string): void {
    const { bar, sheet } = this.parts;
    bar.classList.toggle('unknown', fraction === undefined);
    sheet.style.setProperty('--done', String(fraction ?? 1));
    bar.setAttribute('aria-valuetext', text);
    if (fraction === undefined) bar.removeAttribute('aria-valuenow');
    else bar.setAttribute('aria-valuenow', fraction.toFixed(3));
  }

  describe(text: string): void {
    this.parts.canvas.setAttribute('aria-label', text);
  }

  transparent(on: boolean): void {
    this.parts.sheet.classList.toggle('transparent', on);
  }

  async save(name: string): Promise<void> {
    const blob = await new Promise<Blob | null>((resolve) => this.parts.canvas.toBlob(resolve, 'image/png'));
    if (!blob) throw new Error('The picture could not be turned into a PNG file.');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}

/** phaselens-efficientnet-lite0-logits-985-daisy-seed-1.png */
export function fileName(parts: (string | number)[]): string {
  const words = parts.map((part) =>
    String(part)
      .replace(/[^\p{L}\p{N}.]+/gu, '-')
      .replace(/^[-.]+|[-.]+$/g, ''),
  );
  return `phaselens-${words.filter(Boolean).join('-').slice(0, 160)}.png`;
}
