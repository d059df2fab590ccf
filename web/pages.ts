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

if ('serviceWorker' in navigator && !connection?.saveData) {
  const register = async () => {
    const { waiting } = await navigator.serviceWorker.register(policy.createScriptURL(worker));
    if (!waiting) return;
    // A new version came during an earlier visit: it takes over now, before anything has begun, if no other page is open.
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    waiting.postMessage('take over');
  };
  // What the page itself fetches comes first.
  const quietly = () => void register().catch(() => {}); // with a network all works without it
  if (document.readyState === 'complete') quietly();
  else addEventListener('load', quietly);
}
