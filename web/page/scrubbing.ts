/** The frames of the run on show: to look back at while it goes on, and to save as a video. */
import { download, fileName } from '../parts/download';
import { type Notice, sentence } from '../parts/notice';
import type { Step } from '../phaselens';
import type { Stage } from '../picture/canvas';
import { Scrubber, type ScrubberParts } from '../picture/scrubber';
import { videoFormat, videoOf } from '../picture/video';
import { Reel } from '../run/reel';
import type { Progress, SessionEvents, Side } from '../run/session';
import { nameParts, type Showing } from './showing';

export interface ScrubbingParts {
  scrubber: ScrubberParts;
  video: HTMLButtonElement;
  stage: Stage;
  showing: Showing;
  notice: Notice;
}

export class Scrubbing implements Partial<SessionEvents> {
  readonly #reel = new Reel();
  readonly #scrubber: Scrubber;
  readonly #format = videoFormat();
  #progress = { done: 0, steps: 0 };

  constructor(private readonly parts: ScrubbingParts) {
    const { video } = parts;
    this.#scrubber = new Scrubber(parts.scrubber, { to: (done) => this.#to(done), now: () => this.#now() });
    this.#scrubber.empty();
    video.hidden = !this.#format;
    video.addEventListener('click', () => void this.#save());
  }

  begun(_run: unknown, _values: number, side: Side): void {
    if (side > 0) return;
    const { stage, showing } = this.parts;
    stage.hold(undefined);
    if (showing.onShow?.goesOn) return;
    this.#reel.clear();
    this.#scrubber.empty();
  }

  step({ frames }: Step, { done, steps }: Progress): void {
    this.#progress = { done, steps };
    this.#reel.add({ done, frames });
    const { held } = this.parts.stage;
    this.#scrubber.show(held?.done ?? done, steps, held !== undefined);
  }

  #to(wanted: number): void {
    const kept = this.#reel.at(wanted);
    if (!kept || wanted >= this.#progress.done) return this.#now();
    const { steps } = this.#progress;
    this.parts.stage.hold({ done: kept.done, steps, frames: kept.frames });
    this.#scrubber.show(kept.done, steps, true);
  }

  #now(): void {
    this.parts.stage.hold(undefined);
    this.#scrubber.show(this.#progress.done, this.#progress.steps, false);
  }

  async #save(): Promise<void> {
    const { notice, video, showing } = this.parts;
    const { shown } = showing;
    if (!shown || !this.#format) return;
    video.disabled = true;
    notice.say('Recording the video');
    try {
      const frames = this.#reel.all.map(({ frames }) => frames);
      download(await videoOf(frames, this.#format), fileName(nameParts(shown), this.#format.extension));
    } catch (error) {
      notice.warn(`There is no video. ${sentence(error)}`);
    }
    video.disabled = false;
    showing.announce();
  }
}
