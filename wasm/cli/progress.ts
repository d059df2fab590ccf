/** How far the work is: one line of a terminal, which is written anew; elsewhere nothing. */

export interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

let shown = false;

export function showLine(text: string, terminal: Terminal = process.stderr): void {
  if (!terminal.isTTY) return;
  terminal.write(`\r\x1b[K${text.slice(0, (terminal.columns ?? 80) - 1)}`);
  shown = true;
}

export function clearLine(terminal: Terminal = process.stderr): void {
  if (shown) terminal.write('\r\x1b[K');
  shown = false;
}

/** What is left of a work of which `done` of `all` parts took so long. */
export function timeLeft(milliseconds: number, done: number, all: number): string {
  const seconds = Math.ceil((milliseconds / 1000 / done) * (all - done));
  return seconds < 60 ? `${seconds} s left` : `${Math.floor(seconds / 60)} min ${seconds % 60} s left`;
}
