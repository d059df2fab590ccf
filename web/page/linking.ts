/** The link to the picture, to hand on. */

import type { Notice } from '../parts/notice';
import { listed } from '../parts/words';
import type { Asked } from './asked';
import { lacking, type OwnFiles } from './lacking';
import type { Opening } from './opening';

export interface LinkingParts extends OwnFiles {
  button: HTMLButtonElement;
  address: HTMLInputElement; // for browsers that let no page write to the clipboard
  notice: Notice;
  opening: Opening;
  asked: Asked;
}

export class Linking {
  constructor(private readonly parts: LinkingParts) {
    parts.button.addEventListener('click', () => void this.#copy());
    parts.address.addEventListener('blur', () => (parts.address.hidden = true));
  }

  async #copy(): Promise<void> {
    const { notice, address } = this.parts;
    const link = location.href;
    const copied = await written(link);
    address.hidden = copied;
    address.value = link;
    if (!copied) address.select();
    notice.say(`${copied ? 'Link copied.' : 'Here is the link, to be copied.'}${this.#lacks}`);
  }

  get #lacks(): string {
    const { opening, asked } = this.parts;
    if (!opening.loaded || !asked.picture) return '';
    const names = lacking(opening.loaded, asked.picture, this.parts);
    if (names.length === 0) return '';
    return ` The link does not hold ${listed(names)}: who opens it needs ${names.length > 1 ? 'those files' : 'that file'}.`;
  }
}

/** Browsers may forbid it, and have no clipboard at all outside of secure contexts. */
async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
