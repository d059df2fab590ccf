/** Where in the network the picture stands, and what the units beside it look like. */

import type { Network } from '../fields/network';
import type { Strip } from '../fields/strip';
import { Drawn } from '../models/drawn';
import type { Loaded } from '../models/models';
import { imageDataOf } from '../parts/pixels';
import type { Frame } from '../phaselens';
import type { SpareTime } from '../run/spare';
import { isOfUnit, type Picture } from '../run/state';
import { Thumbnails } from '../run/thumbnails';

export interface UnitParts {
  network: Network;
  strip: Strip;
}

interface Place {
  loaded: Loaded;
  layer: string;
  unit: number; // -1 where none is shown
}

export class Units {
  #place: Place | undefined;
  readonly #drawn = new Drawn();
  readonly thumbnails: Thumbnails;

  constructor(
    private readonly parts: UnitParts,
    spare: SpareTime,
  ) {
    this.thumbnails = new Thumbnails(spare, (layer, unit, frame) => void this.#draw(layer, unit, frame));
  }

  set loaded({ model }: Loaded) {
    this.parts.network.layers = model.layers;
  }

  /** What is asked for. */
  show(loaded: Loaded, picture: Picture): void {
    const { layer, unit } = picture;
    const { network, strip } = this.parts;
    const { model, layers, labels } = loaded;
    const { units = 0, runs = false } = layers.find(({ name }) => name === layer) ?? {};
    this.#place = { loaded, layer, unit: isOfUnit(picture) ? unit : -1 };
    network.layer = picture.objective === undefined ? layer : undefined;
    strip.show({ layer, units: runs ? units : 0, labels: layer === model.logits ? labels : undefined }, this.#place.unit);
  }

  /** Units in view. */
  async want(units: readonly number[]): Promise<void> {
    const place = this.#place;
    if (!place) return;
    const { loaded, layer } = place;
    const drawn = (unit: number, image: ImageBitmap) => this.parts.strip.draw(layer, unit, image);
    const others = units.filter((unit) => unit !== place.unit); // that one is the picture on show
    const rest = await this.#drawn.take(loaded.source.id, layer, others, drawn);
    if (this.#place?.loaded === loaded && this.#place.layer === layer)
      this.thumbnails.want({ model: loaded.model, layer, units: rest, cropSize: loaded.cropSize });
  }

  /** The picture on show as it forms. */
  grow(loaded: Loaded, picture: Picture, frame: Frame): void {
    const { layer, unit, photo } = picture;
    if (isOfUnit(picture) && !photo && this.#place?.loaded === loaded && this.#place.layer === layer)
      void this.#draw(layer, unit, frame);
  }

  async #draw(layer: string, unit: number, frame: Frame): Promise<void> {
    const image = await createImageBitmap(imageDataOf(frame));
    this.parts.strip.draw(layer, unit, image);
    image.close();
  }
}
