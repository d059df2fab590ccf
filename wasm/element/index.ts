/** The element's class, for those who give it a name themselves. Nothing is defined by importing it. */
export type { GivenImage, GivenImages } from './attributes.js';
export type { PhaseLensTemplate } from './frameworks.js';
export { PhaseLens, type PhaseLensEventMap, type PhaseLensProperties } from './phase-lens.js';
