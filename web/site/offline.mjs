// Writes the site's service worker: which files there are, and what is in each.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('base64');

function filesIn(folder, below = '') {
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(below, entry.name);
    return entry.isDirectory() ? filesIn(folder, name) : [name];
  });
}

/** Files that the package itself keeps by their hash, once they are used: kept twice they would take twice the room. */
function keptByPackage({ models, judges, magnitude, continuedMagnitude }) {
  const packaged = [...models, magnitude, continuedMagnitude].map(({ file }) => `phaselens/phaselens/models/${file}`);
  return [...packaged, ...judges.map(({ file }) => `judges/${file}`)];
}

export function writeWorker(out, manifest) {
  const left = new Set([...keptByPackage(manifest), 'source.tar.gz', 'sw.js']);
  const late = new Set(manifest.generators.map(({ file }) => `article/${file}`));
  const names = filesIn(out)
    .filter((name) => !left.has(name))
    .sort();
  const contents = names.map((name) => fs.readFileSync(path.join(out, name)));
  const listOf = (of) =>
    JSON.stringify(Object.fromEntries(names.flatMap((name, i) => (of(name) ? [[name, hashOf(contents[i])]] : []))));
  const [files, asked] = [listOf((name) => !late.has(name)), listOf((name) => late.has(name))];
  const text = fs
    .readFileSync(path.join(import.meta.dirname, 'sw.js'), 'utf8')
    .replace('= FILES;', () => `= ${files};`)
    .replace('= ASKED;', () => `= ${asked};`)
    .replace('+ VERSION;', () => `+ ${JSON.stringify(hashOf(files + asked))};`);
  fs.writeFileSync(path.join(out, 'sw.js'), text);
  const there = contents.filter((_, i) => !late.has(names[i]));
  return { count: there.length, bytes: there.reduce((sum, { length }) => sum + length, 0) };
}
