/** What a file is that is not what was asked for, told by its first bytes and its name, and the way on from it. */
import { type ErrorCode, PhaselensError } from '../base/errors.js';
import { isUrl } from '../base/kinds.js';
import type { Source } from '../base/source.js';

/** What a file was to be. */
export type Purpose = 'model' | 'image' | 'magnitude' | 'names' | 'checkpoint';

interface Kind {
  /** With its article. */
  what: string;
  /** How it may begin, one character a byte; `·` is any. */
  bytes?: readonly string[];
  /** Of its beginning, one character a byte. */
  text?: RegExp;
  /** Of its name, which alone proves nothing: the bytes may be those of an ONNX file. */
  named?: RegExp;
  /** What it may be right for: it says nothing then. */
  is?: Purpose;
  /** The way on to what it was to be. */
  way?: Ways;
}

type Ways = Partial<Record<Purpose, string>>;

const headLength = 1024; // bytes

/** What nearly every ONNX file begins with: the field that has the format's version. */
const versionField = '\x08';

const wanted: Record<Purpose, string> = {
  model: 'a network is an ONNX file (.onnx)',
  image: 'an image is a JPEG, PNG, WebP, GIF or AVIF file',
  magnitude: 'a spectrum is a NumPy file (.npy), as the command phaselens spectrum makes it of images',
  names: 'names of classes are a text with one name a line, or JSON',
  checkpoint: 'a checkpoint is a file that was saved as one (.checkpoint)',
};

const codes: Record<'model' | 'magnitude', ErrorCode> = { model: 'invalid-model', magnitude: 'invalid-magnitude' };

const forAll = (way: string): Ways => ({ model: way, image: way, magnitude: way, names: way, checkpoint: way });
const unpack = forAll('unpack it, and take what is in it');
const exportIt = {
  model: 'in Python, export the network with torch.onnx.export(model, torch.zeros(1, 3, 224, 224), "model.onnx")',
};
const fromKeras = { model: 'in Python, load it with Keras and call model.export("model.onnx", format="onnx")' };
const asJpeg = { image: 'save it as JPEG or PNG first' };
const damaged = { image: 'it is damaged, or of a kind that this browser does not read: save it once more as JPEG or PNG' };

const zip = ['PK\x03\x04'];
const tiff = ['II*\0', 'MM\0*'];
const isText = /^[\s\x20-\x7e\x80-\xff]+$/;

/** The first that fits counts. */
const kinds: readonly Kind[] = [
  { what: 'an empty file', text: /^$/, way: forAll('fetch or save it once more') },
  {
    what: 'a Git LFS pointer, which only says where the file is',
    bytes: ['version https://git-lfs'],
    way: forAll('fetch the file itself with git lfs pull'),
  },
  {
    what: 'a PyTorch file',
    bytes: zip,
    text: /^.{30}[^/]+\/(?:data\.pkl|\.?data\/|\.format_version|byteorder|version|constants|code\/|extra\/)/s,
    way: exportIt,
  },
  { what: 'a PyTorch file', bytes: zip, named: /\.(?:pth?|ckpt|bin)$/i, way: exportIt },
  { what: 'a Python pickle, as PyTorch saves networks', bytes: ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'], way: exportIt },
  {
    what: 'a safetensors file, weights without their network',
    bytes: ['····\0\0\0\0{'],
    way: { model: 'in Python, load them into the network and export that with torch.onnx.export' },
  },
  { what: 'a Keras file', bytes: zip, text: /^.{30}(?:metadata\.json|config\.json|model\.weights\.h5)/s, way: fromKeras },
  { what: 'an HDF5 file, as Keras saves networks', bytes: ['\x89HDF'], way: fromKeras },
  {
    what: 'a TensorFlow Lite file',
    bytes: ['····TFL3'],
    way: { model: 'convert it with python -m tf2onnx.convert --tflite FILE --output model.onnx' },
  },
  {
    what: 'a TensorFlow graph',
    named: /\.pb$/i,
    way: { model: 'convert the folder that it lies in with python -m tf2onnx.convert --saved-model FOLDER --output model.onnx' },
  },
  { what: 'a GGUF file, of a language model', bytes: ['GGUF'] },
  { what: 'a NumPy archive', bytes: zip, named: /\.npz$/i },
  { what: 'a zip archive', bytes: [...zip, 'PK\x05\x06'], way: unpack },
  {
    what: 'a compressed file',
    bytes: ['\x1f\x8b', '7z\xbc\xaf', 'Rar!', '\xfd7zXZ', 'BZh', '\x28\xb5\x2f\xfd', `${'·'.repeat(257)}ustar`],
    way: unpack,
  },
  { what: 'a JPEG image', bytes: ['\xff\xd8\xff'], way: damaged },
  { what: 'a PNG image', bytes: ['\x89PNG'], way: damaged },
  { what: 'a WebP image', bytes: ['RIFF····WEBP'], way: damaged },
  { what: 'a GIF image', bytes: ['GIF8'], way: damaged },
  { what: 'a BMP image', bytes: ['BM····\0\0\0\0'], way: damaged },
  { what: 'an AVIF image', bytes: ['····ftypavif', '····ftypavis'], way: damaged },
  {
    what: 'an HEIC photo',
    bytes: ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'].map((brand) => `····ftyp${brand}`),
    way: asJpeg,
  },
  {
    what: 'a raw photo of a camera',
    bytes: ['II*\0····CR', '····ftypcrx', 'FUJIFILMCCD-RAW', 'IIRO', 'IIU\0'],
    way: asJpeg,
  },
  { what: 'a raw photo of a camera', bytes: tiff, named: /\.(?:arw|cr2|dng|nef|nrw|pef|srw)$/i, way: asJpeg },
  { what: 'a TIFF image', bytes: tiff, way: asJpeg },
  { what: 'a Photoshop image', bytes: ['8BPS'], way: asJpeg },
  { what: 'a sound', bytes: ['ID3', 'fLaC', 'RIFF····WAVE', '····ftypM4A', '\xff\xf2', '\xff\xf3', '\xff\xfb'] },
  {
    what: 'a video',
    bytes: ['····ftyp', '····moov', '····mdat', '····wide', '\x1aE\xdf\xa3', 'RIFF····AVI ', '\0\0\x01\xba', 'OggS', 'FLV\x01'],
    way: { image: 'save a still picture of it as JPEG or PNG' },
  },
  { what: 'a PDF file', bytes: ['%PDF'] },
  { what: 'a NumPy array', bytes: ['\x93NUMPY'], is: 'magnitude' },
  {
    what: 'an SVG drawing',
    text: /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!doctype svg.*?>\s*)?<svg[\s>]/is,
    way: { image: 'save it as PNG first' },
  },
  {
    what: 'a web page',
    text: /^\s*<(?:!doctype html|html)\b/i,
    way: forAll('fetch the file itself, in whose place a server may have sent this'),
  },
  { what: 'an XML file', text: /^\s*<\?xml/ },
  { what: 'a JSON file', text: /^\s*[[{]\s*["[\]{}\d-]/, is: 'names' },
  { what: 'a Markdown text', text: isText, named: /\.(?:md|markdown)$/i },
  { what: 'a text', text: isText, is: 'names' },
];

/**
 * A sentence about a file that cannot be what it was to be: what it is, and the way on. Nothing where neither its first bytes nor
 * its name tell, or where it is what it was to be as far as they do.
 */
export async function explainFile(file: Blob, purpose: Purpose): Promise<string | undefined> {
  const head = await headOf(file);
  const kind = kinds.find((kind) => fits(kind, head, nameOf(file)));
  return kind && kind.is !== purpose ? sentenceOf(kind, purpose) : undefined;
}

/**
 * Errors: 'invalid-model', 'invalid-magnitude', for a file whose first bytes are those of something else; `source`: what the file is
 * from.
 */
export async function refuseOthers(file: Blob, source: Source, purpose: keyof typeof codes): Promise<void> {
  const head = await headOf(file);
  const kind = kinds.find((kind) => isProven(kind) && fits(kind, head, nameOf(source)));
  if (kind && kind.is !== purpose) throw new PhaselensError(codes[purpose], sentenceOf(kind, purpose));
}

/** What a file was refused for as a model, with what its name and its beginning tell beside. */
export async function explained(error: unknown, file: Blob, source: Source): Promise<unknown> {
  const { code, message } = Object(error) as Partial<PhaselensError>;
  if (code !== 'invalid-model' || !message?.startsWith('this is not an ONNX file')) return error;
  const kind = kinds.find((kind) => !isProven(kind) && kind.named?.test(nameOf(source)));
  if (kind) return new PhaselensError(code, sentenceOf(kind, 'model'), { cause: error });
  if (!(await headOf(file)).startsWith(versionField)) return error;
  const detail = message.slice(message.indexOf(': ') + 2);
  const begun = `This ONNX file is cut off or damaged: ${detail}. Fetch or export it once more.`;
  return new PhaselensError(code, begun, { cause: error });
}

/** Its name alone is not enough. */
const isProven = ({ bytes, text }: Kind): boolean => bytes !== undefined || text !== undefined;

function fits({ bytes, text, named }: Kind, head: string, name: string): boolean {
  const begins = bytes?.some((pattern) => [...pattern].every((one, i) => one === '·' || one === head[i])) ?? true;
  return begins && (text?.test(head) ?? true) && (named?.test(name) ?? true);
}

function sentenceOf({ what, way }: Kind, purpose: Purpose): string {
  return `This is ${what}: ${way?.[purpose] ?? wanted[purpose]}.`;
}

async function headOf(file: Blob): Promise<string> {
  return String.fromCharCode(...new Uint8Array(await file.slice(0, headLength).arrayBuffer()));
}

/** As far as a name can be known. */
function nameOf(source: Source): string {
  if (isUrl(source)) return source.pathname;
  if (typeof source === 'string') return source.replace(/[?#].*/, '');
  return 'name' in source && typeof source.name === 'string' ? source.name : '';
}
