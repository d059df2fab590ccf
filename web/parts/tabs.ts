/** Tabs of this page that are open beside each other: one that changes what all of them keep tells the others. */
export class Tabs {
  #channel: BroadcastChannel | undefined;
  #changed = (): void => {};

  constructor(private readonly name: string) {}

  /** `changed` is called after every change in another tab. A page that was left hears of nothing, and asks when it is back. */
  listen(changed: () => void): void {
    this.#changed = changed;
    this.#connect();
    addEventListener('pagehide', () => this.#channel?.close());
    addEventListener('pageshow', ({ persisted }) => {
      if (!persisted) return;
      this.#connect();
      changed();
    });
  }

  tell(): void {
    this.#channel?.postMessage('changed');
  }

  #connect(): void {
    this.#channel = new BroadcastChannel(this.name);
    this.#channel.onmessage = () => this.#changed();
  }
}
