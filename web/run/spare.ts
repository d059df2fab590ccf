/** What is made while no picture is: a piece at a time, of the most urgent kind. It stops at once when a picture begins. */
export interface Spare {
  /** Makes the next piece, if there is one. It throws nothing: what cannot be made is wanted no more. */
  next(): (() => Promise<unknown>) | undefined;
  /** Of the piece that is being made. */
  stop(): void;
}

export class SpareTime {
  #idle = false;
  #now: Spare | undefined;

  /** The most urgent first. */
  constructor(private readonly kinds: () => readonly Spare[]) {}

  /** Whether no picture is made. */
  set idle(idle: boolean) {
    this.#idle = idle;
    if (idle) void this.#work();
    else this.#now?.stop();
  }

  /** There is more to be made of this kind; what is less urgent waits. */
  wake(kind: Spare): void {
    const order = this.kinds();
    if (this.#now && order.indexOf(kind) < order.indexOf(this.#now)) this.#now.stop();
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#now) return;
    for (let next = this.#next(); next; next = this.#next()) {
      this.#now = next.kind;
      await next.make();
    }
    this.#now = undefined;
  }

  #next(): { kind: Spare; make: () => Promise<unknown> } | undefined {
    for (const kind of this.#idle ? this.kinds() : []) {
      const make = kind.next();
      if (make) return { kind, make };
    }
    return undefined;
  }
}
