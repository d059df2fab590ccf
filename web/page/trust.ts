/** Draws the unit on show again in other ways, and other units for comparison, and tells how far the network finds them alike. */
import type { Loaded } from '../models/models';
import type { Frame, LayerInfo, Objective, Visualization, VisualizeOptions } from '../phaselens';
import { aboutText } from '../picture/readouts';
import { valueText } from '../picture/scale';
import type { TrustView } from '../picture/trust';
import { agreements, meanOf } from '../run/agreement';
import { type Parametrization, parametrizations } from '../run/parametrizations';
import { Responses } from '../run/responses';
import type { Spare, SpareTime } from '../run/spare';
import type { Picture } from '../run/state';
import { thumbnailOf } from '../run/thumbnails';
import { sizeOf, type Timing } from '../run/timing';
import { type UnitShown, unitShown } from './unit-shown';

/** A picture that is to be drawn, and what the network makes of it. */
interface Drawing {
  unit: number;
  seed: number;
  by: Parametrization;
  title: string;
  features?: Float32Array;
}

const small = { size: 128, steps: 64 } as const;
const seeds = [1, 2, 3] as const;

export class Trust implements Spare {
  #place: UnitShown | undefined;
  #drawings: Drawing[] = []; // of the latest wish
  #run: Visualization | undefined;
  readonly #responses = new Responses();

  constructor(
    private readonly view: TrustView,
    private readonly spare: SpareTime,
    private readonly timing: Timing,
    private readonly photos: () => string,
  ) {}

  /** Another picture begins: what was drawn of the one before goes. */
  show(loaded: Loaded, picture: Picture): void {
    this.#place = featuresOf(loaded) && unitShown(loaded, picture);
    this.#drawings = [];
    this.stop();
    this.view.rest(false, '');
  }

  /** A picture has ended: its steps tell how long others take. */
  ended(): void {
    const place = this.#place;
    if (!place || this.#drawings.length > 0) return;
    const { model } = place.loaded;
    const [, { crops = 1, cropSize = 0 }] = drawingOf(place, place.picture.unit);
    const step = this.timing
      .of(model)
      .seconds(sizeOf({ height: small.size, width: small.size, images: 1, crops, cropSize }, model));
    this.view.rest(true, step ? aboutText(drawingsOf(place).length * small.steps * step) : '');
  }

  begin(): void {
    if (!this.#place) return;
    this.#drawings = drawingsOf(this.#place);
    this.view.begin(this.#drawings.map(({ title }) => title));
    this.spare.wake(this);
  }

  next(): (() => Promise<void>) | undefined {
    const place = this.#place;
    const i = this.#drawings.findIndex(({ features }) => !features);
    const drawing = this.#drawings[i];
    return place && drawing ? () => this.#try(place, drawing, i) : undefined;
  }

  stop(): void {
    void this.#run?.stop();
  }

  /** The picture tells what is wrong with a layer or a model. */
  async #try(place: UnitShown, drawing: Drawing, i: number): Promise<void> {
    try {
      await this.#draw(place, drawing, i);
    } catch {
      if (this.#place === place) this.#drawings = [];
    } finally {
      this.#run = undefined;
    }
  }

  async #draw(place: UnitShown, drawing: Drawing, i: number): Promise<void> {
    const [objective, options] = drawingOf(place, drawing.unit);
    const how = { ...options, seed: drawing.seed, ...parametrizations[drawing.by].options };
    const run = (this.#run = place.loaded.model.visualize(objective, how));
    let last: Frame | undefined;
    for await (const { index, frame } of run) {
      if (this.#place !== place) return;
      this.view.picture(i, frame, '–');
      if (index + 1 === small.steps) last = frame;
    }
    if (last) await this.#judge(place, drawing, i, last);
  }

  async #judge(place: UnitShown, drawing: Drawing, i: number, frame: Frame): Promise<void> {
    const { model } = place.loaded;
    const response = await this.#responses.measure(model, place.asked, frame);
    const features = await this.#responses.measure(model, { layer: featuresOf(place.loaded)!, tokens: undefined }, frame);
    if (this.#place !== place) return;
    drawing.features = features.mean;
    this.view.picture(i, frame, valueText(response.mean[place.picture.unit]!));
    if (this.#drawings.every(({ features }) => features)) this.#tell(place);
  }

  #tell({ picture: { unit } }: UnitShown): void {
    const of = (wanted: (drawing: Drawing) => boolean) => this.#drawings.filter(wanted).map(({ features }) => features!);
    const [same, ways] = [of((one) => one.unit === unit && one.by === 'maco'), of((one) => one.unit === unit && one.seed === 1)];
    const others = of((one) => one.unit !== unit);
    const found = [
      { what: 'Other seeds', values: agreements(same) },
      { what: 'Other ways', values: agreements(ways) },
      { what: 'Other units', values: agreements(same, others) },
    ].filter(({ values }) => values.length > 0);
    const photos = this.photos();
    const words = `Below each picture: the response of this unit to the whole of it${photos && `; to photos ${photos}`}.`;
    this.view.end(
      found.map(({ what, values }) => ({ what, value: meanOf(values) })),
      words,
    );
  }
}

/** The deepest layer before the logits, or before the end: what the network has made of an image when it decides. */
function featuresOf({ model }: Loaded): LayerInfo | undefined {
  const end = model.layers.findIndex(({ name }) => name === model.logits);
  return model.layers.slice(0, end < 0 ? undefined : end).findLast(({ runs, units }) => runs && units > 1);
}

/** How each is made, but for its seed and its parametrization. */
function drawingOf({ loaded: { model, cropSize }, asked: { layer } }: UnitShown, unit: number): [Objective, VisualizeOptions] {
  const [objective, options] = thumbnailOf({ model, layer: layer.name, cropSize }, unit);
  return [objective, { ...options, ...small }];
}

function drawingsOf({ picture: { unit }, asked }: UnitShown): Drawing[] {
  const { units } = asked.layer;
  const others = seeds
    .map((k) => (unit + Math.floor((k * units) / (seeds.length + 1))) % units)
    .filter((other) => other !== unit);
  return [
    ...seeds.map((seed) => ({ unit, seed, by: 'maco' as const, title: `MaCo, seed ${seed}` })),
    ...(['fourier', 'pixel'] as const).map((by) => ({ unit, seed: 1, by, title: `${parametrizations[by].title}, seed 1` })),
    ...others.map((other, i) => ({ unit: other, seed: seeds[i]!, by: 'maco' as const, title: `Unit ${other}` })),
  ];
}
