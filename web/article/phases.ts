/** The mean magnitude with phases at random, which turn into those of a photo. */
import { ask, draw, fourier } from './core';
import { latest } from './latest';
import { transformed } from './nature';

export async function wirePhases(figure: HTMLElement): Promise<void> {
  const all = await transformed();
  const cat = all.cat!;
  const magnitude = await ask('mean', { all: Object.values(all).map((one) => one.magnitude) });
  const share = figure.querySelector<HTMLInputElement>('[name=share]')!;
  let seed = 1;
  let phase = new Float32Array();

  const show = latest(async () => {
    const cloud = { ...cat, magnitude, phase };
    const mixed = await ask('mix', { a: cloud, b: { ...cat, magnitude }, magnitude: 0, phase: share.valueAsNumber });
    const image = await (await fourier()).inverse(mixed);
    draw(await ask('frame', { image, stretch: true }), figure.querySelector('canvas')!);
  });
  const again = async () => {
    phase = new Float32Array(await ask('randomPhases', { count: magnitude.length / 3, seed: seed++ }));
    // The mean brightness is no wave: it stays.
    for (let c = 0; c < 3; c++) phase[(c * phase.length) / 3] = cat.phase[(c * phase.length) / 3]!;
    show(undefined);
  };
  share.addEventListener('input', () => show(undefined));
  figure.querySelector('button')!.addEventListener('click', () => void again());
  figure.querySelector<HTMLElement>('.dials')!.hidden = false;
  await again();
}
