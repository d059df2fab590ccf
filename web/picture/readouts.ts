/** Words and numbers about the picture: what it is of, and how far it is. */
import { describer } from '../models/layers';
import type { Loaded } from '../models/models';
import { describeObjective, objectiveOf } from '../run/objective';
import type { Progress } from '../run/session';
import type { PhotoUse, Picture } from '../run/state';

export interface ReadoutParts {
  where: HTMLElement;
  title: HTMLElement;
  story: HTMLElement;
  score: HTMLElement;
  step: HTMLElement;
  rate: HTMLElement;
  elapsed: HTMLElement;
}

export interface Names {
  title: string; // daisy
  where: string; // EfficientNet-Lite0 · logits · unit 985
}

export function namesOf({ source, model, layers, labels }: Loaded, picture: Picture): Names {
  const { layer, unit, tokens, objective, photo } = picture;
  if (objective !== undefined) {
    return { title: describeObjective(objectiveOf(picture, model.logits)), where: `${source.title} · objective as JSON` };
  }
  const label = layer === model.logits ? labels?.[unit] : undefined;
  const from = photo && whereFrom[photo];
  if (label && photo !== 'inversion')
    return { title: label, where: [source.title, layer, `unit ${unit}`, from].filter(Boolean).join(' · ') };
  const info = layers.find(({ name }) => name === layer);
  const unitTitle = info?.runs === false ? layer : `Unit ${unit}`;
  return {
    title: photo === 'inversion' ? `What ${layer} keeps` : unitTitle,
    where: [source.title, layer, info && describer(layers)(info), tokens === 'class' && 'class token', from]
      .filter(Boolean)
      .join(' · '),
  };
}

const whereFrom: Record<PhotoUse, string> = {
  inversion: 'your photo, drawn from nothing',
  accentuation: 'your photo, changed',
  start: 'from your photo on',
};

export class Readouts {
  constructor(private readonly parts: ReadoutParts) {}

  name({ title, where }: Names): void {
    this.parts.title.textContent = title;
    this.parts.title.title = title;
    this.parts.where.textContent = where;
    this.parts.where.title = where;
    document.title = `${title} – Phaselens`;
  }

  /** What is done to the picture, for those who see it for the first time. */
  story(what: string, values: number, { layer, photo }: Picture, title: string): void {
    const aims: Record<PhotoUse, string> = {
      inversion: `from noise on, until “${layer}” makes of the image what it makes of your photo`,
      accentuation: `from your photo on, so that the network answers more with “${title}” while its early layers still see the photo`,
      start: `from your photo on, so that the network answers more with “${title}”`,
    };
    const aim = photo ? aims[photo] : `so that the network answers more with “${title}”`;
    this.parts.story.textContent = `${stories[what] ?? stories.pixel} ${aim}.`.replace('#', values.toLocaleString('en'));
  }

  /** `rate`: of its steps in a second, where that is known. */
  numbers({ done, steps, score, seconds }: Progress, rate: number | undefined): void {
    this.parts.score.textContent = decimal(score, 2);
    this.parts.step.textContent = `${done} / ${steps}`;
    this.parts.rate.textContent = decimal(rate ?? NaN, 1);
    this.parts.elapsed.textContent = secondsText(seconds);
  }
}

/** By parametrization; # is the number of values. */
const stories: Record<string, string> = {
  maco: 'Any image is a sum of waves. Their strengths stay those of natural photographs; only their # positions move, step by step,',
  fourier: 'Any image is a sum of waves. Their strengths and their positions, # values, move step by step,',
  pixel: 'All # values of the image move step by step,',
  generator: 'A generator makes the image, of # values, which move step by step,',
};

export function secondsText(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Of what has not been: no more is known. */
export function aboutText(seconds: number): string {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function decimal(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits).replace('-', '−') : '–';
}
