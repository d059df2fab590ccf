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

/** What counts of a folder. */
export function isPart(file: File): boolean {
  return isModelFile(file) || isDataFile(file);
}

/** A file of another name is taken for a model too, so that it is said what is wrong with it. */
export function modelFiles(files: readonly File[]): ModelFiles {
  const model = files.find(isModelFile) ?? files.find((file) => !isDataFile(file));
  return { model, data: files.filter((file) => file !== model) };
}
