/** Other networks are asked what they see in the picture on show, while it forms and when it has ended; only where the reader wants that. */
import { classOf } from '../models/guesses';
import { type Judge, judgesOf, type Naming } from '../models/judges';
import type { Loaded } from '../models/models';
import { sentence } from '../parts/notice';
import type { Api, Frame } from '../phaselens';
import type { JudgesView } from '../picture/judges';
import { Asking } from '../run/asking';
import type { Picture } from '../run/state';

interface Question {
  frame: Frame;
  right: string | undefined; // the class that the picture is of
  turn: number;
}

const pause = 2000; // milliseconds

export class Judging {
  #judges: readonly Judge[] = [];
  #on = false;
  #turn = 0; // of the pictures on show
  #timer: ReturnType<typeof setInterval> | undefined; // while they are fetched
  readonly #asking = new Asking<Question>(pause, (question) => this.#answer(question));

  /** `heard`: whether they are asked has changed. */
  constructor(
    private readonly view: JudgesView,
    private readonly heard: () => void,
  ) {}

  /** Those that can be asked: none as long as the reader does not want that. */
  get asked(): readonly Judge[] {
    return this.#on ? this.#judges : [];
  }

  /** Whether there are any. */
  get possible(): boolean {
    return this.#judges.length > 0;
  }

  /** Which there are. */
  async list(api: Api): Promise<void> {
    this.#judges = await judgesOf(api);
    this.#offer();
    this.heard();
  }

  /** Another picture is on show. */
  begin(): void {
    this.#turn++;
    this.#asking.begin();
    if (this.#on) this.view.empty();
  }

  /** The picture on show as it forms. */
  grow({ loaded, picture }: { loaded: Loaded; picture: Picture }, frame: Frame): void {
    this.#asking.ask({ frame, right: classOf(loaded, picture), turn: this.#turn });
  }

  /** It has ended. */
  ended(): void {
    this.#asking.settle();
  }

  toggle(): void {
    this.#on = !this.#on;
    this.heard();
    if (!this.#on) return this.#end();
    this.view.begin(this.#titles);
    this.#tellFetched();
    this.#timer = setInterval(() => this.#tellFetched(), 250);
    this.#asking.settle();
  }

  get #titles(): string[] {
    return this.#judges.map(({ title }) => title);
  }

  #offer(): void {
    const bytes = this.#judges.reduce((sum, judge) => sum + judge.bytes, 0);
    this.view.offer(this.#titles, bytes);
  }

  #end(): void {
    clearInterval(this.#timer);
    for (const judge of this.#judges) void judge.dispose();
    this.#offer();
  }

  #tellFetched(): void {
    const sum = (of: (judge: Judge) => number) => this.#judges.reduce((sum, judge) => sum + of(judge), 0);
    this.view.loading(
      sum(({ fetched }) => fetched),
      sum(({ bytes }) => bytes),
    );
  }

  /** What cannot be had is told, and may be asked for again. */
  async #answer({ frame, right, turn }: Question): Promise<void> {
    if (!this.#on) return;
    try {
      const namings = await Promise.all(this.#judges.map((judge) => judge.name(frame)));
      if (this.#on) this.#tell(namings, right, turn);
    } catch (error) {
      if (this.#on) this.#fail(error);
    }
  }

  #tell(namings: Naming[], right: string | undefined, turn: number): void {
    clearInterval(this.#timer);
    if (turn === this.#turn) this.view.show(namings, right);
  }

  #fail(error: unknown): void {
    this.#on = false;
    this.heard();
    this.#end();
    this.view.failed(`They cannot be asked. ${sentence(error)}`);
  }
}
