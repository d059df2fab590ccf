/** The page: which part tells which. */

import {
  againstParts,
  checkpointParts,
  choosers,
  comparisonParts,
  controlParts,
  drawerParts,
  excitedParts,
  generatorParts,
  get,
  historyParts,
  judgedParts,
  judgesParts,
  linkParts,
  magnitudeParts,
  networkParts,
  pastParts,
  photoBlockParts,
  photoParts,
  readoutParts,
  sampleParts,
  scaleParts,
  scrubberParts,
  stage,
  stripParts,
  transportParts,
  trustParts,
  verdictParts,
  waveParts,
  yourPhotoParts,
} from './elements';
import { Controls } from './fields/controls';
import { Explained } from './fields/explained';
import { Network } from './fields/network';
import { OwnFile } from './fields/own-file';
import { Photos } from './fields/photos';
import { Strip } from './fields/strip';
import { YourPhotoView } from './fields/your-photo';
import { Models } from './models/models';
import { catPhoto } from './models/photos';
import { Sample } from './models/sample';
import { Asked } from './page/asked';
import { Compared } from './page/compared';
import { diversify } from './page/diversity';
import { Evidence } from './page/evidence';
import { Files } from './page/files';
import { Judged } from './page/judged';
import { Judging } from './page/judging';
import { Keeping } from './page/keeping';
import { Linking } from './page/linking';
import { Making } from './page/making';
import { Naming } from './page/naming';
import { Opening } from './page/opening';
import { Past } from './page/past';
import { Recording } from './page/recording';
import { Recovery } from './page/recovery';
import { Refusals } from './page/refusals';
import { Scrubbing } from './page/scrubbing';
import { Showing } from './page/showing';
import { Trust } from './page/trust';
import { Units } from './page/units';
import { YourPhoto } from './page/your-photo';
import { wireDrawer } from './parts/drawer';
import { wireChooser, wireDrop, wirePaste } from './parts/drop';
import { wireFoldLink } from './parts/fold-link';
import { keepFocus } from './parts/keep-focus';
import { Notice, sentence } from './parts/notice';
import { wireTheme } from './parts/theme';
import { type Api, loadApi } from './phaselens';
import { AgainstPhotos } from './picture/against-photos';
import { Chart } from './picture/chart';
import { Comparison } from './picture/comparison';
import { Excited } from './picture/excited';
import { HistoryStrip } from './picture/history-strip';
import { JudgedView } from './picture/judged';
import { JudgesView } from './picture/judges';
import { PastDialog } from './picture/past-dialog';
import { PowerChart } from './picture/power-chart';
import { Readouts } from './picture/readouts';
import { Scale } from './picture/scale';
import { Transport } from './picture/transport';
import { TrustView } from './picture/trust';
import { Verdict } from './picture/verdict';
import { Waves } from './picture/waves';
import { Audience } from './run/audience';
import { Checkpoints } from './run/checkpoints';
import { History } from './run/history';
import { Session } from './run/session';
import { SpareTime } from './run/spare';
import { Timing } from './run/timing';

let api: Api | undefined;

const notice = new Notice(get('status'), get('alert'));
const comparison = new Comparison(comparisonParts);
const chart = new Chart(get('chart'));
const readouts = new Readouts(readoutParts);
const verdict = new Verdict(verdictParts);
const power = new PowerChart(get('power'));
const waves = new Waves(waveParts, power, async () => (await loadApi()).openFourier(), catPhoto);
const sample = new Sample(sampleParts, () => photos.first);
const checkpoints = new Checkpoints(checkpointParts);
const photos = new Photos(photoParts, () => {
  evidence.changed();
  yourPhoto.changed();
  if (opening.loaded) void sample.show(opening.loaded);
});
const past = new History();
const magnitude = new OwnFile(magnitudeParts, 'The mean of ImageNet’s photos', 'magnitude', () => asked.start());
const generator = new OwnFile(generatorParts, 'None', 'model', () => asked.start());
const own = { photos, magnitude, generator };

const transport = new Transport(transportParts, {
  pause: () => void asked.pauseOrGoOn(),
  stop: () => void session.stop(),
  another: () => asked.anotherSeed(),
  finer: () => void asked.further('f'),
  more: () => void asked.further('m'),
  compare: (on) => void asked.compare(on),
  transparency: (on) => (asked.transparency = on),
  save: (format) => void keeping.save(format),
});

const controls = new Controls(controlParts, {
  model: (id) => asked.open(opening.models?.find(id)),
  normalization: (settings) => void opening.change(settings, asked.anew),
  names: (names) => void naming.rename(names),
  forget: () => void forget(),
  choose: (choice) => asked.choose(choice),
  step: (choice) => asked.step(choice),
  tokens: (tokens) => asked.over(tokens),
  start: () => asked.start(),
});

const timing = new Timing();
const spare = new SpareTime(() => [trust, evidence, judged, units.thumbnails]);

const units = new Units(
  {
    network: new Network(networkParts, (layer) => asked.choose({ layer })),
    strip: new Strip(stripParts, {
      choose: (unit) => asked.picture && asked.choose({ layer: asked.picture.layer, unit }),
      wanted: (shown) => void units.want(shown),
    }),
  },
  spare,
);

const trustView = new TrustView(trustParts, () => trust.begin());
const trust: Trust = new Trust(trustView, spare, timing, () => evidence.photoRange);

const judging: Judging = new Judging(new JudgesView(judgesParts, () => judging.toggle()), () => {
  judged.changed();
  compared.changed();
});
const judged = new Judged(new JudgedView(judgedParts, () => judging.toggle()), {
  spare,
  fold: get<HTMLDetailsElement>('trust'),
  possible: () => judging.possible,
  judges: () => judging.asked,
});

const evidence = new Evidence({
  spare,
  photos,
  scale: new Scale(scaleParts),
  excited: new Excited(excitedParts, 60),
  against: new AgainstPhotos(againstParts),
  api: loadApi,
});

const yourPhoto = new YourPhoto({
  view: new YourPhotoView(yourPhotoParts, {
    sample: () => void yourPhoto.takeSample(),
    use: (use) => yourPhoto.use(use),
    leave: () => yourPhoto.leave(),
  }),
  blocks: new Network(photoBlockParts, (layer) => yourPhoto.walk(layer)),
  photos,
  notice,
  asked: () => asked,
});

const refusals = new Refusals(
  { notice, controls, ...own, checkpoints },
  { choose: (layer, unit) => asked.choose({ layer, unit }), reopen: () => asked.reopen(undefined), again: () => asked.anew() },
);

const showing = new Showing(
  { stage, notice, chart, readouts, comparison, transport, verdict, checkpoints, timing },
  {
    blocked: (now, start) => refusals.blocked(now, start),
    failed: (error, progress, start) => recovery.lost(error, start) || refusals.run(error, progress, start),
    lost: (error, side) => notice.warn(`${comparison.titleOf(side)} cannot be shown. ${sentence(error)}`),
    begins() {
      waves.begin();
      judging.begin();
      judged.begin();
    },
    grows({ loaded, picture }, frame) {
      judging.grow({ loaded, picture }, frame);
      judged.grow({ loaded, picture }, frame);
      units.grow(loaded, picture, frame);
      evidence.grow(frame);
      waves.show(frame);
    },
    idle(idle) {
      spare.idle = idle;
      if (idle) trust.ended();
      if (idle) judging.ended();
      if (idle) judged.changed();
      transport.resumable = session.resumable;
    },
    resumable: () => session.resumable,
    heard: (runs) => recovery.heard(runs),
    finished: ({ transparency }) => {
      if (transparency !== asked.view.transparency) void transparent(asked.view.transparency); // steps may have been under way
    },
  },
);

const scrubbing = new Scrubbing({ scrubber: scrubberParts, video: get('save-video'), stage, showing, notice });
const making = new Making({
  showing,
  notice,
  ...own,
  opening: () => opening,
  asked: () => asked,
  api: () => api,
});
const recording = new Recording({
  stage,
  showing,
  history: past,
  ...own,
  checkpoint: () => session.checkpoint(),
});
const compared = new Compared({ comparison, onShow: () => showing.onShow, judges: () => judging.asked });
const session = new Session(new Audience([timing, showing, recording, making, scrubbing, compared]));

const opening = new Opening({
  opening(source) {
    notice.clear();
    notice.say(`Loading ${source.title}`);
    controls.source = source;
  },
  loading: (text, fraction) => showing.loading(text, fraction),
  leaving: () => asked.leave(),
  opened(loaded) {
    controls.loaded = loaded;
    units.loaded = loaded;
    verdict.model = loaded;
    naming.show(loaded);
    yourPhoto.loaded = loaded;
    void sample.show(loaded);
  },
  ready({ source, cropSize }) {
    if (cropSize !== undefined) notice.warn(`${source.title} takes crops of ${cropSize} pixels only.`);
  },
  refused(error, source, again) {
    refusals.model(error, source, again);
    if (opening.loaded) controls.source = opening.loaded.source;
    unchanged();
  },
  listed: ({ sources }) => (controls.sources = sources),
  changed(source) {
    if (source.id === opening.wanted?.id) controls.source = source;
  },
});

const naming = new Naming({
  missing: get('names-missing'),
  opening,
  renamed(loaded) {
    controls.loaded = loaded;
    if (asked.picture) {
      controls.picture = asked.picture;
      units.show(loaded, asked.picture);
      yourPhoto.show(loaded, asked.picture);
    }
    verdict.model = loaded;
    void sample.show(loaded);
    showing.renamed(loaded);
  },
});

const asked = new Asked(
  { opening, session, controls, ...own },
  {
    starts(start) {
      timing.model = start.loaded.model;
      controls.picture = start.picture;
      units.show(start.loaded, start.picture);
      evidence.show(start.loaded, start.picture);
      trust.show(start.loaded, start.picture);
      yourPhoto.show(start.loaded, start.picture);
      showing.starts(start);
    },
    prepared: (run) => showing.prepared(run),
    transparent: (on) => void transparent(on),
    compared: (on) => showing.compared(on),
    fetching: ({ loaded, total }) => showing.fetching(loaded, total),
    missing: (sentence) => notice.warn(sentence),
    waits(loaded, picture) {
      controls.picture = picture;
      units.show(loaded, picture);
      yourPhoto.waits(loaded, picture);
    },
  },
);

const recovery = new Recovery({ notice, session, asked });
const keeping = new Keeping({ notice, stage, comparison, checkpoints, session, opening, asked, showing, making });
new Past({
  history: past,
  strip: new HistoryStrip(historyParts),
  dialog: new PastDialog(pastParts),
  notice,
  opening,
  asked,
  ...own,
});
new Linking({ ...linkParts, notice, opening, asked, ...own });
const listed = list();
const files = new Files({
  notice,
  opening,
  asked,
  ...own,
  keeping,
  making,
  box: get<HTMLDetailsElement>('more'),
  listed,
  rename: (names) => naming.rename(names),
});

new Explained(controlParts.form);
wireDrawer(drawerParts);
keepFocus(document.body);
wireFoldLink(get('to-trust'), get<HTMLDetailsElement>('trust'));
wireTheme(get('theme'), () => {
  chart.redraw();
  power.redraw();
});
wireChooser(choosers.model, (chosen) => void files.open(chosen));
wireChooser(choosers.names, ([file]) => void (file && files.openNames(file)));
wireChooser(choosers.photos, (chosen) => void photos.add(chosen));
wireChooser(choosers.magnitude, ([file]) => void (file && magnitude.choose(file)));
wireChooser(choosers.generator, (chosen) => files.chooseGenerator(chosen));
wireChooser(choosers.checkpoint, ([file]) => void (file && keeping.openCheckpoint(file)));
wireDrop(
  get('drop'),
  (name, inside) => files.ofFolder(name, inside),
  (dropped) => void files.open(dropped),
);
wirePaste((pasted) => void files.open(pasted));
get('save-checkpoint').addEventListener('click', () => void keeping.saveCheckpoint());
get('diversify').addEventListener('click', () => diversify({ notice, controls, opening, asked, api: () => api }));
addEventListener('popstate', () => {
  asked.read();
  asked.follow();
});
asked.read();
void listed.then(() => asked.follow());

/** The package, and the models that there are. */
async function list(): Promise<Api | undefined> {
  try {
    api = await loadApi();
    opening.list(await Models.read(api));
    void judging.list(api);
    const recalled = opening.recall();
    if (asked.wantsFile) await recalled;
    return api;
  } catch (error) {
    refusals.model(error, undefined, () => location.reload());
    unchanged();
    return undefined;
  }
}

/** What was there stays on show. */
function unchanged(): void {
  if (opening.loaded) return showing.announce();
  notice.say('Nothing could be loaded.');
  stage.failed();
}

/** The model of the list, which may be one that could not be loaded. */
async function forget(): Promise<void> {
  const source = opening.models?.find(controls.model);
  if (!source) return;
  try {
    await opening.forget(source);
    if (opening.wanted === source) asked.open(opening.models?.first);
  } catch (error) {
    notice.warn(`${source.title} cannot be forgotten. ${sentence(error)}`);
  }
}

async function transparent(on: boolean): Promise<void> {
  showing.transparent(on);
  const frames = await session.showTransparency(on);
  if (asked.view.transparency === on) showing.frames(frames);
}
