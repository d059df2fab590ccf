/** Workers that were lost, or are silent: the model is loaded again, and the picture goes on from where it was not long ago. */
import type { Notice } from '../parts/notice';
import type { Session } from '../run/session';
import type { Asked, Start } from './asked';

export interface RecoveryParts {
  notice: Notice;
  session: Session;
  asked: Asked;
}

const tries = 2; // of one picture: what kills its workers may be the picture itself
const silence = 30_000; // milliseconds

export class Recovery {
  #picture = ''; // that it was tried for
  #tried = 0;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly parts: RecoveryParts) {}

  /** Whether what a run failed by is mended. */
  lost(error: unknown, { picture }: Start): boolean {
    if ((error as { code?: string }).code !== 'worker-failed') return false;
    const same = JSON.stringify(picture);
    this.#tried = this.#picture === same ? this.#tried + 1 : 1;
    this.#picture = same;
    if (this.#tried > tries) return false;
    this.#goOn();
    return true;
  }

  /** Something was heard of a run, which goes on or does not. */
  heard(runs: boolean): void {
    clearTimeout(this.#watch);
    this.#watch = runs ? setTimeout(() => this.#tell(), silence) : undefined;
  }

  #tell(): void {
    const seconds = silence / 1000;
    this.parts.notice.warn(
      `The workers have said nothing for ${seconds} seconds: the network may be large, or they may be stuck.`,
      {
        text: 'Start them again',
        take: () => this.#goOn(),
      },
    );
  }

  #goOn(): void {
    this.parts.asked.reopen(this.parts.session.kept);
  }
}
