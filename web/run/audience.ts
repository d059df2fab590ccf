/** Several who listen to a session, each told in turn. */
import type { SessionEvents } from './session';

export class Audience implements SessionEvents {
  constructor(private readonly listeners: readonly Partial<SessionEvents>[]) {}

  begun: SessionEvents['begun'] = (...told) => this.#tell((listener) => listener.begun?.(...told));

  step: SessionEvents['step'] = (...told) => this.#tell((listener) => listener.step?.(...told));

  stepBeside: SessionEvents['stepBeside'] = (...told) => this.#tell((listener) => listener.stepBeside?.(...told));

  delayed: SessionEvents['delayed'] = (...told) => this.#tell((listener) => listener.delayed?.(...told));

  kept: SessionEvents['kept'] = (...told) => this.#tell((listener) => listener.kept?.(...told));

  lost: SessionEvents['lost'] = (...told) => this.#tell((listener) => listener.lost?.(...told));

  state: SessionEvents['state'] = (...told) => this.#tell((listener) => listener.state?.(...told));

  #tell(tell: (listener: Partial<SessionEvents>) => void): void {
    for (const listener of this.listeners) tell(listener);
  }
}
