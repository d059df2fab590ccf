// npm run release:check: whether dist/ may be published. Sizes and licences are looked at here, and so they are in npm test; what else must
// have passed are the tests, which it names. Nothing is published.
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

const root = path.resolve(import.meta.dirname, '../..');
const read = (name) => fs.readFileSync(path.join(root, name));

/** Bytes at most, compressed by gzip as servers do; a file that has grown beyond is a decision to be taken here. */
const sizes = {
  'index.js': 30e3,
  'element.js': 15e3,
  'define.js': 1e3,
  'phaselens/worker.js': 16e3,
  'phaselens/phaselens-simd.wasm': 275e3,
  'phaselens/phaselens-relaxed.wasm': 275e3,
  'phaselens/models/imagenet-magnitude-continued.npy.gz': 30e3,
  'inline.js': 440e3,
};

/** Of code for a model of one's own: the entry, the worker and a module. */
const mostCode = 300e3;

const compressed = (name) => gzipSync(read(`dist/${name}`), { level: 9 }).length;

function sizeProblems() {
  const large = Object.entries(sizes).filter(([name, most]) => compressed(name) > most);
  const code = ['index.js', 'phaselens/worker.js', 'phaselens/phaselens-simd.wasm'].reduce(
    (sum, name) => sum + compressed(name),
    0,
  );
  return [
    ...large.map(([name, most]) => `${name} has ${compressed(name)} bytes compressed, more than ${most}.`),
    ...(code > mostCode ? [`The code has ${code} bytes compressed, more than ${mostCode}.`] : []),
  ];
}

/** What of others is in dist/ must come with its licence. */
function licenceProblems() {
  const titles = [
    ...read('wasm/toolchain/module.cmake')
      .toString()
      .matchAll(/^ {2}"(.*)" \$\{/gm),
  ].map(([, title]) => title);
  const { models, labels, magnitude, continuedMagnitude } = JSON.parse(read('models/manifest.json'));
  const parts = [...models, ...labels, magnitude, continuedMagnitude].map(({ file }) => file);
  const lacks = (file, names) => {
    const text = read(`dist/${file}`).toString();
    return names.filter((name) => !text.includes(name)).map((name) => `${file} has no licence of ${name}.`);
  };
  return [
    ...(fs.existsSync(path.join(root, 'dist/LICENSE')) ? [] : ['LICENSE is missing.']),
    ...lacks('phaselens/THIRD-PARTY-LICENSES.txt', titles),
    ...lacks('phaselens/models/LICENSES.txt', parts),
  ];
}

/** Sentences about what keeps dist/ from being published. */
export const problems = () => [...sizeProblems(), ...licenceProblems()];

/** What is right at any time, but not when it is published. */
function releaseProblems() {
  const { version } = JSON.parse(read('dist/package.json'));
  const project = JSON.parse(read('package.json'));
  const dated = new RegExp(`^## ${version.replaceAll('.', '\\.')}, \\d{4}-\\d{2}-\\d{2}$`, 'm').test(read('CHANGELOG.md'));
  return [
    ...(version === project.version ? [] : [`dist/ is of ${version}, and the project of ${project.version}: npm run build.`]),
    ...(dated ? [] : [`CHANGELOG.md has no line "## ${version}, YYYY-MM-DD".`]),
  ];
}

if (process.argv[1] === import.meta.filename) {
  const found = [...problems(), ...releaseProblems()];
  for (const name of Object.keys(sizes)) console.log(`${name}: ${compressed(name)} bytes compressed, of ${sizes[name]}`);
  for (const problem of found) console.error(problem);
  console.log('These must have passed: npm test, npm run test:hosts (with publint and attw). Then: npm publish dist');
  process.exitCode = found.length > 0 ? 1 : 0;
}
