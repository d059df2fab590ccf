/** A run in a helper: crops of an image that the lead sends. */

import { toPlainError } from '../base/errors.js';
import type { CropResult, HelperToLead, LeadToHelper, RunSetup } from '../base/protocol.js';
import { type BoundModel, type BoundRun, check, type Library } from '../binding/binding.js';
import { runCrops } from './crops.js';
import { Gate } from './gate.js';
import { Timeline } from './timeline.js';

type CropsMessage = Extract<LeadToHelper, { kind: 'crops' }>;

/** Serves the lead at the other end of `port` until it says stop. */
export function help(library: Library, model: BoundModel, setup: RunSetup, port: MessagePort): void {
  const gate = new Gate();
  const run = new library.Run();
  const timeline = new Timeline(setup.timeline);
  const post = (message: HelperToLead, transfer: Transferable[] = []) => port.postMessage(message, transfer);
  let work: Promise<unknown> = Promise.resolve();

  const end = (last: HelperToLead) => {
    if (gate.stopped) return;
    gate.stop();
    const failed = (error: unknown) => post({ kind: 'failed', error: toPlainError(error) });
    work.then(() => run.delete()).then(() => post(last), failed);
  };
  const fail = (error: unknown) => end({ kind: 'failed', error: toPlainError(error) });

  port.onmessage = ({ data }: MessageEvent<LeadToHelper>) => {
    if (data.kind === 'pause') gate.paused = data.paused;
    else if (data.kind === 'stop') end({ kind: 'stopped' });
    else work = runShare(library, run, gate, timeline, data).then((results) => results && post(...results), fail);
  };
  try {
    check(library, run.create(model, setup.objective, setup.config, setup.photos, null));
    post({ kind: 'ready' });
  } catch (error) {
    fail(error);
  }
}

/** The message with the results; undefined if the run was stopped before. */
async function runShare(
  library: Library,
  run: BoundRun,
  gate: Gate,
  timeline: Timeline,
  { index, first, count, image }: CropsMessage,
): Promise<[HelperToLead, Transferable[]] | undefined> {
  run.setImage(image);
  run.seek(index);
  if (!(await timeline.measure('crops', () => runCrops(library, run, gate, { first, count })))) return undefined;
  const results: CropResult[] = [];
  for (let crop = first; crop < first + count; crop++) results.push({ score: run.cropScore(crop), dcrop: run.dcrop(crop) });
  const arrays = [image, ...results.map(({ dcrop }) => dcrop)];
  return [{ kind: 'crops', results, image, timeline: timeline.take() }, arrays.map(({ buffer }) => buffer as ArrayBuffer)];
}
