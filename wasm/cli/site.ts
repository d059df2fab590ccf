/** The addresses of a page, as paths of this machine: those that a browser would ask for. */
import { relative, resolve } from 'node:path';

/** An address of another site stays what it is. */
export type Resolve = (address: string) => string;

export const hasScheme = (address: string): boolean => /^([a-z][a-z0-9+.-]*:|\/\/)/i.test(address);

/** Relative to a folder, or to the site's. */
function within(folder: string, root: string): Resolve {
  return (address) => {
    if (hasScheme(address)) return address;
    const name = decodeURI(address.replace(/[?#].*$/s, ''));
    const path = name.startsWith('/') ? resolve(root, `.${name}`) : resolve(folder, name);
    return relative('.', path).replace(/^(?![./\\])/, './');
  };
}

/** Of a page in `folder`; `base` is the address that its addresses are relative to, where it says one. */
export function resolver(folder: string, root: string, base = ''): Resolve {
  if (hasScheme(base)) return (address) => new URL(address, new URL(base, 'https://host')).href;
  const upTo = base.replace(/[?#].*$/s, '').replace(/[^/]*$/, '');
  return within(within(folder, root)(upTo), root);
}
