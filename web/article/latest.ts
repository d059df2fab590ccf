/** Of many wishes that come while one is worked on, the last one counts. */
export function latest<T>(work: (wish: T) => Promise<void>): (wish: T) => void {
  let next: { wish: T } | undefined;
  let busy = false;
  const go = async (): Promise<void> => {
    busy = true;
    try {
      while (next) {
        const { wish } = next;
        next = undefined;
        await work(wish);
      }
    } finally {
      busy = false;
    }
  };
  return (wish) => {
    next = { wish };
    if (!busy) void go();
  };
}
