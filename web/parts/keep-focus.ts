/**
 * Where what has the focus goes away, what stands nearest has it next: without that, who goes on by keyboard would begin at the top of
 * the page, and who listens would hear nothing of what came of the press.
 */
const candidates = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';

export function keepFocus(root: HTMLElement): void {
  let place: Place | undefined;
  root.addEventListener('focusin', ({ target }) => {
    const element = target as HTMLElement;
    place = element.closest('dialog') ? undefined : placeOf(element, root); // from a dialog it goes back by itself
  });
  root.addEventListener('focusout', ({ target }) =>
    queueMicrotask(() => {
      if (target === place?.element && document.activeElement !== target && takesFocus(place.element)) place = undefined; // left
    }),
  );
  new MutationObserver((records) => {
    if (!place || !records.some(mayTakeAway) || takesFocus(place.element)) return;
    nearest(place)?.focus({ preventScroll: true });
  }).observe(root, { subtree: true, childList: true, attributeFilter: ['disabled', 'hidden', 'class'] });
}

/** Where it stands, told by what stands around it: what is removed cannot be asked any more. */
interface Place {
  element: HTMLElement;
  around: HTMLElement[]; // from the innermost
  before: HTMLElement[]; // from the nearest
  after: HTMLElement[];
}

function placeOf(element: HTMLElement, root: HTMLElement): Place {
  const around: HTMLElement[] = [];
  for (let at = element.parentElement; at; at = at.parentElement) around.push(at);
  const all = [...root.querySelectorAll<HTMLElement>(candidates)];
  const index = all.indexOf(element);
  return { element, around, before: all.slice(0, Math.max(index, 0)).reverse(), after: all.slice(index + 1) };
}

/** Texts change with every step. */
const mayTakeAway = ({ type, removedNodes }: MutationRecord) =>
  type === 'attributes' || [...removedNodes].some(({ nodeType }) => nodeType === Node.ELEMENT_NODE);

const takesFocus = (element: HTMLElement) =>
  element.isConnected && !element.matches(':disabled, [inert] *') && element.checkVisibility({ visibilityProperty: true });

function nearest({ around, after, before }: Place): HTMLElement | undefined {
  const able = [...after, ...before].filter((element) => element.tabIndex >= 0 && takesFocus(element));
  for (const outer of around) {
    const found = able.find((element) => outer.contains(element));
    if (found) return found;
  }
  return able[0];
}
