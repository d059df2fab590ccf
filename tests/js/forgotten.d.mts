import type { MemoryUse } from '../../dist/api/index.js';

interface Work {
  api: typeof import('../../dist/api/index.js');
  gc: () => void;
  file: Uint8Array;
  times: number;
}

export function makeMany(
  work: Work & { left: boolean; signal?: AbortSignal },
): Promise<{ early: MemoryUse[]; late: MemoryUse[] }>;
export function loadMany(work: Work & { here: () => number | Promise<number> }): Promise<number[]>;
