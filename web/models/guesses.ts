/** A network's first classes, with their probabilities. */
import type { Frame } from '../phaselens';
import type { Picture } from '../run/state';
import type { Loaded } from './models';

export interface Guess {
  name: string;
  probability: number;
}

/** The likeliest first, so many. */
export function top(logits: Float32Array, labels: readonly string[], count: number): Guess[] {
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logits.map((value) => Math.exp(value - highest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return [...weights]
    .map((weight, i) => ({ name: labels[i] ?? String(i), probability: weight / sum }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count);
}

/** Whether its classes have names, and can be told. */
export function hasClasses({ model, labels, layers }: Loaded): boolean {
  return labels !== undefined && layers.find(({ name }) => name === model.logits)?.runs === true;
}

/** The first classes of an image; none of a network whose classes have no names. */
export async function guessesOf(loaded: Loaded, image: Frame, count: number): Promise<Guess[]> {
  if (!hasClasses(loaded)) return [];
  const { data } = await loaded.model.activations(image, loaded.model.logits!);
  return top(data, loaded.labels ?? [], count);
}

/** The name of the class that a picture is of. */
export function classOf({ model, labels }: Loaded, { layer, unit, objective }: Picture): string | undefined {
  return layer === model.logits && objective === undefined ? labels?.[unit] : undefined;
}

export function percentText(probability: number): string {
  return probability < 0.01 ? 'under 1 %' : `${Math.round(probability * 100)} %`;
}

/** One of a list's lines: who says it, the name, the probability in words, a bar; `right` is the class that the picture is of. */
export function lineOf({ name, probability }: Guess, right?: string, who = ''): HTMLElement {
  const row = document.createElement('li');
  row.classList.toggle('right', name === right);
  const percent = percentText(probability);
  if (who) row.append(Object.assign(document.createElement('small'), { textContent: who }), ' ');
  row.append(
    Object.assign(document.createElement('span'), { textContent: name, title: name }),
    ' ',
    Object.assign(document.createElement('b'), { textContent: percent }),
  );
  row.style.setProperty('--share', String(probability));
  return row;
}
