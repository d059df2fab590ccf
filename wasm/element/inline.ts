/** The API and the element's class together: what one script has with everything inside. */
export * from '../api/index.js';
export * from './index.js';
