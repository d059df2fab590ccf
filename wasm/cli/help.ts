/** What -h prints. */
import { type Command, type Flag, type Given, helpFlag } from './command.js';

const width = 100;
const indent = 6;

/** Lines no longer than a terminal's. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1)!.length + word.length >= width - indent) lines.push('');
    lines.push(`${lines.pop()} ${word}`.trimStart());
  }
  return lines.map((line) => ' '.repeat(indent) + line).join('\n');
}

function head({ name, short, value }: Flag): string {
  return `  ${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`;
}

function describe(flag: Flag, initial: string | undefined): string {
  return `${head(flag)}\n${wrap(flag.text + (initial === undefined ? '' : ` Default: ${initial}.`))}`;
}

export async function commandHelp(command: Command, given: Given): Promise<string> {
  const defaults = await command.defaults?.(given);
  const flags = [...command.flags, helpFlag].map((flag) => describe(flag, defaults?.get(flag.name)));
  const parts = [`phaselens ${command.name} ${command.usage}`, command.summary, flags.join('\n'), command.notes];
  return parts.filter(Boolean).join('\n\n');
}

export function overview(commands: readonly Command[]): string {
  const longest = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(longest)}  ${summary}`);
  return `phaselens COMMAND [OPTIONS]

${lines.join('\n')}

phaselens COMMAND -h says more of one; --version says which this is.
It ends with 0 when all is done, 1 when something failed, 2 when it was used wrongly, 130 when it was interrupted.`;
}
