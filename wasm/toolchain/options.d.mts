import type { OptionInfo } from '../base/option-list.js';

interface Lists {
  config: OptionInfo[];
  frame: OptionInfo[];
}

/** The file that is made of the lists, and what it holds. */
export const file: string;
export function optionList(lists: Lists): string;
/** The built core's. */
export function readLists(): Promise<Lists>;
