/** Light or dark: the system's choice until the reader makes one. */
const key = 'phaselens-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
/** What colours there are: what is drawn has them too. */
const surroundings = ['print', '(forced-colors: active)'].map((media) => matchMedia(media));

function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme; // the reference has 'os' beside the two
  return chosen === 'dark' || (chosen !== 'light' && system.matches);
}

/** Whenever colours are others: by the system's choice or the reader's, or on paper. */
export function whenColoursChange(act: () => void): void {
  for (const media of [system, ...surroundings]) media.addEventListener('change', act);
  new MutationObserver(act).observe(document.documentElement, { attributeFilter: ['data-theme'] });
}

export function wireTheme(button: HTMLButtonElement, onChange: () => void): void {
  const show = () => {
    button.setAttribute('aria-pressed', String(isDark()));
    onChange();
  };
  button.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(key, theme);
    } catch {
      // Storage is forbidden here: the choice lasts as long as the page.
    }
  });
  whenColoursChange(show);
  show();
}
