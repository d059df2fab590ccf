import { expect, it } from 'vitest';

it('the element can be imported where there is no document, as servers do that render pages', async () => {
  const { PhaseLens } = await import(new URL('../../dist/define.js', import.meta.url).href);
  expect(PhaseLens.observedAttributes).toEqual(expect.arrayContaining(['unit', 'crop-size', 'transparency', 'autoplay']));
});
