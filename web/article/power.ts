/** The power of pictures in the making, beside that of photos. */
import type { Frame, Step } from '../phaselens';
import { type Line, PowerChart, relative } from './chart';
import { fourier } from './core';
import { latest } from './latest';
import { loadPhoto, photos } from './photos';

const radius = 100;

/** Before a picture is in the making, the still says how it will end. */
export async function wirePower(figure: HTMLElement): Promise<void> {
  const photos = await powersOfPhotos();
  const parent = figure.querySelector<HTMLElement>('.chart')!;
  const output = figure.querySelector('output')!;
  let chart: PowerChart | undefined;
  const measure = async (line: Line, frame: Frame) => {
    const power = relative(await (await fourier()).radialPower(frame));
    if (!chart) {
      chart = new PowerChart(parent);
      chart.setPhotos(photos);
    }
    chart.set(line, power);
    output.textContent = say(chart);
  };
  figure.querySelectorAll('phase-lens').forEach((lens, i) => {
    const line = i === 0 ? 'fourier' : 'maco';
    const show = latest((frame: Frame) => measure(line, frame));
    lens.addEventListener('step', (event) => show((event as CustomEvent<Step>).detail.frame));
  });
}

function say(chart: PowerChart): string {
  const [free, fixed] = [chart.beside('fourier', radius), chart.beside('maco', radius)];
  const parts = [free && `Fourier ${free.toPrecision(2)}`, fixed && `MaCo ${fixed.toPrecision(2)}`].filter(Boolean);
  return `At ${radius} cycles, times what the photos have: ${parts.join(', ')}.`;
}

function powersOfPhotos(): Promise<number[][]> {
  return Promise.all(
    Object.keys(photos).map(async (name) => relative(await (await fourier()).radialPower(await loadPhoto(name)))),
  );
}
