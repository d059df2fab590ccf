/** What is kept of a picture: its file, and the run as a file, to go on with later. */
import { download, fileName } from '../parts/download';
import { type Notice, sentence } from '../parts/notice';
import { type Format, formats, withText } from '../parts/texts';
import { loadApi } from '../phaselens';
import { fileOf, type Stage } from '../picture/canvas';
import type { Comparison } from '../picture/comparison';
import { type Checkpoints, extension, linkedBy, read } from '../run/checkpoints';
import { keyword } from '../run/made';
import type { Session } from '../run/session';
import type { Asked } from './asked';
import type { Making } from './making';
import type { Opening } from './opening';
import { nameParts, type Showing } from './showing';

export interface KeepingParts {
  notice: Notice;
  stage: Stage;
  comparison: Comparison;
  checkpoints: Checkpoints;
  session: Session;
  opening: Opening;
  asked: Asked;
  showing: Showing;
  making: Making;
}

export class Keeping {
  constructor(private readonly parts: KeepingParts) {}

  /** What the canvas shows, called by what it is. */
  async save(format: Format): Promise<void> {
    const { notice, comparison, stage, showing, making } = this.parts;
    if (!showing.shown) return;
    const step = stage.held ? ['step', stage.held.done] : [];
    try {
      const { type, extension } = formats[format];
      const file = await withText(await fileOf(comparison.canvases, type), format, keyword, making.text(stage.held?.done));
      download(file, fileName([...nameParts(showing.shown), ...step, ...comparison.ways], extension));
    } catch (error) {
      notice.warn(sentence(error));
    }
  }

  async saveCheckpoint(): Promise<void> {
    const { checkpoints, session, showing } = this.parts;
    if (!showing.shown) return;
    try {
      const bytes = await session.checkpoint();
      download(new Blob([bytes]), fileName([...nameParts(showing.shown), 'step', session.progress.done], extension));
      checkpoints.refusal = '';
    } catch (error) {
      checkpoints.refusal = `This run cannot be kept. ${sentence(error)}`;
    }
  }

  /** Goes on with a run of this model, or of another one of the list, which takes its place. */
  async openCheckpoint(file: File): Promise<void> {
    const { checkpoints, opening, asked } = this.parts;
    const { loaded, models } = opening;
    if (!loaded || !models) return;
    checkpoints.refusal = '';
    try {
      const bytes = await read(file);
      const linked = linkedBy(await loaded.model.resume(bytes), loaded.source.id);
      const source = models.find(linked.model);
      if (!source)
        throw new Error(`It goes on with ${linked.model.replace(/^file:/, '')}, which is not here: open that model first.`);
      asked.goOn(source, linked, bytes);
    } catch (error) {
      const { explainFile } = await loadApi();
      checkpoints.refusal = `${file.name} cannot be used. ${(await explainFile(file, 'checkpoint')) ?? sentence(error)}`;
    }
  }
}
