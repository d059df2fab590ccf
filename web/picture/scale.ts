/** What the unit makes of the picture, beside what it makes of photos and of noise: bars on one axis. */
import type { Range } from '../run/responses';

export interface ScaleParts {
  box: HTMLElement;
  rows: Record<'picture' | 'photos' | 'noise', HTMLElement>; // each of a name, a track and words
}

export interface Measured {
  picture: number | undefined;
  photos: Range | undefined;
  noise: Range | undefined;
}

export class Scale {
  constructor(private readonly parts: ScaleParts) {}

  /** Nothing where there is no unit to measure. */
  show(measured: Measured | undefined): void {
    const { box, rows } = this.parts;
    box.hidden = measured === undefined;
    if (!measured) return;
    const { picture, photos, noise } = measured;
    const only = picture === undefined ? undefined : { lowest: picture, median: picture, highest: picture };
    const ranges = { picture: only, photos, noise };
    const all = Object.values(ranges).filter((range) => range !== undefined);
    const [least, most] = [
      Math.min(0, ...all.map(({ lowest }) => lowest)),
      Math.max(Number.MIN_VALUE, ...all.map(({ highest }) => highest)),
    ];
    for (const key of ['picture', 'photos', 'noise'] as const)
      draw(rows[key], ranges[key], (value) => (value - least) / (most - least));
  }
}

function draw(row: HTMLElement, range: Range | undefined, place: (value: number) => number): void {
  row.dataset.state = range ? 'known' : 'waiting';
  const words = row.querySelector('b')!;
  if (!range) {
    words.textContent = '–';
    return;
  }
  const { lowest, median, highest } = range;
  for (const [name, value] of Object.entries({ lowest, median, highest }))
    row.style.setProperty(`--${name}`, place(value).toFixed(4));
  words.textContent = lowest === highest ? valueText(lowest) : `${valueText(lowest)} to ${valueText(highest)}`;
}

/** Three digits, more or less. */
export function valueText(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2).replace('-', '−');
}
