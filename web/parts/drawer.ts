/** On a phone, choices lie over the lower half of the window, or beside the picture in landscape, while the picture stays in view. */
export interface DrawerParts {
  box: HTMLElement;
  grip: HTMLElement; // dragged down, it closes
  open: HTMLButtonElement;
  close: HTMLButtonElement;
  view: HTMLElement; // what stays in view
}

/** As in drawer.css. */
const small = matchMedia('(max-width: 700px), (max-width: 960px) and (max-height: 480px)');
const dragged = 40; // pixels

export function wireDrawer({ box, grip, open, close, view }: DrawerParts): void {
  const others = around(box);
  const show = (on: boolean) => {
    if (on === box.classList.contains('open')) return;
    box.classList.toggle('open', on);
    open.ariaExpanded = String(on);
    for (const other of others) other.inert = on;
    if (on) view.scrollIntoView({ block: 'start' });
    (on ? close : open).focus({ preventScroll: true });
  };
  open.addEventListener('click', (event) => {
    event.stopPropagation(); // it is outside of what it opens
    show(true);
  });
  close.addEventListener('click', () => show(false));
  small.addEventListener('change', () => show(false));
  document.addEventListener(
    'click',
    ({ target }) => (target as Node).isConnected && !box.contains(target as Node) && show(false),
  );
  box.addEventListener('keydown', ({ key, target }) => {
    const lists = (target as Element).getAttribute('aria-expanded') === 'true'; // Escape closes a list first
    if (key === 'Escape' && !lists) show(false);
  });
  wireDrag(grip, () => show(false));
}

function wireDrag(grip: HTMLElement, down: () => void): void {
  let from = Number.NaN;
  grip.addEventListener('pointerdown', ({ clientY }) => (from = clientY));
  addEventListener('pointerup', ({ clientY }) => {
    if (clientY - from > dragged) down();
    from = Number.NaN;
  });
}

/** All of the page but this and what it lies in. */
function around(box: HTMLElement): HTMLElement[] {
  const others: HTMLElement[] = [];
  for (let inner: HTMLElement = box; inner.parentElement && inner !== document.body; inner = inner.parentElement)
    others.push(...([...inner.parentElement.children] as HTMLElement[]).filter((child) => child !== inner));
  return others;
}
