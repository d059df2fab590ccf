export const BINS: number;
export function radialPower(image: { data: Float32Array; height: number; width: number }): number[];
