/** What is printed: a line of text or of JSON for each result; words as a shell takes them. */
import type { Given } from './command.js';

export type Tell = (result: object, text: string) => void;

export function teller(given: Given): Tell {
  const json = given.yes('json');
  return (result, text) => console.log(json ? JSON.stringify(result) : text);
}

export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
