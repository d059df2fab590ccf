/** The magnitudes of photos, and their mean: what is common to them. */
import type { Polar } from '../phaselens';
import { ask, draw, fourier } from './core';
import { latest } from './latest';
import { addressOf, loadPhoto, photos, side } from './photos';

let transforms: Promise<Record<string, Polar>> | undefined;

/** Of all photos. */
export function transformed(): Promise<Record<string, Polar>> {
  transforms ??= Promise.all(
    Object.keys(photos).map(async (name) => [name, await (await fourier()).transform(await loadPhoto(name))] as const),
  ).then((entries) => Object.fromEntries(entries));
  return transforms;
}

export async function wireNature(figure: HTMLElement): Promise<void> {
  const all = await transformed();
  const [one, mean] = ['.one', '.mean'].map((name) => figure.querySelector<HTMLCanvasElement>(name)!);
  const shape = { height: side, width: side, logarithmic: true };
  const chosen = new Set(Object.keys(photos));
  const showOne = latest(async (name: string) => draw(await ask('picture', { values: all[name]!.magnitude, ...shape }), one!));
  const showMean = latest(async () => {
    const values = await ask('mean', { all: [...chosen].map((name) => all[name]!.magnitude) });
    draw(await ask('picture', { values, ...shape }), mean!);
  });
  const toggle = (name: string, button: HTMLButtonElement) => {
    if (chosen.has(name) && chosen.size > 1) chosen.delete(name);
    else chosen.add(name);
    button.setAttribute('aria-pressed', String(chosen.has(name)));
    showMean(undefined);
  };
  const buttons = Object.entries(photos).map(([name, title]) => thumb(name, title, toggle, showOne));
  figure.querySelector('.thumbs')!.replaceChildren(...buttons);
  showOne('cat');
  showMean(undefined);
}

function thumb(
  name: string,
  title: string,
  toggle: (name: string, button: HTMLButtonElement) => void,
  point: (name: string) => void,
) {
  const [button, image] = [document.createElement('button'), document.createElement('img')];
  Object.assign(image, { src: addressOf(name), alt: title, width: 64, height: 64 });
  button.type = 'button';
  button.setAttribute('aria-pressed', 'true');
  button.append(image);
  button.addEventListener('click', () => toggle(name, button));
  for (const type of ['pointerenter', 'focus', 'click']) button.addEventListener(type, () => point(name));
  return button;
}
