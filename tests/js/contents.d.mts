import type { Step } from '../../dist/index.js';

export function contents(step: Step): string;
