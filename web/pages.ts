/** What every page of the site does: its theme, and being there without a network. */
import { wireTheme } from './parts/theme';

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const button = document.getElementById('site-theme');
if (button) wireTheme(button as HTMLButtonElement, () => {});

const worker = new URL('../sw.js', import.meta.url).href;
const { trustedTypes } = window as { trustedTypes?: Policies };
const rules = { createScriptURL: (url: string) => url };
const policy = trustedTypes?.createPolicy('phaselens-site', rules) ?? rules;
const { connection } = navigator as { connection?: { saveData?: boolean } };

// Who serves it to themselves wants to see what they have just made.
if ('serviceWorker' in navigator && !connection?.saveData && location.hostname !== 'localhost') {
  const register = () => void navigator.serviceWorker.register(policy.createScriptURL(worker)).catch(() => {}); // all works without it
  // What the page itself fetches comes first.
  if (document.readyState === 'complete') register();
  else addEventListener('load', register);
}
