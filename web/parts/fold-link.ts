/** A button that leads to a fold of the page: opened, in view, and with the focus. An address would be taken for a picture's. */
export function wireFoldLink(button: HTMLButtonElement, fold: HTMLDetailsElement): void {
  button.addEventListener('click', () => {
    fold.open = true;
    fold.scrollIntoView({ block: 'start' });
    fold.querySelector('summary')!.focus({ preventScroll: true });
  });
}
