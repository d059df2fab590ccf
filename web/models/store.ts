/** Models of one's own, kept in this browser's IndexedDB until they are forgotten. Nothing here is needed for a visit to work. */
import type { Settings } from './settings';

export interface Kept {
  id: string;
  title: string;
  file: Blob;
  data: File[]; // in which weights of it lie
  settings: Settings;
}

/** Apart from the files, so that another choice does not write a file of 300 MB again. */
const stores = ['files', 'settings'] as const;

type Stores = Record<(typeof stores)[number], IDBObjectStore>;

export async function keep({ id, title, file, data, settings }: Kept): Promise<void> {
  await transact('readwrite', (to) => [to.files.put({ title, file, data }, id), to.settings.put(settings, id)]);
}

/** Of a model that is kept; of another it does nothing. */
export async function keepSettings(id: string, settings: Settings): Promise<void> {
  await transact('readwrite', (to) => {
    const known = to.files.getKey(id);
    known.onsuccess = () => {
      if (known.result !== undefined) to.settings.put(settings, id);
    };
    return [known];
  });
}

export async function forget(id: string): Promise<void> {
  await transact('readwrite', (to) => [to.files.delete(id), to.settings.delete(id)]);
}

/** The files are only referred to: their bytes stay on the disk. */
export async function kept(): Promise<Kept[]> {
  const [ids = [], files = [], settings = []] = await transact('readonly', (to) => [
    to.files.getAllKeys(),
    to.files.getAll(),
    to.settings.getAll(),
  ]);
  return ids.map((id, i) => ({
    id: String(id),
    data: [], // of a model that was kept before there were such
    ...(files[i] as Pick<Kept, 'title' | 'file'> & Partial<Pick<Kept, 'data'>>),
    settings: settings[i] as Settings,
  }));
}

/** Why something is not kept, as a clause. */
export function refusal(error: unknown): string {
  return (error as Error | null)?.name === 'QuotaExceededError'
    ? 'this browser has no room left for it'
    : 'this browser does not let the page keep files';
}

/** What the requests that `work` makes give, once all of it is on the disk. */
async function transact(mode: IDBTransactionMode, work: (to: Stores) => IDBRequest[]): Promise<unknown[][]> {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, mode);
      const failed = () => reject(transaction.error ?? new Error('The transaction was given up.'));
      const requests = work({ files: transaction.objectStore('files'), settings: transaction.objectStore('settings') });
      transaction.oncomplete = () => resolve(requests.map(({ result }) => result as unknown[]));
      transaction.onabort = failed;
    });
  } finally {
    database.close();
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('phaselens', 1);
    request.onupgradeneeded = () => stores.forEach((name) => request.result.createObjectStore(name));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('The database cannot be opened.'));
  });
}
