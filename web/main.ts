/** The page: what starts a picture, and where its steps go. */

import {
  checkpointParts,
  choosers,
  comparisonParts,
  controlParts,
  generatorParts,
  get,
  magnitudeParts,
  photoParts,
  readoutParts,
  sampleParts,
  stage,
  transportParts,
  verdictParts,
} from './elements';
import { Controls } from './fields/controls';
import { isMagnitudeFile, OwnFile } from './fields/own-file';
import { isImageFile, Photos } from './fields/photos';
import { isPart, modelFiles } from './models/files';
import { found, goodUnit, missingModel } from './models/linked';
import { isFile, type Loaded, Models, type Source, sourceOfFile } from './models/models';
import { isNamesFile, namesOfFile } from './models/names';
import { Sample } from './models/sample';
import type { Settings } from './models/settings';
import { download, fileName } from './parts/download';
import { wireChooser, wireDrop } from './parts/drop';
import { Notice, type Offer, sentence } from './parts/notice';
import { wireTheme } from './parts/theme';
import { type Api, loadApi, type Objective, type Step } from './phaselens';
import { pngOf } from './picture/canvas';
import { Chart } from './picture/chart';
import { Comparison } from './picture/comparison';
import { namesOf, Readouts, secondsText } from './picture/readouts';
import { Transport } from './picture/transport';
import { Verdict } from './picture/verdict';
import { Checkpoints, extension, isCheckpointFile, linkedBy, read } from './run/checkpoints';
import { fromHash, isFiner, type Linked, toHash, type View } from './run/hash';
import { mapOf, namesPhotos, objectiveOf } from './run/objective';
import { type Run, refining } from './run/refined';
import { Runs } from './run/runs';
import { type Progress, type RunState, Session, type Side } from './run/session';
import { anotherSeed, limits, type Picture, type Recipe, sameObjective, stepsOf } from './run/state';

/** Whether the history grows. */
type Entry = 'push' | 'replace';

/** Weights of what images are held to, beside a response of 20 or so: both are to be seen. */
const weights = { diversity: 10, nearness: 30 };

/** What only a generator can be refused for when a run begins: the model has been loaded before. */
const generatorCodes = ['unsupported-model', 'unsupported-op', 'invalid-model', 'missing-data'];

const notice = new Notice(get('status'), get('alert'));
const comparison = new Comparison(comparisonParts);
const chart = new Chart(get('chart'));
const readouts = new Readouts(readoutParts);
const verdict = new Verdict(verdictParts);
const sample = new Sample(sampleParts);
const photos = new Photos(photoParts);
const magnitude = new OwnFile(magnitudeParts, 'The mean of ImageNet’s photos', start);
const generator = new OwnFile(generatorParts, 'None', start);
const checkpoints = new Checkpoints(checkpointParts);
const session = new Session({ begun, step, stepBeside, delayed: () => comparison.delayed(), lost, state });
const transport = new Transport(transportParts, {
  pause: () => (session.state === 'paused' ? session.resume() : session.pause()),
  stop: () => void session.stop(),
  another: () => picture && show({ ...picture, recipe: controls.recipe, seed: anotherSeed(picture.seed) }),
  finer: () => picture && show({ ...picture, recipe: { ...picture.recipe, finer: picture.recipe.finer + 1 } }),
  compare: (on) => void compare(on),
  transparency: (on) => void setTransparency(on),
  save: () => void save(),
});
const controls = new Controls(controlParts, {
  model: (id) => void open(models?.find(id), asIs()),
  normalization: (settings) => void change(settings),
  names: (names) => void rename(names),
  forget: () => void forget(),
  choose: ({ layer, unit }) =>
    picture && show({ ...picture, objective: undefined, layer, unit: unit ?? goodUnit(loaded, layer), recipe: controls.recipe }),
  tokens: (tokens) =>
    picture && show({ ...withoutTokens(picture), objective: undefined, ...(tokens ? { tokens } : {}), recipe: controls.recipe }),
  start,
});

let api: Api | undefined;
let models: Models | undefined;
let loaded: Loaded | undefined;
let picture: Picture | undefined; // the latest that was started
let view: View = { transparency: false, compare: false };
let asked: Linked | undefined; // by the address, as long as its model is not here
let startedTransparent = false; // how the picture was started
let blocked = false; // whether the picture on show is told to be moved by nothing
let resumed = false; // whether the picture goes on from a checkpoint
let opening: AbortController | undefined;
let lacking: Source | undefined; // a file that could not be opened for want of its weights
const shownAt: Record<Side, number> = { picture: 0, beside: 0 }; // when the canvas was drawn
const calm = matchMedia('(prefers-reduced-motion: reduce)');

wireTheme(get('theme'), () => chart.redraw());
wireChooser(choosers.model, (files) => void openFiles(files));
wireChooser(choosers.names, ([file]) => void (file && openNames(file)));
wireChooser(choosers.photos, (files) => void photos.add(files));
wireChooser(choosers.magnitude, ([file]) => file && magnitude.choose(file));
wireChooser(choosers.generator, (files) => chooseGenerator(files));
wireChooser(choosers.checkpoint, ([file]) => void (file && openCheckpoint(file)));
wireDrop(get('drop'), isPart, (files) => void openFiles(files));
get('start-from').addEventListener('change', start);
get('save-checkpoint').addEventListener('click', () => void saveCheckpoint());
get('invert').addEventListener('click', () => compareAtMap((layer) => api?.inversion(layer)));
get('accentuate').addEventListener('click', () => accentuate());
get('diversify').addEventListener('click', () => diversify());
addEventListener('popstate', () => {
  ask();
  void follow();
});
ask();
const listed = list();
void listed.then(follow);

/** What the address says that needs no model: the reader may change it while one is loaded, or open another. */
function ask(): void {
  asked = fromHash(location.hash);
  view = { ...view, compare: asked.compare };
  void setTransparency(asked.transparency);
  controls.asked = asked;
}

/** The models that there are. */
async function list(): Promise<void> {
  try {
    api = await loadApi();
    models = await Models.read(api);
  } catch (error) {
    return fail(error);
  }
  controls.sources = models.sources;
}

/** Shows what the address asks for, as far as it can be had. */
async function follow(): Promise<void> {
  if (!models || !asked) return;
  const linked = { ...asked, ...asIs() };
  const source = linked.model === undefined ? models.first : models.find(linked.model);
  if (source) asked = undefined;
  if (source && source.id === loaded?.source.id) return showLinked(linked, 'replace');
  await open(source ?? models.first, linked, 'replace');
  if (asked && loaded?.source === models.first) notice.warn(missingModel(asked.model ?? '', loaded));
}

/**
 * Loads a model and starts a picture with it, by default the one on show. Until it is there, and if it fails, the model before stays
 * usable.
 */
async function open(
  source: Source | undefined,
  linked?: Partial<Linked>,
  entry: Entry = 'push',
  checkpoint?: Uint8Array,
): Promise<void> {
  if (!source || !models) return;
  opening?.abort();
  const { signal } = (opening = new AbortController());
  notice.clear();
  notice.say(`Loading ${source.title}`);
  controls.source = source;
  lacking = undefined;
  try {
    const next = await models.load(source, { signal, onProgress: loading });
    if (signal.aborted) return void next.model.dispose();
    await use(next);
    showLinked(linked ?? picture ?? {}, entry, checkpoint); // the picture may have changed in the meantime
    if (next.cropSize !== undefined) notice.warn(`${source.title} takes crops of ${next.cropSize} pixels only.`);
  } catch (error) {
    if (signal.aborted) return;
    if (isFile(source) && (error as { code?: string }).code === 'missing-data') lacking = source;
    fail(error, source);
  }
}

/** The seed and the recipe of the fields, for another model. */
function asIs(): Partial<Linked> {
  return { seed: controls.seed, recipe: controls.changed };
}

function loading(text: string, fraction: number | undefined): void {
  if (session.state !== 'running') stage.waiting(text, fraction);
}

async function use(next: Loaded): Promise<void> {
  const before = loaded;
  await session.stop();
  loaded = next;
  if (asked?.model === next.source.id) asked = undefined;
  if (isFile(next.source)) models?.add(next.source);
  controls.sources = models?.sources ?? [];
  controls.loaded = next;
  verdict.model = next;
  void sample.show(next);
  void keep(next.source);
  await before?.model.dispose();
}

/** Beside the work: a picture does not wait for it. */
async function keep(source: Source): Promise<void> {
  await models?.keep(source);
  if (controls.model === source.id) controls.source = source;
}

async function change(settings: Partial<Settings>): Promise<void> {
  const source = loaded?.source;
  if (!source) return;
  const changed = models?.change(source, settings);
  await open(source);
  await changed;
  if (controls.model === source.id) controls.source = source;
}

/** A model, names of its classes, or both at once; or what else the reader may bring. */
async function openFiles(files: File[]): Promise<void> {
  const images = files.filter(isImageFile);
  const spectrum = files.find(isMagnitudeFile);
  const checkpoint = files.find(isCheckpointFile);
  if (images.length > 0 || spectrum) get<HTMLDetailsElement>('more').open = true;
  if (images.length > 0) await photos.add(images);
  if (spectrum) magnitude.choose(spectrum);
  if (checkpoint) await openCheckpoint(checkpoint);
  await openModel(files.filter((file) => !isImageFile(file) && !isMagnitudeFile(file) && !isCheckpointFile(file)));
}

async function openModel(files: File[]): Promise<void> {
  const names = files.find(isNamesFile);
  const { model, data } = modelFiles(files.filter((file) => !isNamesFile(file)));
  await listed;
  if (model) await openFile(model, data);
  else if (data.length > 0) await openData(data);
  if (names && (!model || loaded?.source.from === model)) await openNames(names);
}

/** Weights alone: of the model that lacked them, if one did. */
async function openData(data: File[]): Promise<void> {
  if (lacking) return open({ ...lacking, data: [...(lacking.data ?? []), ...data] }, asIs());
  notice.warn(`${data[0]?.name} holds weights of a model: open it together with the .onnx file that it lies beside.`);
}

function chooseGenerator(files: File[]): void {
  const { model, data } = modelFiles(files);
  if (model) generator.choose(model, data);
  else notice.warn(`${data[0]?.name} holds weights of a model: open it together with the .onnx file that it lies beside.`);
}

/** The one that a link asked for before it was here is shown as the link says. */
async function openFile(file: File, data: File[]): Promise<void> {
  const source = sourceOfFile(file, data, models);
  await open(source, { ...(asked?.model === source.id ? asked : {}), ...asIs() });
}

async function openNames(file: File): Promise<void> {
  if (!api || !loaded) return;
  const { source, model, layers } = loaded;
  const outputs = layers.find(({ name }) => name === model.logits)?.units;
  try {
    if (!isFile(source)) throw new Error(`${source.title} has its names: open a model of your own first.`);
    if (!outputs) throw new Error(`${source.title} has no outputs that could be classes.`);
    const names = await namesOfFile(api, file, source.title, outputs);
    notice.clear();
    if (loaded.source === source) await rename(names);
  } catch (error) {
    notice.warn(`${file.name} cannot be used. ${sentence(error)}`);
  }
}

/** The picture goes on; only what it is called changes. */
async function rename(names: Settings['names']): Promise<void> {
  if (!loaded || !models) return;
  const changed = models.change(loaded.source, { names });
  models.rename(loaded);
  controls.loaded = loaded;
  verdict.model = loaded;
  void sample.show(loaded);
  if (picture) {
    controls.picture = picture;
    name(picture);
  }
  announce(session.state, session.progress);
  await changed;
  controls.source = loaded.source;
}

/** The model of the list, which may be one that could not be loaded; the first one takes the place of one on show. */
async function forget(): Promise<void> {
  const source = models?.find(controls.model);
  if (!models || !source) return;
  try {
    await models.forget(source);
  } catch (error) {
    return notice.warn(`${source.title} cannot be forgotten. ${sentence(error)}`);
  }
  controls.sources = models.sources;
  if (loaded && loaded.source !== source) controls.source = loaded.source;
  else await open(models.first, asIs());
}

/** An error in its place; what worked before goes on working. */
function fail(error: unknown, source?: Source): void {
  notice.warn(source && isFile(source) ? `${source.title} cannot be used. ${sentence(error)}` : sentence(error));
  if (loaded) {
    controls.source = loaded.source;
    announce(session.state, session.progress);
  } else {
    notice.say('Nothing could be loaded.');
    stage.failed();
  }
}

/** Starts what is asked for, as far as it can be had, and says what cannot. */
function showLinked(linked: Partial<Linked>, entry: Entry, checkpoint?: Uint8Array): void {
  if (!loaded) return;
  const { picture, missing } = found(linked, loaded);
  show(picture, entry, checkpoint);
  if (missing) notice.warn(missing);
}

function withoutTokens({ tokens: _, ...rest }: Picture): Picture {
  return rest;
}

/** What the fields say; an objective that is no JSON is told beside its field. */
function start(): void {
  if (!picture || !controls.check()) return;
  try {
    show({ ...picture, objective: controls.objective, recipe: controls.recipe, seed: controls.seed });
  } catch (error) {
    controls.refusal = sentence(error);
  }
}

function show(next: Picture, entry: Entry = 'push', checkpoint?: Uint8Array): void {
  if (!api || !loaded) return;
  const { model, cropSize = next.recipe.cropSize } = loaded;
  const { preset, ...numbers } = next.recipe;
  const known = preset !== undefined && model.presets.includes(preset); // an address may name any
  next = { ...next, recipe: { ...numbers, cropSize, ...(known ? { preset } : {}) } };
  const hasClassToken = (loaded.layers.find(({ name }) => name === next.layer)?.prefixTokens ?? 0) > 0;
  if (!hasClassToken) next = withoutTokens(next);
  const { seed, recipe } = next;
  const steps = stepsOf(recipe);
  const goesOn = !checkpoint && session.state === 'finished' && picture !== undefined && isFiner(next, picture, view);
  if (goesOn) chart.extend(steps);
  else chart.start(steps, picture !== undefined && sameObjective(picture, next));
  remember(next, picture ? entry : 'replace');
  notice.clear();
  controls.picture = next;
  name(next);
  const objective = objectiveOf(next, model.logits, hasClassToken ? (next.tokens ?? 'patches') : 'all');
  const { transparency } = view;
  const own = {
    photos: namesPhotos(objective) ? photos.frames : undefined,
    start: photos.start,
    magnitude: magnitude.file,
    generator: generator.file,
    generatorData: generator.data,
  };
  const runs = new Runs(model, objective, recipe, own, seed, transparency);
  startedTransparent = transparency;
  resumed = checkpoint !== undefined;
  blocked = false;
  comparison.on = view.compare;
  checkpoints.refusal = '';
  checkpoints.possible = false;
  session.start({
    steps,
    begin: async (shown) => prepared(checkpoint ? await runs.resume(checkpoint) : runs.begin(shown)),
    goesOn,
    beside: view.compare ? (picture) => runs.beside(picture) : undefined,
    note: toHash(next, { ...view, compare: false }),
  });
  announce('running', session.progress); // it begins when the workers have let the one before go
}

/** What a run is compared with depends on what it is itself. */
function prepared(run: Run): Run {
  comparison.expect(run, loaded && picture ? descriptionOf(loaded, picture) : '');
  transport.comparison = comparison;
  return run;
}

/** Both begin anew, so that nobody is ahead; what is left alone goes on. */
async function compare(on: boolean): Promise<void> {
  view = { ...view, compare: on };
  if (!picture) return;
  if (on) return show(picture, 'replace');
  comparison.on = false;
  transport.comparison = comparison;
  remember(picture, 'replace');
  await session.leave();
  announce(session.state, session.progress);
}

function name(picture: Picture): void {
  if (!loaded) return;
  readouts.name(namesOf(loaded, picture));
  stage.describe(descriptionOf(loaded, picture));
}

function descriptionOf(loaded: Loaded, picture: Picture): string {
  const { title, where } = namesOf(loaded, picture);
  return `What ${title} responds to, of ${where}, seed ${picture.seed}`;
}

/** What the reader chose is a new entry of the history; what an address asked for is not. */
function remember(next: Picture, entry: Entry): void {
  const hash = toHash(next, view);
  if (hash !== location.hash) history[`${entry}State`](null, '', hash);
  picture = next;
}

function begun(run: Run, values: number, side: Side): void {
  comparison.begun(run, values, side);
  if (side === 'beside' || !loaded || !picture) return;
  announce(session.state, session.progress); // what they are made by is known now
  readouts.story(run.config.parametrization, values, namesOf(loaded, picture).title);
}

function step(step: Step, progress: Progress): void {
  readouts.numbers(progress);
  comparison.score(progress.score, 'picture');
  chart.add(step.index, progress.score);
  checkpoints.possible = progress.done < progress.steps;
  tellBlocked(step.blocked && step.score <= 0);
  stage.progress(progress.done / progress.steps, `step ${progress.done} of ${progress.steps}`);
  if (!due(step, 'picture')) return;
  stage.show(step.frames);
  if (loaded) verdict.ask(loaded, step.frame);
  transport.picture = true;
}

function stepBeside(step: Step): void {
  comparison.score(step.score, 'beside');
  comparison.progress(step);
  chart.addBeside(step.index, step.score);
  if (due(step, 'beside')) comparison.show(step.frames);
}

/** Where motion is unwelcome, a picture a second instead of a flicker. */
function due({ index, steps }: Step, side: Side): boolean {
  const now = performance.now();
  if (calm.matches && index + 1 < steps && now - shownAt[side] < 1000) return false;
  shownAt[side] = now;
  return true;
}

function lost(error: unknown): void {
  comparison.failed();
  notice.warn(`${comparison.rival} cannot be shown. ${sentence(error)}`);
  announce(session.state, session.progress);
}

function state(state: RunState, progress: Progress, error?: unknown): void {
  transport.state = state;
  transport.finer = state === 'finished' ? finerSeconds(progress) : undefined;
  readouts.numbers(progress);
  if (state === 'finished' || state === 'stopped') {
    chart.end();
    verdict.settle();
  }
  if (state === 'finished' || state === 'failed') checkpoints.possible = false;
  if (state === 'finished' && startedTransparent !== view.transparency) void setTransparency(view.transparency); // steps may have been under way
  if (state === 'failed') {
    if (progress.done === 0) noPicture();
    refuse(error, progress);
  }
  announce(state, progress);
}

/** Told by the steps so far: the network's part grows with the area of the crops, which become as large as its own input. */
function finerSeconds({ rate }: Progress): number | undefined {
  if (!picture || !loaded || generator.file) return undefined;
  const { crops, cropSize, finer } = picture.recipe;
  const { height, width } = loaded.model.input;
  if (finer >= limits.finer.max || !(rate > 0)) return undefined;
  return (refining.steps * refining.crops * height * width) / (crops * cropSize ** 2 * rate);
}

/** An error beside what it is about, where that can be told. */
function refuse(error: unknown, { done }: Progress): void {
  const { code = '' } = error as { code?: string };
  const asked = done === 0 && ['invalid-argument', 'unknown-layer', 'unknown-unit'].includes(code);
  if (code === 'invalid-magnitude') magnitude.refuse(sentence(error));
  else if (done === 0 && generator.file && generatorCodes.includes(code)) generator.refuse(sentence(error));
  else if (asked && lacksPhotos())
    controls.refusal = 'This objective compares the picture with a photo: choose one under “Photos” and start again.';
  else if (asked && resumed) checkpoints.refusal = `The checkpoint does not fit this model. ${sentence(error)}`;
  else if (asked && picture?.objective !== undefined) controls.refusal = sentence(error);
  else notice.warn(sentence(error), wayOn(error));
}

/** A picture that nothing moves is not what the unit looks for. */
function tellBlocked(now: boolean): void {
  if (now === blocked) return;
  blocked = now;
  if (now)
    notice.warn(
      'Nothing moves this picture: the unit is held at its lowest value wherever the crops look, as a Relu does.',
      unclamped(),
    );
  else notice.clear();
}

/** The layer before the Relu, where units have a gradient everywhere. */
function unclamped(): Offer | undefined {
  const layer = picture?.objective === undefined && loaded?.layers.find(({ name }) => name === picture?.layer)?.unclamped;
  return layer ? instead(layer, picture?.unit) : undefined;
}

function lacksPhotos(): boolean {
  return picture?.objective !== undefined && namesPhotos(JSON.parse(picture.objective)) && photos.frames.length === 0;
}

/** What is on show is another one's. */
function noPicture(): void {
  stage.failed();
  comparison.failed();
  transport.picture = false;
}

/** Where a layer cannot be run: the last one before it that can. */
function wayOn(error: unknown): Offer | undefined {
  const layer = (error as { lastLayer?: string }).lastLayer;
  return layer === undefined ? undefined : instead(layer);
}

function instead(layer: string, unit = goodUnit(loaded, layer)): Offer | undefined {
  if (!loaded?.layers.some(({ name, runs }) => name === layer && runs)) return undefined;
  const take = () => picture && show({ ...picture, objective: undefined, layer, unit, recipe: controls.recipe });
  return { text: `Visualize ${layer} instead`, take: () => void take() };
}

function announce(state: RunState, { done, steps, seconds }: Progress): void {
  const name = loaded && picture ? `“${namesOf(loaded, picture).title}”` : '';
  const title = name + comparison.ways.map((way) => ` by ${way}`).join(' and');
  const texts: Record<RunState, string> = {
    running: `Looking for ${title}`,
    paused: `Paused at step ${done} of ${steps}`,
    stopped: `Stopped at step ${done} of ${steps}`,
    failed: 'No picture',
    finished: `${title}, ${steps} steps in ${secondsText(seconds)}`,
  };
  notice.say(texts[state]);
}

async function setTransparency(on: boolean): Promise<void> {
  view = { ...view, transparency: on };
  transport.transparency = on;
  comparison.transparent(on);
  if (picture) history.replaceState(null, '', toHash(picture, view));
  const [frames, framesBeside] = await session.showTransparency(on);
  if (view.transparency !== on) return;
  if (frames) stage.show(frames);
  if (framesBeside) comparison.show(framesBeside);
}

async function save(): Promise<void> {
  if (!picture || !loaded) return;
  try {
    download(await pngOf(comparison.canvases), fileName([...nameParts(loaded, picture), ...comparison.ways], 'png'));
  } catch (error) {
    notice.warn(sentence(error));
  }
}

function nameParts(loaded: Loaded, picture: Picture): (string | number)[] {
  const { layer, unit, objective, seed } = picture;
  const label = layer === loaded.model.logits ? (loaded.labels?.[unit] ?? '') : '';
  const what = objective === undefined ? [layer, unit, label] : [namesOf(loaded, picture).title];
  return [loaded.source.id.replace(/^file:|\.onnx$/g, ''), ...what, 'seed', seed];
}

async function saveCheckpoint(): Promise<void> {
  if (!picture || !loaded) return;
  try {
    const bytes = await session.checkpoint();
    const name = fileName([...nameParts(loaded, picture), 'step', session.progress.done], extension);
    download(new Blob([bytes]), name);
    checkpoints.refusal = '';
  } catch (error) {
    checkpoints.refusal = `This run cannot be kept. ${sentence(error)}`;
  }
}

/** Goes on with a run of this model, or of another one of the list, which takes its place. */
async function openCheckpoint(file: File): Promise<void> {
  if (!loaded || !models) return;
  checkpoints.refusal = '';
  try {
    const bytes = await read(file);
    const linked = linkedBy(await loaded.model.resume(bytes), loaded.source.id);
    const source = models.find(linked.model);
    if (!source)
      throw new Error(`It goes on with ${linked.model.replace(/^file:/, '')}, which is not here: open that model first.`);
    view = { ...view, compare: false };
    if (source.id === loaded.source.id) showLinked(linked, 'push', bytes);
    else await open(source, linked, 'push', bytes);
  } catch (error) {
    checkpoints.refusal = `${file.name} cannot be used. ${sentence(error)}`;
  }
}

/** An objective that stands at a layer with positions: the one on show, where it has some. */
function compareAtMap(objective: (layer: string, unit: Objective) => Objective | undefined, further: Partial<Recipe> = {}): void {
  if (!picture || !loaded || !controls.check()) return;
  const unit = objectiveOf({ ...picture, objective: undefined }, loaded.model.logits);
  const layer = mapOf(loaded.layers, picture.layer);
  const made = layer === undefined ? undefined : objective(layer, unit);
  if (!made) return notice.warn(`${loaded.source.title} has no layer with positions, which this needs.`);
  show({ ...picture, objective: JSON.stringify(made), recipe: { ...controls.recipe, ...further }, seed: controls.seed });
}

/** From the photo on, and not far. */
function accentuate(): void {
  photos.startFromFirst();
  compareAtMap((layer, unit) => api?.accentuation(unit, layer, 0, weights.nearness));
}

function diversify(): void {
  const { images = 1 } = controls.recipe;
  compareAtMap((layer, unit) => api?.sum(unit, api.scale(api.diversity(layer), weights.diversity)), {
    images: images > 1 ? images : 4,
  });
}
