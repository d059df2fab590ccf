/** What figures ask of their worker: name -> [input, answer]. */
import type { FloatImage, Frame, Polar } from '../phaselens';

export interface Requests {
  mix: [{ a: Polar; b: Polar; magnitude: number; phase: number }, Polar];
  mean: [{ all: readonly Float32Array[] }, Float32Array];
  randomPhases: [{ count: number; seed: number }, Float32Array];
  picture: [{ values: Float32Array; height: number; width: number; logarithmic: boolean }, Frame];
  turned: [{ from: Float32Array; to: Float32Array }, Float32Array];
  frame: [{ image: FloatImage; stretch: boolean }, Frame];
}

export interface Ask {
  id: number;
  name: keyof Requests;
  input: unknown;
}
