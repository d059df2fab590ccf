/** Whether an element can be seen: in view, on a page in view. */

const watched = new Map<Element, { inView: boolean; told: boolean; tell: (seen: boolean) => void }>();
let observer: IntersectionObserver | undefined;

/** Tells each change; the first one is from unseen. The answer ends it. */
export function watch(element: Element, tell: (seen: boolean) => void): () => void {
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const one = watched.get(target);
      if (one) one.inView = isIntersecting;
    }
    tellAll();
  });
  if (watched.size === 0) document.addEventListener('visibilitychange', tellAll);
  watched.set(element, { inView: false, told: false, tell });
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    watched.delete(element);
    if (watched.size === 0) document.removeEventListener('visibilitychange', tellAll);
  };
}

function tellAll(): void {
  for (const one of watched.values()) {
    const seen = one.inView && document.visibilityState !== 'hidden';
    if (seen === one.told) continue;
    one.told = seen;
    one.tell(seen);
  }
}

/** The reader asked for less: of motion, which pictures in the making are, or of data. */
export function wantsLess(): boolean {
  const { connection } = navigator as Navigator & { connection?: { saveData?: boolean } };
  return matchMedia('(prefers-reduced-motion: reduce)').matches || connection?.saveData === true;
}
