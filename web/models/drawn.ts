/** Small pictures of the packaged model's units that were drawn ahead: draw-ahead.mjs makes them. */
import sheetUrl from './drawn.jpg?url';
import index from './drawn.json';

const { side, columns, groups } = index as {
  side: number;
  columns: number;
  groups: [layer: string, first: number, units: number][];
};

export class Drawn {
  #sheet: Promise<ImageBitmap | undefined> | undefined;

  /** `drawn` gets those that there are; the units of the others are what it comes to. */
  async take(
    model: string,
    layer: string,
    units: readonly number[],
    drawn: (unit: number, image: ImageBitmap) => void,
  ): Promise<number[]> {
    const places = model === 'efficientnet-lite0' ? units.map((unit) => placeOf(layer, unit)) : [];
    if (!places.some((place) => place !== undefined)) return [...units];
    const sheet = await (this.#sheet ??= read());
    if (!sheet) return [...units];
    const rest: number[] = [];
    for (const [i, unit] of units.entries()) {
      const place = places[i];
      if (place === undefined) rest.push(unit);
      else drawn(unit, await createImageBitmap(sheet, (place % columns) * side, Math.floor(place / columns) * side, side, side));
    }
    return rest;
  }
}

function placeOf(layer: string, unit: number): number | undefined {
  let place = 0;
  for (const [name, first, units] of groups) {
    if (name === layer && unit >= first && unit < first + units) return place + unit - first;
    place += units;
  }
  return undefined;
}

/** Where it cannot be had, the units are drawn here. */
async function read(): Promise<ImageBitmap | undefined> {
  try {
    const response = await fetch(sheetUrl);
    return response.ok ? await createImageBitmap(await response.blob()) : undefined;
  } catch {
    return undefined;
  }
}
