/** The element's class, for those who give it a name themselves. Nothing is defined by importing it. */
export { PhaseLens, type PhaseLensEventMap, type PhaseLensProperties } from './phase-lens.js';
