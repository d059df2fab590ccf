/** Where a file goes that the reader brings: a model and its weights, names, photos, a spectrum, a generator, a checkpoint. */
import { isMagnitudeFile } from '../fields/own-file';
import { isImageFile } from '../fields/photos';
import { modelFiles, partsOf } from '../models/files';
import { isFile, sourceOfFile } from '../models/models';
import { type ClassNames, isNamesFile, namesOfFile } from '../models/names';
import { type Notice, sentence } from '../parts/notice';
import type { Api } from '../phaselens';
import { isCheckpointFile } from '../run/checkpoints';
import { madeOf } from '../run/made';
import type { Asked } from './asked';
import type { Keeping } from './keeping';
import type { OwnFiles } from './lacking';
import type { MadeFile, Making } from './making';
import type { Opening } from './opening';

export interface FileParts extends OwnFiles {
  notice: Notice;
  opening: Opening;
  asked: Asked;
  keeping: Keeping;
  making: Making;
  /** Where a spectrum is chosen. */
  box: HTMLDetailsElement;
  listed: Promise<Api | undefined>;
  rename(names: ClassNames): Promise<void>;
}

export class Files {
  constructor(private readonly parts: FileParts) {}

  /** What was dropped: of any kind, several at once. */
  async open(files: readonly File[]): Promise<void> {
    const { photos, magnitude, keeping, box } = this.parts;
    const { made, rest } = await this.#sorted(files);
    if (made) this.parts.making.again(made, (photo) => void photos.add([photo]));
    const images = rest.filter(isImageFile);
    const spectrum = rest.find(isMagnitudeFile);
    const checkpoint = rest.find(isCheckpointFile);
    if (spectrum) box.open = true;
    if (images.length > 0) await photos.add(images);
    if (spectrum) await magnitude.choose(spectrum);
    if (checkpoint) await keeping.openCheckpoint(checkpoint);
    await this.#openModel(rest.filter((file) => !isImageFile(file) && !isMagnitudeFile(file) && !isCheckpointFile(file)));
  }

  /** What counts of a folder that was dropped. */
  ofFolder(name: string, inside: readonly File[]): File[] {
    const parts = partsOf(inside);
    if (parts.length === 0)
      this.parts.notice.warn(`The folder ${name} has no ONNX file in it. Photos, names and checkpoints are dropped as files.`);
    return parts;
  }

  /** A picture that says how it was made is no photo. */
  async #sorted(files: readonly File[]): Promise<{ made: MadeFile | undefined; rest: File[] }> {
    await this.parts.listed;
    const read = await Promise.all(
      files.map(async (file) => ({ file, made: isImageFile(file) ? await madeOf(file) : undefined })),
    );
    const made = read.find(({ made }) => made !== undefined) as MadeFile | undefined;
    return { made, rest: files.filter((file) => file !== made?.file) };
  }

  /** As many as the model has outputs. */
  async openNames(file: File): Promise<void> {
    const { notice, opening, listed, rename } = this.parts;
    const api = await listed;
    const { loaded } = opening;
    if (!api || !loaded) return;
    const { source, model, layers } = loaded;
    const outputs = layers.find(({ name }) => name === model.logits)?.units;
    try {
      if (!isFile(source))
        throw new Error(`It is taken for names of classes, and ${source.title} has its own: open another model first.`);
      if (!outputs) throw new Error(`${source.title} has no outputs that could be classes.`);
      const names = await namesOfFile(api, file, source.title, outputs);
      notice.clear();
      if (loaded === opening.loaded) await rename(names);
    } catch (error) {
      notice.warn(`${file.name} cannot be used. ${(await api.explainFile(file, 'names')) ?? sentence(error)}`);
    }
  }

  chooseGenerator(files: readonly File[]): void {
    const { model, data } = modelFiles(files);
    if (model) void this.parts.generator.choose(model, data);
    else void this.#warnOfWeights(data);
  }

  async #openModel(files: readonly File[]): Promise<void> {
    const { opening, asked, listed } = this.parts;
    const names = files.find(isNamesFile);
    const { model, data } = modelFiles(files.filter((file) => !isNamesFile(file)));
    await listed;
    const opened = () => (names ? this.openNames(names) : undefined);
    if (model) asked.open(sourceOfFile(model, data, opening.models), opened);
    else if (data.length > 0 && !asked.complete(data)) await this.#warnOfWeights(data);
    if (!model) await opened();
  }

  /** They may be those of another program. */
  async #warnOfWeights([file]: readonly File[]): Promise<void> {
    const { notice, listed } = this.parts;
    const other = file && (await (await listed)?.explainFile(file, 'model'));
    if (other) notice.warn(`${file.name} cannot be used. ${other}`);
    else notice.warn(`${file?.name} holds weights of a model: open it together with the .onnx file that it lies beside.`);
  }
}
