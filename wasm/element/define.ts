/** Defines <phase-lens>, once, where there are elements. */
import { PhaseLens } from './index.js';

export * from './index.js';

if (globalThis.customElements && !customElements.get('phase-lens')) customElements.define('phase-lens', PhaseLens);
