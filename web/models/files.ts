/** Which of the files that the reader brings is the model, and which hold weights of it. */

export interface ModelFiles {
  model: File | undefined;
  data: File[];
}

function isModelFile({ name }: File): boolean {
  return /\.onnx$/i.test(name);
}

/** As exporters call what lies beside an ONNX file. */
function isDataFile({ name }: File): boolean {
  return /(\.data|\.bin|\.weights?|[._]data)$/i.test(name);
}

/** As other programs call the files of their networks. */
function isForeign({ name }: File): boolean {
  return /\.(pth?|ckpt|safetensors|h5|keras|tflite|pb)$/i.test(name);
}

/** What counts of a folder: what there is instead of a model, where there is none. */
export function partsOf(folder: readonly File[]): File[] {
  const parts = folder.filter((file) => isModelFile(file) || isDataFile(file));
  return parts.length > 0 ? parts : folder.filter(isForeign).slice(0, 1);
}

/** A file of another name is taken for a model too, so that it is said what is wrong with it. */
export function modelFiles(files: readonly File[]): ModelFiles {
  const model = files.find(isModelFile) ?? files.find((file) => !isDataFile(file));
  return { model, data: files.filter((file) => file !== model) };
}
