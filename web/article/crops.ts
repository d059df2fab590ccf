/** Which squares of a picture the network sees, by the recipe's own distributions. */
import { reveal } from './core';
import { Motion } from './seen';

interface Box {
  y: number;
  x: number;
  side: number;
}

const pause = 900; // ms from step to step

export async function wireCrops(figure: HTMLElement): Promise<void> {
  const { crops, side = '', centre = '' } = figure.dataset;
  const picture = await goldfish();
  let timer: ReturnType<typeof setInterval> | undefined;
  const step = () =>
    show(
      figure,
      picture,
      Array.from({ length: Number(crops) }, () => boxOf(numbersOf(side), numbersOf(centre))),
    );
  step();
  new Motion(figure, (plays) => {
    clearInterval(timer);
    if (plays) timer = setInterval(step, pause);
  });
}

/** The poster of the first figure. */
async function goldfish(): Promise<ImageBitmap> {
  return createImageBitmap(await (await fetch('posters/goldfish.jpg')).blob());
}

/** 'N(0.4, 0.14)' -> [0.4, 0.14] */
const numbersOf = (text: string): readonly number[] => [...text.matchAll(/[\d.]+/g)].map(Number);

/** By Box and Muller. */
const normal = ([mean = 0, deviation = 0]: readonly number[]): number =>
  mean + deviation * Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** In fractions of the picture, moved inside. */
function boxOf(sides: readonly number[], centres: readonly number[]): Box {
  const side = clamp(normal(sides), 0.05, 1);
  const place = () => clamp(normal(centres) - side / 2, 0, 1 - side);
  return { y: place(), x: place(), side };
}

function show(figure: HTMLElement, picture: ImageBitmap, boxes: readonly Box[]): void {
  const [canvas, ...seen] = figure.querySelectorAll('canvas');
  for (const one of [canvas!, ...seen]) reveal(one);
  const context = canvas!.getContext('2d')!;
  context.drawImage(picture, 0, 0, canvas!.width, canvas!.height);
  boxes.forEach(({ y, x, side }, i) => {
    const [height, width] = [canvas!.height, canvas!.width];
    context.lineWidth = 5;
    context.strokeStyle = 'rgb(0 0 0 / 60%)';
    context.strokeRect(x * width, y * height, side * width, side * height);
    context.lineWidth = 2.5;
    context.strokeStyle = 'white';
    context.strokeRect(x * width, y * height, side * width, side * height);
    const crop = seen[i]!;
    const from = [x * picture.width, y * picture.height, side * picture.width, side * picture.height] as const;
    crop.getContext('2d')!.drawImage(picture, ...from, 0, 0, crop.width, crop.height);
  });
}
