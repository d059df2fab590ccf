/** The workers of one model: the lead, which answers everything, and helpers, which share the crops of its runs. */
import { fromPlainError, PhaselensError } from '../base/errors.js';
import { parallelism, type WorkerHandle } from '../base/platform.js';
import type { Call, CallName, Calls, ExternalFile, FromWorker, ModelDescription, Tell } from '../base/protocol.js';
import { startWorker } from './runtime.js';

/** What a visualization hears from the lead. */
export interface RunListener {
  event(message: Extract<FromWorker, { run: number }>): void;
  /** The crew is gone. */
  fail(error: PhaselensError): void;
}

interface Pending {
  resolve(value: never): void;
  reject(error: unknown): void;
}

/** One worker, and the calls that it has not answered. */
export class Member {
  #handle: WorkerHandle | undefined;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #awaited = 0;
  #ended: PhaselensError | undefined;

  constructor(workerUrl: string | URL | undefined, event: RunListener['event'], failed: RunListener['fail']) {
    this.#handle = startWorker(workerUrl, {
      message: (message) => this.#receive(message as FromWorker, event, failed),
      failed,
    });
  }

  call<K extends CallName>(name: K, input: Calls[K][0], transfer?: readonly Transferable[]): Promise<Calls[K][1]> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    this.keepAlive(1);
    return new Promise<Calls[K][1]>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#handle?.post({ kind: 'call', id, name, input } as Call, transfer);
    }).finally(() => this.keepAlive(-1));
  }

  tell(message: Tell, transfer?: readonly Transferable[]): void {
    if (!this.#ended) this.#handle?.post(message, transfer);
  }

  /** In Node, a worker that someone waits for keeps the process alive. */
  keepAlive(change: 1 | -1): void {
    this.#awaited += change;
    if (!this.#ended) this.#handle?.keepAlive(this.#awaited > 0);
  }

  /** What is pending, and every later call, is rejected with `error`. */
  async terminate(error: PhaselensError): Promise<void> {
    this.#ended = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.terminate();
  }

  #receive(message: FromWorker, event: RunListener['event'], failed: RunListener['fail']): void {
    if ('error' in message && message.error.code === 'worker-failed') return failed(fromPlainError(message.error));
    if ('run' in message) return event(message);
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === 'answer') pending?.resolve(message.value as never);
    else pending?.reject(fromPlainError(message.error));
  }
}

/** What the workers of a model may hold of it together where nobody says how many there are; two may in any case. */
const usualBytes = 2 ** 30;

/** How often a worker holds a model's bytes: as they are in the file, and packed for both directions. */
const timesHeld = 5;

/** How many workers a model of so many bytes has where nobody says. */
export function usualWorkers(bytes: number, threads = parallelism()): number {
  return Math.min(threads, Math.max(2, Math.floor(usualBytes / (timesHeld * bytes))));
}

export interface CrewOptions {
  workerUrl: string | URL | undefined;
  /** Workers at most, the lead among them; undefined: as many as are usual. */
  size: number | undefined;
  load: {
    open: Calls['open'][0];
    loading: Omit<Calls['load'][0], 'external' | 'workers'>;
    /** The files that the model needs beside it. Called once. */
    readExternal(names: readonly string[]): Promise<readonly ExternalFile[]>;
  };
}

/** A helper, once it has loaded the model; undefined if it has no memory for it. */
type Helper = Promise<Member | undefined>;

export class Crew {
  readonly lead: Member;
  readonly #options: Omit<CrewOptions, 'load'>;
  /** What every worker begins with: the files and the module, let go with the workers. */
  #load: CrewOptions['load'] | undefined;
  #external: readonly ExternalFile[] | undefined;
  #size = 1;
  readonly #helpers: Helper[] = [];
  readonly #members: Member[] = [];
  readonly #listeners = new Map<number, RunListener>();
  #nextRun = 0;
  #error: PhaselensError | undefined;

  constructor({ load, ...options }: CrewOptions) {
    this.#options = options;
    this.#load = load;
    this.lead = this.#start();
  }

  /** Loads the model into the lead. */
  load(): Promise<ModelDescription> {
    return this.#loadInto(this.lead);
  }

  /** Throws where the crew is gone. */
  check(): void {
    if (this.#error) throw this.#error;
  }

  /** `count` helpers or as many as there may be; those that are not there yet begin to load the model. */
  helpers(count: number): readonly Helper[] {
    while (!this.#error && this.#helpers.length < Math.min(count, this.#size - 1)) {
      const helper = this.#startHelper();
      helper.catch(() => {}); // whoever waits for it hears of it
      this.#helpers.push(helper);
    }
    return this.#helpers.slice(0, count);
  }

  /** A run's number; its listener hears of it until `release`. */
  listen(listener: RunListener): number {
    const run = this.#nextRun++;
    this.#listeners.set(run, listener);
    return run;
  }

  release(run: number): void {
    this.#listeners.delete(run);
  }

  /** Every worker's memory, the lead's first, when all have loaded the model. */
  async memory(): Promise<Calls['memory'][1][]> {
    const members = [this.lead, ...(await Promise.all(this.#helpers))];
    return Promise.all(members.flatMap((member) => (member ? [member.call('memory', null)] : [])));
  }

  /** Ends all workers; what is pending is rejected with `error`, and so is everything later. */
  async end(error: PhaselensError): Promise<void> {
    if (this.#error) return;
    this.#error = error;
    for (const listener of this.#listeners.values()) listener.fail(error);
    this.#listeners.clear();
    this.#load = this.#external = undefined;
    this.#helpers.length = 0;
    await Promise.all(this.#members.splice(0).map((member) => member.terminate(error)));
  }

  #start(): Member {
    const member = new Member(
      this.#options.workerUrl,
      (message) => this.#listeners.get(message.run)?.event(message),
      (error) => void this.end(error),
    );
    this.#members.push(member);
    return member;
  }

  async #loadInto(member: Member): Promise<ModelDescription> {
    this.check();
    const { open, loading, readExternal } = this.#load!;
    const names = await member.call('open', open);
    this.#external ??= await readExternal(names);
    this.#size = this.#options.size ?? usualWorkers(this.#external.reduce((sum, { file }) => sum + file.size, open.model.size));
    return member.call('load', { ...loading, workers: this.#size, external: this.#external });
  }

  async #startHelper(): Helper {
    const member = this.#start();
    try {
      await this.#loadInto(member);
      return member;
    } catch (error) {
      if (!(error instanceof PhaselensError) || error.code !== 'out-of-memory') throw error;
      this.#members.splice(this.#members.indexOf(member), 1);
      await member.terminate(error);
      return undefined;
    }
  }
}
