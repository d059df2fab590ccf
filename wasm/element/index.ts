/**
 * The class of the element `<phase-lens>`, for those who give it a name themselves: nothing is defined by importing it. `phaselens/define`
 * defines it.
 * @module phaselens/element
 */
export type { GivenImage, GivenImages } from './attributes.js';
export type { PhaseLensTemplate } from './frameworks.js';
export { type Loaded, PhaseLens, type PhaseLensEventMap, type PhaseLensProperties } from './phase-lens.js';
export type { State } from './player.js';
