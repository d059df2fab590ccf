/** Models of one's own, kept in this browser until they are forgotten. */
import { Database } from '../parts/database';
import { Tabs } from '../parts/tabs';
import type { Settings } from './settings';

export interface Kept {
  id: string;
  title: string;
  file: Blob;
  data: File[]; // in which weights of it lie
  settings: Settings;
}

/** Apart from the files, so that another choice does not write a file of 300 MB again. */
const database = new Database('phaselens', ['files', 'settings']);

const tabs = new Tabs('phaselens-models');

/** `changed` is called when another tab has kept or forgotten one, or chosen otherwise for it. */
export const listen = (changed: () => void): void => tabs.listen(changed);

export async function keep({ id, title, file, data, settings }: Kept): Promise<void> {
  await database.transact('readwrite', (to) => [to.files.put({ title, file, data }, id), to.settings.put(settings, id)]);
  tabs.tell();
}

/** Of a model that is kept, beside what other tabs have chosen for it; of another it does nothing. */
export async function keepSettings(id: string, settings: Partial<Settings>): Promise<void> {
  await database.transact('readwrite', (to) => {
    const known = to.settings.get(id);
    known.onsuccess = () => {
      if (known.result !== undefined) to.settings.put({ ...(known.result as Settings), ...settings }, id);
    };
    return [known];
  });
  tabs.tell();
}

export async function forget(id: string): Promise<void> {
  await database.transact('readwrite', (to) => [to.files.delete(id), to.settings.delete(id)]);
  tabs.tell();
}

/** The files are only referred to: their bytes stay on the disk. */
export async function kept(): Promise<Kept[]> {
  const [ids = [], files = [], settings = []] = (await database.transact('readonly', (to) => [
    to.files.getAllKeys(),
    to.files.getAll(),
    to.settings.getAll(),
  ])) as unknown[][];
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
