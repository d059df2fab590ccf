/** The element's type in the templates of others: HTML by its name, JSX of React 19, templates of Vue. */
import type { PhaseLens, PhaseLensEventMap, PhaseLensProperties } from './phase-lens.js';

/** What a template may say: properties, events by `on` and their names, and what every element takes. */
export type PhaseLensTemplate = PhaseLensProperties & {
  [K in keyof PhaseLensEventMap as `on${K}`]?: (event: PhaseLensEventMap[K]) => void;
} & {
  /** What is slotted: poster and caption. */
  children?: unknown;
  /** As every element has it. */
  class?: unknown;
  /** React's name of it. */
  className?: string;
  /** As every element has it. */
  hidden?: boolean;
  /** As every element has it. */
  id?: string;
  /** What tells it from others in a list. */
  key?: string | number | bigint | null;
  /** Whom the framework hands the element to. */
  ref?: unknown;
  /** As every element has it. */
  slot?: string;
  /** As every element has it. */
  style?: object | string;
  /** As every element has it. */
  title?: string;
} & { [attribute: `aria-${string}` | `data-${string}`]: unknown };

declare global {
  interface HTMLElementTagNameMap {
    'phase-lens': PhaseLens;
  }
}

// biome-ignore lint/suspicious/noTsIgnore: no error where the framework is installed
/** @ts-ignore: where the framework is not installed, its name leads nowhere, and nobody asks for its types */
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'phase-lens': PhaseLensTemplate;
    }
  }
}

// biome-ignore lint/suspicious/noTsIgnore: as above
/** @ts-ignore: the same */
declare module 'vue' {
  interface GlobalComponents {
    'phase-lens': new () => { $props: PhaseLensTemplate };
  }
}
