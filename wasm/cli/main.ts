#!/usr/bin/env node
/** The command `phaselens`. */
import { type Command, parse } from './command.js';
import { misuse, statusOf } from './exit.js';
import { gradient } from './gradient.js';
import { commandHelp, overview } from './help.js';
import { watchInterrupts } from './interrupt.js';
import { layers } from './layers.js';
import { suggest } from './nearest.js';
import { poster } from './poster.js';
import { clearLine } from './progress.js';
import { render } from './render.js';
import { serve } from './serve.js';
import { sheet } from './sheet.js';
import { spectrum } from './spectrum.js';
import { version } from './version.js';

const commands: readonly Command[] = [render, sheet, layers, gradient, spectrum, poster, serve];

function commandNamed(name: string): Command {
  const command = commands.find((known) => known.name === name);
  if (command) return command;
  const names = commands.map((known) => known.name);
  throw misuse(`There is no command ${name}.${suggest(name, names)} phaselens -h lists them: ${names.join(', ')}.`);
}

async function main([name, ...words]: readonly string[]): Promise<void> {
  if (name === undefined) throw misuse(overview(commands));
  if (name === '-h' || name === '--help') return console.log(overview(commands));
  if (name === '--version') return console.log(version);
  const command = commandNamed(name);
  const given = parse(command, words);
  if (given.yes('help')) return console.log(await commandHelp(command, given));
  watchInterrupts();
  await command.run(given);
}

/** Whoever reads what is printed may leave, as `head` does; the work goes on. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

main(process.argv.slice(2)).catch((error: Error) => {
  clearLine();
  console.error(error.message);
  process.exitCode = statusOf(error);
});
