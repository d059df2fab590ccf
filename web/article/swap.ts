/** Two photos exchange magnitude and phase. */
import type { Polar } from '../phaselens';
import { ask, draw, fourier } from './core';
import { latest } from './latest';
import { addressOf, loadPhoto, photos, readPhoto } from './photos';

type Side = 'a' | 'b';

export async function wireSwap(figure: HTMLElement): Promise<void> {
  const canvas = figure.querySelector('canvas')!;
  const dial = (name: string) => figure.querySelector<HTMLInputElement>(`[name='${name}']`)!;
  const [magnitude, phase] = [dial('magnitude'), dial('phase')];
  const sources: Partial<Record<Side, Polar>> = {};

  const show = latest(async () => {
    const { a, b } = sources;
    if (!a || !b) return;
    const mixed = await ask('mix', { a, b, magnitude: magnitude.valueAsNumber, phase: phase.valueAsNumber });
    const image = await (await fourier()).inverse(mixed);
    draw(await ask('frame', { image, stretch: false }), canvas);
  });
  const take = async (side: Side, photo: Parameters<typeof draw>[0]) => {
    sources[side] = await (await fourier()).transform(photo);
    show(undefined);
  };

  for (const input of [magnitude, phase]) input.addEventListener('input', () => show(undefined));
  drag(canvas, magnitude, phase, () => show(undefined));
  choose(figure, take);
  own(figure, take);
  figure.querySelector<HTMLElement>('.dials')!.hidden = false;
  await Promise.all([take('a', await loadPhoto('cat')), take('b', await loadPhoto('pavilion'))]);
}

type Take = (side: Side, photo: Parameters<typeof draw>[0]) => Promise<void>;

function choose(figure: HTMLElement, take: Take): void {
  for (const select of figure.querySelectorAll<HTMLSelectElement>('select')) {
    const side = select.dataset.photo as Side;
    for (const [name, title] of Object.entries(photos)) select.add(new Option(title, name));
    select.value = side === 'a' ? 'cat' : 'pavilion';
    select.hidden = false;
    select.addEventListener('change', async () => {
      const image = figure.querySelector<HTMLImageElement>(`img[data-side='${side}']`)!;
      image.src = addressOf(select.value);
      image.alt = photos[select.value]!;
      await take(side, await loadPhoto(select.value));
    });
  }
}

/** The reader's file takes the place of photo A. */
function own(figure: HTMLElement, take: Take): void {
  const input = figure.querySelector<HTMLInputElement>('input[type=file]')!;
  const label = input.parentElement!.firstChild!;
  input.addEventListener('change', async () => {
    const [file] = input.files ?? [];
    if (!file) return;
    try {
      await take('a', await readPhoto(file));
      const image = figure.querySelector<HTMLImageElement>("img[data-side='a']")!;
      image.src = URL.createObjectURL(file);
      image.alt = 'Your photo';
      label.textContent = 'Use another photo';
    } catch {
      label.textContent = `${file.name} is no image that this browser can read. Another one?`;
    }
  });
}

/** Sideways the magnitude, up and down the phase. */
function drag(canvas: HTMLCanvasElement, magnitude: HTMLInputElement, phase: HTMLInputElement, changed: () => void): void {
  const follow = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    magnitude.value = String((event.clientX - box.left) / box.width);
    phase.value = String((event.clientY - box.top) / box.height);
    changed();
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) follow(event);
  });
}
