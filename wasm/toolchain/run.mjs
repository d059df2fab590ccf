// What npm start, site, test, bench, report, format, lint, build and setup do: install what is missing, build what changed, then serve, test or measure.
// Each stage is skipped when its inputs are those of its last success (build/stamps), or asks a tool that knows.
// No package is imported here: node_modules may not be there yet.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

if (!import.meta.dirname) throw new Error(`Node ${process.version} is too old: 20.16 or newer is needed.`);
const root = path.resolve(import.meta.dirname, '../..');
const tools = 'wasm/toolchain';
const flavours = ['simd', 'relaxed'];
const environment = { ...process.env, CMAKE_BUILD_PARALLEL_LEVEL: String(os.availableParallelism()) };
process.chdir(root);

/** A failure that the user can act on: its message is all that is shown. */
class Failure extends Error {}

// ---- running programs

const found = (program) => spawnSync('sh', ['-c', `command -v ${program}`], { env: environment }).status === 0;
const output = (program, ...args) => spawnSync(program, args, { env: environment, encoding: 'utf8' }).stdout ?? '';

/** Runs a program to its end and returns its exit code; its output is shown, or goes to `log`. */
function run(program, args, { log, env } = {}) {
  const stdio = log ? ['ignore', log, log] : ['ignore', 'inherit', 'inherit'];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio, env: { ...environment, ...env } });
    child.on('error', (error) => reject(new Failure(`${program} cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => resolve(signal ? 1 : code));
  });
}

/** Does a part that takes long: says what and how long; output goes to build/log, and is shown if a program fails. */
async function stage(title, advice, work) {
  const name = title.split(':')[0].replaceAll(' ', '-');
  const file = `build/log/${name}.log`;
  fs.mkdirSync('build/log', { recursive: true });
  const log = fs.openSync(file, 'w');
  const start = performance.now();
  console.log(title);
  await work(async (program, args, options) => {
    const code = await run(program, args, { log, ...options });
    if (code === 0) return;
    console.error(fs.readFileSync(file, 'utf8').trimEnd().split('\n').slice(-30).join('\n'));
    throw new Failure(`${title} failed: ${program} ended with code ${code}. ${advice} Everything it said is in ${file}.`);
  });
  fs.closeSync(log);
  console.log(`  ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

// ---- stamps

function files(...paths) {
  return paths.flatMap((entry) => {
    const stat = fs.statSync(entry, { throwIfNoEntry: false });
    if (!stat) return [];
    if (!stat.isDirectory()) return [entry];
    return files(
      ...fs
        .readdirSync(entry)
        .sort()
        .map((name) => path.join(entry, name)),
    );
  });
}

/** The sum of the files' names and contents, and of `more`. */
function sum(paths, ...more) {
  const hash = createHash('sha256').update(JSON.stringify([root, ...more]));
  for (const file of files(...paths)) hash.update(`\0${file}\0`).update(fs.readFileSync(file));
  return hash.digest('hex');
}

/** Calls `work` unless it succeeded with this key before and what it made is still there. */
async function once(name, key, made, work) {
  const stamp = `build/stamps/${name}`;
  if (fs.existsSync(made) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === key) return;
  fs.rmSync(stamp, { force: true });
  await work();
  fs.mkdirSync('build/stamps', { recursive: true });
  fs.writeFileSync(stamp, key);
}

// ---- what the machine must have

/** Whether there is an emcc of one's own, and new enough. */
const ownEmcc = (() => {
  const [, major, minor, patch] = output('emcc', '--version').match(/(\d+)\.(\d+)\.(\d+)/) ?? [0, 0, 0, 0];
  return major * 1e6 + minor * 1e3 + +patch >= 3001069;
})();

function missingPackages({ native, browser }) {
  const cmake = output('cmake', '--version').match(/version (\d+)\.(\d+)/);
  const libraries = output('/sbin/ldconfig', '-p');
  const library = (name) => ownEmcc || libraries.includes(`${name} `) || inSystem(`usr/lib/x86_64-linux-gnu/${name}`);
  const needs = [
    ['cmake', cmake && cmake[1] * 1000 + +cmake[2] >= 3024],
    ['ninja-build', found('ninja')],
    ['patch', found('patch')],
    ['xz-utils', found('xz')],
    ['python3', found('python3')],
    ['python3-venv', spawnSync('python3', ['-c', 'import ensurepip, venv'], { env: environment }).status === 0 || pipWheel()],
    ['libz3-4', library('libz3.so.4')],
    ['libedit2', library('libedit.so.2')],
    ['libxml2', library('libxml2.so.2')],
    ['g++', !native || (found('cc') && found('c++'))],
    ['chromium', !browser || environment.CHROMIUM || found('chromium')],
    ['firefox-esr', !browser || environment.FIREFOX || found('firefox-esr')],
  ];
  return needs.filter(([, has]) => !has).map(([name]) => name);
}

// Without the right to install, packages are unpacked here; programs find them by PATH and LD_LIBRARY_PATH.
const system = path.resolve('build/system');
const inSystem = (file) => fs.existsSync(path.join(system, file));
const pipWheel = () => files(path.join(system, 'usr/share/python-wheels')).find((file) => path.basename(file).startsWith('pip-'));

let usesUnpacked = false;

function useUnpacked() {
  if (usesUnpacked || !fs.existsSync(system)) return;
  usesUnpacked = true;
  const prepend = (name, ...folders) => {
    environment[name] = [...folders.map((folder) => path.join(system, folder)), environment[name]].filter(Boolean).join(':');
  };
  prepend('PATH', 'usr/bin');
  const libraries = 'usr/lib/x86_64-linux-gnu';
  prepend('LD_LIBRARY_PATH', libraries, 'lib/x86_64-linux-gnu', `${libraries}/pulseaudio`);
  if (inSystem('usr/lib/chromium/chromium')) environment.CHROMIUM ??= path.join(system, 'usr/lib/chromium/chromium');
  if (inSystem('usr/lib/firefox-esr/firefox-esr')) environment.FIREFOX ??= path.join(system, 'usr/lib/firefox-esr/firefox-esr');
  if (!fs.existsSync('/etc/fonts/fonts.conf')) environment.FONTCONFIG_FILE ??= path.join(system, 'fonts.conf');
}

/** How this user may install packages: the words before the command, or null. */
const rootPrefix = () => (process.getuid() === 0 ? [] : spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo'] : null);
const installCommand = (packages) => `apt-get install -y --no-install-recommends ${packages.join(' ')}`;

const installPackages = (packages, prefix) =>
  stage(`System packages: ${packages.join(' ')}`, `As root: ${installCommand(packages)}`, async (run) => {
    const asRoot = (...words) => run('env', [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...words]);
    await asRoot('apt-get', 'update');
    await asRoot(...installCommand(packages).split(' '));
  });

async function systemPackages(wanted) {
  useUnpacked();
  const missing = missingPackages(wanted);
  if (missing.length === 0) return;
  if (!found('apt-get'))
    throw new Failure(`Missing on this machine: ${missing.join(', ')} (names of Debian's packages). Install them and try again.`);
  const prefix = rootPrefix();
  await (prefix ? installPackages(missing, prefix) : unpackPackages(missing, installCommand(missing)));
}

async function unpackPackages(missing, command) {
  const needRoot = `An administrator must install them: ${command}`;
  if (missing.includes('g++')) throw new Failure(`Missing on this machine: ${missing.join(', ')}. ${needRoot}.`);
  await stage(`System packages: unpacking ${missing.join(' ')} into build/system`, needRoot, (run) =>
    run(`${tools}/unpack.sh`, [system, ...missing]),
  );
  useUnpacked();
  const still = missingPackages({ native: false, browser: missing.includes('chromium') });
  if (still.length > 0) throw new Failure(`Missing on this machine: ${still.join(', ')}. ${needRoot}.`);
}

// ---- what is fetched

const retry = 'If a download failed: check the network and try again; what came is kept.';

function nodeModules() {
  return once('node_modules', sum(['package.json', 'package-lock.json'], process.version), 'node_modules', () =>
    stage('Node packages: npm ci', retry, (run) => run('npm', ['ci', '--loglevel=error'])),
  );
}

function python() {
  const lists = ['models/requirements.txt', `${tools}/requirements.txt`];
  return once('python', sum(lists, output('python3', '--version')), 'build/python/bin/python', () =>
    stage(`Python packages: those of ${lists.join(' and ')}, into build/python`, retry, async (run) => {
      fs.rmSync('build/python', { recursive: true, force: true });
      const wheel = pipWheel();
      await run('python3', ['-m', 'venv', 'build/python', ...(wheel ? ['--without-pip'] : [])]);
      if (wheel) await run('build/python/bin/python', [`${wheel}/pip`, 'install', '--quiet', '--no-index', wheel]);
      await run('build/python/bin/python', [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--require-hashes',
        ...lists.flatMap((list) => ['-r', list]),
      ]);
    }),
  );
}

async function emscripten() {
  if (ownEmcc) return;
  await once('emscripten', sum([`${tools}/emscripten.sh`, `${tools}/downloads.sh`]), 'build/emscripten', () =>
    stage('Emscripten: 3.1.69 and LLVM 19, into build/emscripten (300 MB, once)', retry, (run) =>
      run(`${tools}/emscripten.sh`, ['build/emscripten']),
    ),
  );
  environment.PATH = `${path.resolve('build/emscripten/usr/share/emscripten')}:${environment.PATH}`;
}

const sourceVariables = ['XNNPACK', 'PTHREADPOOL', 'FXDIV', 'KISSFFT', 'NANOPB', 'CJSON'].map(
  (name) => `PHASELENS_${name}_SOURCE`,
);

async function sources() {
  if (sourceVariables.every((name) => environment[name])) return;
  await once('sources', sum([`${tools}/sources.sh`, `${tools}/downloads.sh`]), 'build/sources', () =>
    stage('Sources: XNNPACK, pthreadpool, FXdiv, KISS FFT, nanopb and cJSON, into build/sources', retry, (run) =>
      run(`${tools}/sources.sh`, ['build/sources']),
    ),
  );
}

// ---- what is built

const report = 'The first error above says where.';

/** CMake and Ninja know what changed; sources of one's own, named in the environment, are handed on. */
function cmake(preset, wrapper = [], targets = []) {
  const own = sourceVariables.filter((name) => environment[name]).map((name) => `-D${name}=${environment[name]}`);
  const configure = [...wrapper, 'cmake', '--fresh', '--preset', preset, ...own];
  const key = sum(['CMakePresets.json'], configure, output('which', 'emcc'));
  return stage(`Build ${preset}: ${wrapper.length ? 'WebAssembly' : 'native'}`, report, async (run) => {
    await once(`configure-${preset}`, key, `build/${preset}/build.ninja`, () => run(configure[0], configure.slice(1)));
    await run('cmake', ['--build', '--preset', preset, ...targets.flatMap((target) => ['--target', target])]);
  });
}

function models() {
  return stage('Models: models/make.py', retry, async (run) => {
    await run('build/python/bin/python', ['models/make.py']);
  });
}

const lock = 'package-lock.json';
const script = (title, name) => stage(title, report, (run) => run('npm', ['run', '--silent', name]));
const wasmSources = () => files('wasm').filter((name) => /\.(ts|json)$/.test(name));
/** What the package is made of, beside its TypeScript. */
const parts = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'models/generated',
  'models/manifest.json',
  `${tools}/pack.mjs`,
  `${tools}/custom-elements.mjs`,
  ...flavours.map((flavour) => `build/wasm-${flavour}/phaselens.wasm`),
];

async function build() {
  await systemPackages({ native: false, browser: false });
  await nodeModules();
  await python();
  await emscripten();
  await sources();
  for (const flavour of flavours) await cmake(flavour, ['emcmake']);
  if (await run('node', [`${tools}/options.mjs`]))
    throw new Failure(`The core's lists of options cannot be read: see above why.`);
  if (await run('node', [`${tools}/packaged.mjs`])) throw new Failure('The list of models cannot be read: see above why.');
  await models();
  await once('build-package', sum([...wasmSources(), ...parts, lock]), 'dist/index.js', () =>
    script('Package: tsc, esbuild', 'build:package'),
  );
  const taken = ['dist/index.js', 'dist/phaselens', 'models/generated', 'models/manifest.json'];
  await once('build-web', sum(['web', ...taken, lock]), 'dist/page/index.html', () => script('Page: vite build', 'build:web'));
}

/** The pages of the API's reference, into build/api, by a TypeDoc with a TypeScript of its own; what is not documented fails. */
async function reference() {
  const from = `${tools}/reference`;
  const packages = ['package.json', 'package-lock.json'];
  await nodeModules();
  await once('reference-tools', sum(packages.map((name) => `${from}/${name}`)), 'build/reference/node_modules', () =>
    stage('TypeDoc: npm ci, into build/reference', retry, async (run) => {
      fs.mkdirSync('build/reference', { recursive: true });
      for (const name of packages) fs.copyFileSync(`${from}/${name}`, `build/reference/${name}`);
      await run('npm', ['ci', '--prefix', 'build/reference', '--loglevel=error']);
    }),
  );
  const key = sum([...wasmSources(), `${from}/package-lock.json`, 'package.json']);
  await once('reference', key, 'build/api/index.html', () =>
    stage('API reference: TypeDoc', report, (run) =>
      run('build/reference/node_modules/.bin/typedoc', ['--options', `${from}/typedoc.json`]),
    ),
  );
}

// ---- what is checked

const clangFormat = 'build/python/bin/clang-format';
const biome = 'node_modules/.bin/biome';
const cSources = () =>
  files('src', 'tests/c', 'tests/fuzz', 'tests/bench', 'wasm/binding').filter((name) => /\.(c|h|cpp)$/.test(name));

const cTests = () => files('tests/c').filter((name) => /\/test_\w+\.c$/.test(name));

async function format() {
  await nodeModules();
  await python();
  const codes = [await run(biome, ['check', '--write', '--linter-enabled=false']), await run(clangFormat, ['-i', ...cSources()])];
  if (codes.some(Boolean)) throw new Failure('Not everything could be formatted: see above why.');
}

/** The counts of a suite: the style of the TypeScript and JavaScript, and that of the C. */
async function style() {
  console.log('\n== Style');
  const codes = [
    await run(biome, ['check', '--error-on-warnings']),
    await run(clangFormat, ['--dry-run', '--Werror', ...cSources()]),
  ];
  const failed = codes.filter(Boolean).length;
  if (failed > 0) console.log('npm run format mends what is only a matter of layout.');
  return { title: 'Style', failed, skipped: 0, passed: codes.length - failed };
}

async function lint() {
  await nodeModules();
  await python();
  if ((await style()).failed > 0) throw new Failure('The style is not that of this project: see above where.');
}

// ---- what is run

const results = path.resolve('build/results');
const vitest = (name) => ['--reporter=default', '--reporter=junit', `--outputFile.junit=${results}/${name}.xml`];

/** Runs a suite and returns its counts, from the JUnit file that it writes; a suite that writes none counts as one failure. */
async function suite(title, file, program, args) {
  console.log(`\n== ${title}`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.rmSync(file, { force: true });
  const code = await run(program, args);
  const count = { tests: 0, failures: 0, errors: 0, skipped: 0, disabled: 0 };
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  for (const [head] of text.matchAll(/<testsuite\s[^>]*>/g))
    for (const key of Object.keys(count)) count[key] += Number(head.match(new RegExp(`\\b${key}="(\\d+)"`))?.[1] ?? 0);
  const skipped = count.skipped + count.disabled;
  const failed = Math.max(count.failures + count.errors, code === 0 && count.tests > 0 ? 0 : 1);
  return { title, failed, skipped, passed: Math.max(0, count.tests - skipped - count.failures - count.errors) };
}

// Seconds for each entry; tests/fuzz/README.md says what they are.
const fuzzed = { network: 20, generator: 12, checkpoint: 8, options: 8, objective: 8, magnitude: 4 };

/** Packages that a core with 32 bits needs, tested or fuzzed, and this machine lacks. */
function missingFor32Bits() {
  const version = output('apt-cache', 'depends', 'clang').match(/clang-(\d+)/)?.[1] ?? 14; // Debian 12's
  const compile = spawnSync('c++', ['-m32', '-fsyntax-only', '-x', 'c++', '-'], { env: environment, input: '#include <vector>' });
  const folder = found('clang') && path.join(output('clang', '--print-resource-dir').trim(), 'lib/linux');
  const needs = [
    ['clang', found('clang')],
    [`libclang-rt-${version}-dev`, folder && fs.existsSync(path.join(folder, 'libclang_rt.fuzzer-i386.a'))],
    ['g++-multilib', compile.status === 0],
  ];
  return needs.filter(([, has]) => !has).map(([name]) => name);
}

/** Why no core with 32 bits can be built here, or undefined. */
async function readyFor32Bits() {
  const missing = missingFor32Bits();
  if (missing.length === 0) return;
  const prefix = found('apt-get') && rootPrefix();
  if (prefix) await installPackages(missing, prefix);
  else return `it needs ${missing.join(', ')}, which only an administrator can install: ${installCommand(missing)}`;
}

/** Whether nothing is found in an entry within its seconds; what is found stays in build/fuzz32/found. */
async function fuzzEntry(entry, seconds) {
  const found = 'build/fuzz32/found';
  const file = `build/log/Fuzzing-${entry}.log`;
  fs.mkdirSync(found, { recursive: true });
  const log = fs.openSync(file, 'w');
  const limits = [
    '-seed=1',
    `-max_total_time=${seconds}`,
    `-max_len=${entry === 'checkpoint' ? 131072 : 4096}`,
    '-timeout=1200',
    '-rss_limit_mb=2560',
  ];
  const files = [`-artifact_prefix=${found}/${entry}-`, '-dict=build/fuzz32/seeds/words.dict', `build/fuzz32/seeds/${entry}`];
  const env = { ASAN_OPTIONS: 'quarantine_size_mb=16:allocator_may_return_null=1:max_allocation_size_mb=1024' };
  const code = await run(`build/fuzz32/fuzz_${entry}`, [...limits, ...files], { log, env });
  fs.closeSync(log);
  const said = fs.readFileSync(file, 'utf8');
  if (code === 0) console.log(`${entry}: nothing found in ${seconds} s, ${said.match(/Done (\d+) runs/)?.[1]} inputs`);
  else
    console.error(
      `${said.split('\n').slice(-60).join('\n')}\n${entry}: the input that failed is in ${found}; all that was said, in ${file}`,
    );
  return code === 0;
}

/** The counts of a suite of a core whose sizes have 32 bits, as in WebAssembly; all of its `count` tests skipped where none can be built. */
async function with32Bits(title, count, counts) {
  const lack = await readyFor32Bits();
  if (!lack) return counts(title);
  console.log(`\n== ${title}\nskipped: ${lack}`);
  return { title, passed: 0, failed: 0, skipped: count };
}

/** What is untrusted, damaged by libFuzzer. */
async function fuzz(title) {
  console.log(`\n== ${title}`);
  const entries = Object.entries(fuzzed);
  await cmake('fuzz32');
  fs.rmSync('build/fuzz32/seeds', { recursive: true, force: true });
  if (await run('build/fuzz32/fuzz_seeds', ['build/fuzz32/seeds'])) throw new Failure('The seeds cannot be made: see above why.');
  let passed = 0;
  for (const [entry, seconds] of entries) passed += await fuzzEntry(entry, seconds);
  return { title, passed, failed: entries.length - passed, skipped: 0 };
}

const fuzzing = () => with32Bits('Fuzzing, 32 bits', Object.keys(fuzzed).length, fuzz);

/** Fuzzing alone, for a machine that npm test has run on. */
async function fuzzAlone() {
  const { failed } = await fuzzing();
  if (failed > 0) throw new Failure('Fuzzing found something: see above.');
}

async function test() {
  await systemPackages({ native: true, browser: true });
  await build();
  await cmake('relaxed', ['emcmake'], ['bench']);
  await cmake('debug');
  await script('Types of the tests: tsc', 'check');
  await reference();
  const npm = (title, name, ...args) =>
    suite(title, `${results}/${name}.xml`, 'npm', ['run', '--silent', `test:${name}`, '--', ...args]);
  const core = (title, name) => npm(title, name, '--output-junit', `${results}/${name}.xml`);
  summarize([
    await style(),
    await core('The C core, with sanitizers', 'c'),
    await with32Bits('The C core, 32 bits', cTests().length, async (title) => {
      await cmake('debug32');
      return core(title, 'c32');
    }),
    await fuzzing(),
    await npm('Models', 'models', `${results}/models.xml`),
    await npm('The API in Node', 'js', ...vitest('js')),
    await npm('The page in Chromium and Firefox', 'web', ...vitest('web')),
    await hosts(quickHosts),
  ]);
}

/** Prints what came of the suites, and fails if one did. */
function summarize(suites) {
  console.log();
  for (const { title, passed, failed, skipped } of suites)
    console.log(`${title}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  const total = (key) => suites.reduce((all, one) => all + one[key], 0);
  console.log(`\n${total('passed')} passed, ${total('failed')} failed, ${total('skipped')} skipped`);
  if (total('failed') > 0) throw new Failure('Tests failed: see above which.');
}

const quickHosts = ['pages', 'vite', 'copied'];

/** The packed package in projects of every kind, or in those of some files of tests/hosts. */
const hosts = (some) =>
  suite('The package in projects of others', `${results}/hosts.xml`, 'node_modules/.bin/vitest', [
    ...['run', '--root', 'tests/hosts', ...some],
    ...vitest('hosts'),
  ]);

async function allHosts(args) {
  await systemPackages({ native: false, browser: true });
  await build();
  summarize([await hosts(args)]);
}

async function bench(args) {
  const native = args.includes('--native');
  await systemPackages({ native, browser: !native });
  await build();
  if (native) await cmake('release', [], ['bench']);
  else for (const flavour of flavours) await cmake(flavour, ['emcmake'], ['bench']);
  if (await run('node', ['tests/bench/run.mjs', ...args])) throw new Failure('The benchmark failed: see above why.');
}

async function renderReport(args) {
  await systemPackages({ native: false, browser: false });
  await build();
  if (await run('node', ['tests/report/run.mjs', ...args])) throw new Failure('The report failed: see above why.');
}

/** The page, the docs and the API's reference as one folder, build/site. */
async function site() {
  await build();
  await reference();
  const taken = ['web', 'site', 'dist', 'build/api', 'README.md', 'models/manifest.json', lock];
  await once('site', sum(taken), 'build/site/sw.js', () => script('Site: build/site', 'build:site'));
}

async function start() {
  await site();
  if (await run('npm', ['run', '--silent', 'serve'])) throw new Failure('The server stopped: see above why.');
}

async function setup() {
  await systemPackages({ native: true, browser: false });
  await nodeModules();
  await python();
  await emscripten();
  await sources();
}

const commands = {
  setup,
  build,
  site,
  start,
  test,
  bench,
  format,
  lint,
  reference,
  report: renderReport,
  fuzz: fuzzAlone,
  hosts: allHosts,
};
const [command, ...args] = process.argv.slice(2);
try {
  if (!commands[command]) throw new Failure(`usage: run.mjs ${Object.keys(commands).join('|')}`);
  await commands[command](args);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
