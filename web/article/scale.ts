/** The value of a unit for photos, for noise and for its picture. */
import type { Frame, Model } from '../phaselens';
import { loadApi, model } from './core';
import { loadPhoto, photos, readPhoto, side } from './photos';

const strawberry = 949;

export async function wireScale(figure: HTMLElement): Promise<void> {
  const controls = figure.querySelector<HTMLElement>('.controls')!;
  const button = controls.querySelector('button')!;
  controls.hidden = false;
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      fill(figure, await values(await model()));
    } finally {
      button.disabled = false;
      button.textContent = 'Compute them again';
    }
  });
}

interface Row {
  title: string;
  value: number;
}

async function values(loaded: Model): Promise<Row[]> {
  const { logit } = await loadApi();
  const rows: Row[] = [];
  for (const [title, image] of await images()) {
    const { score } = await loaded.gradient(image, logit(strawberry));
    rows.push({ title, value: score });
  }
  return rows.sort((a, b) => b.value - a.value);
}

async function images(): Promise<[string, Frame][]> {
  const named = await Promise.all(
    Object.entries(photos).map(async ([name, title]) => [`photo: ${title}`, await loadPhoto(name)] as [string, Frame]),
  );
  const noise = new ImageData(side, side);
  noise.data.forEach((_, i) => (noise.data[i] = i % 4 === 3 ? 255 : Math.random() * 256));
  return [['the picture, seed 1', await picture()], ...named, ['noise', noise]];
}

/** As it is on the page; before it was drawn, its poster. */
async function picture(): Promise<Frame> {
  const lens = document.querySelector<HTMLElement & { toBlob(): Promise<Blob> }>("phase-lens[alt='Strawberries, seed 1']")!;
  const drawn = await lens.toBlob().catch(async () => (await fetch('posters/seed-1.jpg')).blob());
  return readPhoto(drawn);
}

function fill(figure: HTMLElement, rows: readonly Row[]): void {
  const largest = Math.max(...rows.map(({ value }) => Math.abs(value)));
  const body = figure.querySelector('tbody')!;
  body.replaceChildren(
    ...rows.map(({ title, value }) => {
      const row = document.createElement('tr');
      const [name, number, bar] = ['th', 'td', 'td'].map((tag) => document.createElement(tag));
      name!.textContent = title;
      name!.setAttribute('scope', 'row');
      number!.textContent = value.toFixed(1).replace('-', '−');
      const meter = document.createElement('i');
      meter.style.width = `${(100 * Math.max(value, 0)) / largest}%`;
      bar!.append(meter);
      row.append(name!, number!, bar!);
      return row;
    }),
  );
}
