/** Models that the elements of a page share, by what loadModel is given; each is let go with its last user. */

import { isAddress, type LoadOptions, loadModel, type Model, type Progress, packagedModel } from '../api/index.js';

export interface ModelWish {
  /** Id of a packaged model, or an address; undefined: the first packaged one. */
  source: string | undefined;
  options: Pick<LoadOptions, 'labels' | 'preprocessing' | 'workers'>;
}

/** A user's part in a model. */
export interface Lease {
  readonly model: Promise<Model>;
  /** Who comes next loads it anew: this one is broken. */
  spoil(): void;
  /** Once, when it is not needed any more. */
  end(): void;
}

interface Shared {
  model: Promise<Model>;
  users: Set<(progress: Progress) => void>;
  loading: AbortController;
}

const known = new Map<string, Shared>();

export function borrow(wish: ModelWish, onProgress: (progress: Progress) => void): Lease {
  const key = JSON.stringify([wish.source, wish.options]);
  const shared = known.get(key) ?? begin(key, wish);
  const forget = () => void (known.get(key) === shared && known.delete(key));
  const hear = (progress: Progress) => onProgress(progress); // one of its own, so that each counts
  shared.users.add(hear);
  return {
    model: shared.model,
    spoil: forget,
    end() {
      shared.users.delete(hear);
      if (shared.users.size > 0) return;
      forget();
      shared.loading.abort();
      shared.model.then(
        (model) => model.dispose(),
        () => {},
      );
    },
  };
}

function begin(key: string, wish: ModelWish): Shared {
  const users = new Set<(progress: Progress) => void>();
  const loading = new AbortController();
  const onProgress = (progress: Progress) => {
    for (const user of users) user(progress);
  };
  const model = load(wish, { signal: loading.signal, onProgress });
  const shared = { model, users, loading };
  known.set(key, shared);
  model.catch(() => void (known.get(key) === shared && known.delete(key)));
  return shared;
}

async function load({ source, options }: ModelWish, more: Pick<LoadOptions, 'signal' | 'onProgress'>): Promise<Model> {
  const from = source !== undefined && isAddress(source) ? source : await packagedModel(source);
  return loadModel(from, { ...options, ...more });
}
