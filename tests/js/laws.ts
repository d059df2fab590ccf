/** Who may know whom: the folders of src/, wasm/ and web/, the libraries, and the DOM. ARCHITECTURE.md tells the same in words. */
import { posix } from 'node:path';

export interface SourceFile {
  path: string;
  text: string;
}

/** A file, and what it includes or imports: another file, or a library by its name. */
interface Use {
  from: string;
  to: string;
}

/** Folders, and files that stand apart from theirs: each may use what stands before it in one of its rows. */
const orders: Record<string, readonly string[][]> = {
  src: [
    [
      'phaselens.h',
      'base',
      'network/file',
      'network/graph',
      'network/ops/ops.h',
      'network/ops/kernels',
      'network/ops',
      'network/fold',
      'network/build',
      'network/exec',
      'network',
      'network/objective',
      'run',
    ],
    ['phaselens.h', 'base', 'image', 'image/parametrization', 'run'],
  ],
  wasm: [
    ['base', 'binding', 'workers', 'api', 'api/index.ts'],
    ['api/index.ts', 'element/attributes.ts', 'element'],
    ['api/index.ts', 'element/attributes.ts', 'cli'],
  ],
  web: [
    ['phaselens.ts', 'parts', 'run', 'models', 'fields', 'page', '.'],
    ['phaselens.ts', 'parts', 'run', 'models', 'picture', 'page', '.'],
    ['phaselens.ts', 'parts', 'article'],
  ],
};

/** Where a library may be used: in folders or files. */
const libraries: Record<string, string | readonly string[]> = {
  'xnnpack.h': 'src/network/ops/',
  'kiss_fft.h': 'src/image/spectrum.c',
  'pb_decode.h': 'src/network/file/',
  'onnx.pb.h': 'src/network/file/',
  'cJSON.h': 'src/network/objective/',
  'fast-png': 'wasm/cli/images.ts',
  'jpeg-js': 'wasm/cli/images.ts',
  'exif-reader': 'wasm/cli/upright.ts',
  parse5: 'wasm/cli/page.ts',
  uplot: ['web/picture/', 'web/article/chart.ts', 'web/parts/axes.ts'],
  'dist/index.js': 'web/phaselens.ts',
};

const dom =
  /(?<!\.)\b(document|window|localStorage|sessionStorage|history|location|matchMedia|getComputedStyle|requestAnimationFrame|customElements|DOM(?!Exception)[A-Z]\w+|\w*Element|NodeList|Document|\w+Observer|CanvasRenderingContext2D)\b|\b(globalThis|self)\??\.(document|window|location|history)\b/g;

/** Sentences about what breaks a law. */
export function broken(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const uses = files.flatMap((file) => (isScript(file) ? imports(file, known) : includes(file, known)));
  const scripts = files.filter(isScript);
  return [...uses.flatMap(mistakeIn), ...circles(uses), ...scripts.flatMap(domIn), ...scripts.flatMap(classesIn)];
}

const isScript = ({ path }: SourceFile): boolean => path.endsWith('.ts');

function includes({ path, text }: SourceFile, known: Set<string>): Use[] {
  return [...text.matchAll(/^\s*#\s*include\s*[<"]([^>"]+)[>"]/gm)].map(([, name = '']) => {
    const places = [posix.join(posix.dirname(path), name), posix.join('src', name)];
    return { from: path, to: places.find((place) => known.has(place)) ?? name };
  });
}

function imports({ path, text }: SourceFile, known: Set<string>): Use[] {
  return [...text.matchAll(/(?:\bfrom |\bimport |(?<!typeof )\bimport\()'([^']+)'/g)].map(([, name = '']) => {
    const to = name.startsWith('.') ? posix.join(posix.dirname(path), name) : name;
    return { from: path, to: [to, `${to}.ts`, to.replace(/\.js$/, '.ts')].find((place) => known.has(place)) ?? to };
  });
}

function mistakeIn({ from, to }: Use): string[] {
  const mistake = [`${from} must not use ${to}.`];
  const library = to.startsWith('node:') ? 'wasm/cli/' : libraries[to];
  if (library !== undefined) return [library].flat().some((place) => from.startsWith(place)) ? [] : mistake;
  const [top = '', other] = [from, to].map((path) => path.split('/')[0]);
  if (top !== other) return from.endsWith('.ts') ? mistake : [];
  const [user, used] = [placeOf(from), placeOf(to)];
  const allowed = user === used || orders[top]?.some((row) => row.includes(used) && row.indexOf(used) < row.indexOf(user));
  return allowed ? [] : mistake;
}

/** Within src/, wasm/ or web/. */
function placeOf(path: string): string {
  const [top = '', ...rest] = path.split('/');
  const file = rest.join('/');
  return orders[top]?.some((row) => row.includes(file)) ? file : posix.dirname(file);
}

/** Files that know each other, by way of others or directly. */
function circles(uses: readonly Use[]): string[] {
  const of = new Map<string, string[]>();
  for (const { from, to } of uses) of.set(from, [...(of.get(from) ?? []), to]);
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string[] => {
    if (way.includes(file)) return [`A circle: ${[...way.slice(way.indexOf(file)), file].join(' -> ')}.`];
    if (done.has(file)) return [];
    const found = (of.get(file) ?? []).flatMap((next) => walk(next, [...way, file]));
    done.add(file);
    return found;
  };
  return [...of.keys()].flatMap((file) => walk(file, []));
}

function domIn({ path, text }: SourceFile): string[] {
  if (!path.startsWith('wasm/') || path.startsWith('wasm/element/')) return [];
  return [...code(text).matchAll(dom)].map(([name]) => `${path} must not use ${name}: the DOM is for web/ and wasm/element/.`);
}

/** What comes from elsewhere is asked what it is, not whose: see wasm/base/kinds.ts. */
function classesIn({ path, text }: SourceFile): string[] {
  const others = [...code(text).matchAll(/\binstanceof (?!PhaselensError\b|Exit\b)\w+/g)];
  return others.map(([name]) => `${path} must not ask ${name}: other realms have classes of their own.`);
}

/** Without comments and texts. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, ' ');
}
