/** What this browser keeps for later visits, in IndexedDB. Nothing here is needed for a visit to work. */

/** Milliseconds after which a database that has not opened is no help. */
const patience = 2000;

export class Database<Name extends string> {
  constructor(
    private readonly name: string,
    private readonly stores: readonly Name[],
  ) {}

  /** What the requests that `work` makes give, once all of it is on the disk. */
  async transact(
    mode: IDBTransactionMode,
    work: (to: Record<Name, IDBObjectStore>) => readonly IDBRequest[],
  ): Promise<unknown[]> {
    const database = await this.#opened();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction(this.stores, mode);
        const stores = Object.fromEntries(this.stores.map((name) => [name, transaction.objectStore(name)]));
        const requests = work(stores as Record<Name, IDBObjectStore>);
        transaction.oncomplete = () => resolve(requests.map(({ result }) => result));
        transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was given up.'));
      });
    } finally {
      database.close();
    }
  }

  /** One that answers too late is let go. */
  #opened(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.name, 1);
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        reject(new Error('The database does not answer.'));
      }, patience);
      request.onupgradeneeded = () => this.stores.forEach((name) => request.result.createObjectStore(name));
      request.onsuccess = () => {
        clearTimeout(timer);
        if (late) request.result.close();
        else resolve(request.result);
      };
      request.onerror = () => reject(request.error ?? new Error('The database cannot be opened.'));
    });
  }
}
