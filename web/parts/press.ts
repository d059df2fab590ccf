/** What moves the page waits while something is pressed: a button would else be gone from under the pointer, and its click lost. */
let pressed = false;
const waiting: (() => void)[] = [];

addEventListener('pointerdown', () => (pressed = true), true);
for (const type of ['pointerup', 'pointercancel']) addEventListener(type, () => setTimeout(release), true); // after the click

function release(): void {
  pressed = false;
  for (const act of waiting.splice(0)) act();
}

/** At once, or when nothing is pressed any more. */
export function unpressed(act: () => void): void {
  if (pressed) waiting.push(act);
  else act();
}
