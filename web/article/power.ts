/** The power of pictures in the making, beside that of photos. */
import type { Frame, Step } from '../phaselens';
import { type Line, PowerChart, relative } from './chart';
import { fourier } from './core';
import { latest } from './latest';
import { loadPhoto, photos } from './photos';

const radius = 100;

export async function wirePower(figure: HTMLElement): Promise<void> {
  const chart = new PowerChart(figure.querySelector<HTMLElement>('.chart')!);
  const output = figure.querySelector('output')!;
  const say = () => {
    const [free, fixed] = [chart.beside('fourier', radius), chart.beside('maco', radius)];
    const parts = [free && `Fourier ${free.toPrecision(2)}`, fixed && `MaCo ${fixed.toPrecision(2)}`].filter(Boolean);
    if (parts.length > 0) output.textContent = `At ${radius} cycles, times what the photos have: ${parts.join(', ')}.`;
  };
  const measure = async (line: Line, frame: Frame) => {
    chart.set(line, relative(await (await fourier()).radialPower(frame)));
    say();
  };
  figure.querySelectorAll('phase-lens').forEach((lens, i) => {
    const line = i === 0 ? 'fourier' : 'maco';
    const show = latest((frame: Frame) => measure(line, frame));
    lens.addEventListener('step', (event) => show((event as CustomEvent<Step>).detail.frame));
  });
  chart.setPhotos(await powersOfPhotos());
  say();
}

function powersOfPhotos(): Promise<number[][]> {
  return Promise.all(
    Object.keys(photos).map(async (name) => relative(await (await fourier()).radialPower(await loadPhoto(name)))),
  );
}
