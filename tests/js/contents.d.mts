import type { Step } from '../../dist/api/index.js';

export function contents(step: Step): string;
