/** What classes are called: by names of the reader's own, or by those that a model lists, which may be asked for again. */
import type { Loaded } from '../models/models';
import type { ClassNames } from '../models/names';
import type { Opening } from './opening';

export interface NamingParts {
  /** Where it stands that names are missing. */
  missing: HTMLElement;
  opening: Opening;
  /** The picture goes on; only what it is called changes. */
  renamed(loaded: Loaded): void;
}

export class Naming {
  constructor(private readonly parts: NamingParts) {}

  /** A model is there, or called otherwise. */
  show(loaded: Loaded): void {
    const { missing } = this.parts;
    const { lacksNames = '' } = loaded;
    missing.hidden = lacksNames === '';
    if (missing.hidden) return missing.replaceChildren();
    const button = Object.assign(document.createElement('button'), {
      type: 'button',
      className: 'small',
      textContent: 'Try again',
    });
    button.addEventListener('click', () => void this.#again(loaded, button));
    missing.title = lacksNames;
    missing.replaceChildren('The names of the classes could not be fetched, so classes go by number. ', button);
  }

  rename(names: ClassNames | null | undefined): Promise<void> {
    return this.parts.opening.rename(names, this.parts.renamed);
  }

  async #again(loaded: Loaded, button: HTMLButtonElement): Promise<void> {
    const { opening, renamed } = this.parts;
    button.disabled = true;
    await opening.models?.nameAgain(loaded);
    if (loaded !== opening.loaded) return;
    this.show(loaded);
    renamed(loaded);
  }
}
