/** Questions about the picture while it forms: of its latest frame, now and then, so that it does not wait for the answers. */

/** How much longer than an answer takes nothing is asked: a tenth of the time goes into answers at most. */
const patience = 10;

export class Asking<Question> {
  #latest: Question | undefined;
  #next: Question | undefined; // to be answered
  #busy = false;
  #ready = 0; // when the next may be asked

  /** `pause`: milliseconds between two questions at least. `answer` throws nothing. */
  constructor(
    private readonly pause: number,
    private readonly answer: (question: Question) => Promise<void>,
  ) {}

  /** About another picture, whose first steps are not to wait. */
  begin(): void {
    this.#latest = this.#next = undefined;
    this.#ready = performance.now() + this.pause;
  }

  /** Of a frame in passing. */
  ask(question: Question): void {
    this.#latest = question;
    if (!this.#busy && performance.now() >= this.#ready) this.settle();
  }

  /** Of the latest frame, which stays. */
  settle(): void {
    this.#next = this.#latest;
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#next) {
      const question = this.#next;
      this.#next = undefined;
      const begun = performance.now();
      await this.answer(question);
      this.#ready = performance.now() + Math.max(this.pause, patience * (performance.now() - begun));
    }
    this.#busy = false;
  }
}
