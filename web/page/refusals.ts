/** What went wrong is told beside what it is about, where that can be told, with a way on where there is one. */
import type { Controls } from '../fields/controls';
import { goodUnit } from '../models/linked';
import { isFile, type Loaded, type Source } from '../models/models';
import { docsPage } from '../parts/docs';
import { type Notice, type Offer, sentence } from '../parts/notice';
import type { Checkpoints } from '../run/checkpoints';
import type { Progress } from '../run/session';
import type { Start } from './asked';
import type { OwnFiles } from './lacking';

/** What only a generator can be refused for when a run begins: the model has been loaded before. */
const generatorCodes = ['unsupported-model', 'unsupported-op', 'invalid-model', 'missing-data'];

export interface RefusalParts extends OwnFiles {
  notice: Notice;
  controls: Controls;
  checkpoints: Checkpoints;
}

export interface WaysOn {
  choose(layer: string, unit: number): void;
  /** The model anew, with the picture that is asked for. */
  reopen(): void;
  /** The picture alone. */
  again(): void;
}

export class Refusals {
  constructor(
    private readonly parts: RefusalParts,
    private readonly on: WaysOn,
  ) {}

  model(error: unknown, source: Source | undefined, again: () => void): void {
    const { notice } = this.parts;
    if (isPassing(error)) return notice.warn(reasonOf(error, source), { text: 'Try again', take: again });
    const href = docsPage('own-model');
    notice.warn(reasonOf(error, source), source && isFile(source) && href ? { text: 'How to get one', href } : undefined);
  }

  run(error: unknown, { done }: Progress, { loaded, picture, resumed }: Start): void {
    const { notice, controls, magnitude, generator, checkpoints } = this.parts;
    const { code = '' } = error as { code?: string };
    const asked = done === 0 && ['invalid-argument', 'unknown-layer', 'unknown-unit'].includes(code);
    if (code === 'invalid-magnitude') magnitude.refuse(sentence(error));
    else if (done === 0 && generator.file && generatorCodes.includes(code)) generator.refuse(sentence(error));
    else if (asked && resumed) checkpoints.refusal = `The checkpoint does not fit this model. ${sentence(error)}`;
    else if (asked && picture.objective !== undefined) controls.refusal = sentence(error);
    else notice.warn(sentence(error), this.#wayOn(error, loaded));
  }

  blocked(now: boolean, { loaded, picture }: Start): void {
    const { notice } = this.parts;
    if (!now) return notice.clear();
    const { layer, unit, objective } = picture;
    const unclamped = objective === undefined ? loaded.layers.find(({ name }) => name === layer)?.unclamped : undefined;
    notice.warn(
      'Nothing moves this picture: the unit is held at its lowest value wherever the crops look, as a Relu does.',
      unclamped === undefined ? undefined : this.#instead(loaded, unclamped, unit),
    );
  }

  /** Where a layer cannot be run: the last one before it that can. Where workers are lost: new ones. What may pass is tried again. */
  #wayOn(error: unknown, loaded: Loaded): Offer | undefined {
    const { lastLayer, code } = error as { lastLayer?: string; code?: string };
    if (code === 'worker-failed') return { text: 'Try again', take: () => this.on.reopen() };
    if (lastLayer !== undefined) return this.#instead(loaded, lastLayer, goodUnit(loaded, lastLayer));
    return isPassing(error) ? { text: 'Try again', take: () => this.on.again() } : undefined;
  }

  #instead({ layers }: Loaded, layer: string, unit: number): Offer | undefined {
    if (!layers.some(({ name, runs }) => name === layer && runs)) return undefined;
    return { text: `Visualize ${layer} instead`, take: () => this.on.choose(layer, unit) };
  }
}

function reasonOf(error: unknown, source: Source | undefined): string {
  return source && isFile(source) ? `${source.title} cannot be used. ${sentence(error)}` : sentence(error);
}

/** What may be otherwise the next time: what was to be fetched, or a worker. */
function isPassing(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === undefined || ['network', 'worker-failed', 'out-of-memory'].includes(code);
}
