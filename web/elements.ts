/** Which elements of the page each control is made of. */

import type { ControlParts } from './fields/controls';
import type { NetworkParts } from './fields/network';
import type { OwnFileParts } from './fields/own-file';
import type { PhotoParts } from './fields/photos';
import type { StripParts } from './fields/strip';
import type { YourPhotoParts } from './fields/your-photo';
import type { SampleParts } from './models/sample';
import type { LinkingParts } from './page/linking';
import type { DrawerParts } from './parts/drawer';
import type { ChooserParts } from './parts/drop';
import type { AgainstPhotosParts } from './picture/against-photos';
import { Stage } from './picture/canvas';
import type { ComparisonParts, FigureParts } from './picture/comparison';
import type { ExcitedParts } from './picture/excited';
import type { HistoryStripParts } from './picture/history-strip';
import type { JudgedParts } from './picture/judged';
import type { JudgesParts } from './picture/judges';
import type { PastParts } from './picture/past-dialog';
import type { ReadoutParts } from './picture/readouts';
import type { ScaleParts } from './picture/scale';
import type { ScrubberParts } from './picture/scrubber';
import type { TransportParts } from './picture/transport';
import type { TrustParts } from './picture/trust';
import type { VerdictParts } from './picture/verdict';
import type { WaveParts } from './picture/waves';
import type { CheckpointParts } from './run/checkpoints';

export const get = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

export const stage = new Stage({ sheet: get('sheet'), canvas: get('canvas'), text: get('waiting-text'), bar: get('progress') });

/** A figure's elements are named by what it is: nothing for the picture itself. */
function figureOf(suffix: string, of: Stage): FigureParts {
  return {
    figure: get(`figure${suffix}`),
    caption: get(`caption${suffix}`),
    name: get(`name${suffix}`),
    values: get(`values${suffix}`),
    score: get(`score-of${suffix}`),
    opinions: get(`opinions${suffix}`),
    stage: of,
  };
}

function stageOf(suffix: string): Stage {
  return new Stage({
    sheet: get(`sheet${suffix}`),
    canvas: get(`canvas${suffix}`),
    text: get(`waiting${suffix}`),
    bar: get(`progress${suffix}`),
  });
}

export const comparisonParts: ComparisonParts = {
  box: get('pictures'),
  figures: [figureOf('', stage), ...['-beside', '-third'].map((suffix) => figureOf(suffix, stageOf(suffix)))],
};

export const readoutParts: ReadoutParts = {
  where: get('where'),
  title: get('title'),
  story: get('story'),
  score: get('score'),
  step: get('step'),
  rate: get('rate'),
  elapsed: get('elapsed'),
};

export const sampleParts: SampleParts = {
  box: get('sample'),
  photo: get('photo'),
  title: get('sample-title'),
  guesses: get('guesses'),
  before: get('sample-before'),
};

export const verdictParts: VerdictParts = { box: get('verdict'), title: get('verdict-title'), guesses: get('verdict-guesses') };

export const judgesParts: JudgesParts = {
  box: get('judges'),
  ask: get('judges-ask'),
  words: get('judges-words'),
  lists: get('judges-lists'),
};

export const judgedParts: JudgedParts = {
  box: get('judged'),
  ask: get('judged-ask'),
  words: get('judged-words'),
  figures: get('judged-figures'),
};

export const trustParts: TrustParts = {
  start: get('trust-start'),
  pictures: get('trust-pictures'),
  figures: get('trust-figures'),
  words: get('trust-words'),
};

export const againstParts: AgainstPhotosParts = {
  box: get('against'),
  picture: get('against-picture'),
  value: get('against-value'),
  photos: get('against-photos'),
  words: get('against-words'),
  scale: {
    box: get('against-scale'),
    rows: { picture: get('against-scale-picture'), photos: get('against-scale-photos'), noise: get('against-scale-noise') },
  },
};

export const waveParts: WaveParts = {
  box: get('waves'),
  magnitude: get('wave-magnitude'),
  phase: get('wave-phase'),
  magnitudeWords: get('wave-magnitude-words'),
  phaseWords: get('wave-phase-words'),
};

export const scaleParts: ScaleParts = {
  box: get('scale'),
  rows: { picture: get('scale-picture'), photos: get('scale-photos'), noise: get('scale-noise') },
};

export const transportParts: TransportParts = {
  pause: get('pause'),
  stop: get('stop'),
  another: get('another'),
  finer: get('finer'),
  more: get('more-steps'),
  compare: get('compare'),
  transparency: get('transparency'),
  save: get('save'),
  saveWebp: get('save-webp'),
};

export const linkParts: Pick<LinkingParts, 'button' | 'address'> = { button: get('copy-link'), address: get('address') };

export const historyParts: HistoryStripParts = {
  list: get('history-list'),
  words: get('history-words'),
  clear: get('history-clear'),
};

export const scrubberParts: ScrubberParts = {
  box: get('scrub'),
  range: get('scrub-range'),
  words: get('scrub-words'),
  now: get('scrub-now'),
};

export const pastParts: PastParts = {
  box: get('past'),
  title: get('past-title'),
  figures: [get('past-one'), get('past-other')],
  others: get('past-others'),
  open: get('past-open'),
  fork: get('past-fork'),
  remove: get('past-remove'),
  close: get('past-close'),
};

export const drawerParts: DrawerParts = {
  box: get('controls'),
  grip: get('grip'),
  open: get('choose'),
  close: get('choose-close'),
  view: get('pictures'),
};

export const controlParts: ControlParts = {
  form: get('controls'),
  model: get('model'),
  own: get('own'),
  kept: get('kept'),
  namesField: get('names-field'),
  names: get('names'),
  forget: get('forget'),
  normalization: get('normalization'),
  typed: {
    box: get('typed'),
    mean: get('typed-mean'),
    std: get('typed-std'),
    range: get('typed-range'),
    order: get('typed-order'),
    complaint: get('typed-complaint'),
  },
  hint: get('model-hint'),
  layer: get('layer'),
  layerList: get('layer-list'),
  unit: get('unit'),
  unitList: get('unit-list'),
  unitNumber: get('unit-number'),
  previous: get('previous'),
  next: get('next'),
  random: get('random'),
  tokensField: get('tokens-field'),
  tokens: get('tokens'),
  chips: get('chips'),
  inner: get('inner'),
  advanced: get('advanced'),
  refusal: get('objective-error'),
  preset: get('preset'),
  further: { box: get('more'), complaint: get('further-complaint') },
  start: get('start'),
};

export const networkParts: NetworkParts = {
  box: get('network'),
  list: get('network-blocks'),
  words: get('network-words'),
};

export const stripParts: StripParts = {
  box: get('strip'),
  list: get('strip-units'),
  words: get('strip-words'),
  back: get('strip-back'),
  on: get('strip-on'),
};

export const excitedParts: ExcitedParts = {
  box: get('excited'),
  list: get('excited-photos'),
};

export const photoParts: PhotoParts = {
  list: get('photos'),
  complaint: get('photos-complaint'),
};

export const yourPhotoParts: YourPhotoParts = {
  invitation: get('photo-invitation'),
  sample: get('take-sample'),
  card: get('photo-card'),
  image: get('photo-image'),
  name: get('photo-name'),
  says: get('photo-says'),
  guessesTitle: get('photo-guesses-title'),
  guesses: get('photo-guesses'),
  where: get('photo-where'),
  map: get('photo-map'),
  whereTitle: get('photo-where-title'),
  uses: { inversion: get('invert'), accentuation: get('accentuate'), start: get('start-from') },
  walk: get('photo-walk'),
  banner: get('with-photo'),
  bannerImage: get('with-photo-image'),
  bannerWords: get('with-photo-words'),
  leave: [get('leave-photo'), get('with-photo-leave')],
};

export const photoBlockParts: NetworkParts = {
  box: get('photo-walk'),
  list: get('photo-blocks'),
  words: get('photo-blocks-words'),
};

export const magnitudeParts: OwnFileParts = {
  name: get('magnitude'),
  reset: get('reset-magnitude'),
  complaint: get('magnitude-complaint'),
};

export const generatorParts: OwnFileParts = {
  name: get('generator'),
  reset: get('reset-generator'),
  complaint: get('generator-complaint'),
};

export const checkpointParts: CheckpointParts = {
  save: get('save-checkpoint'),
  complaint: get('checkpoint-complaint'),
  box: get('more'),
};

/** Buttons that ask for a file. */
export const choosers: Record<'model' | 'names' | 'photos' | 'magnitude' | 'generator' | 'checkpoint', ChooserParts> = {
  model: { button: get('open'), input: get('file') },
  names: { button: get('open-names'), input: get('names-file') },
  photos: { button: get('open-photos'), input: get('photo-files') },
  magnitude: { button: get('open-magnitude'), input: get('magnitude-file') },
  generator: { button: get('open-generator'), input: get('generator-file') },
  checkpoint: { button: get('open-checkpoint'), input: get('checkpoint-file') },
};
