/** The article's worker. */
import { handlers } from './handlers';
import type { Ask } from './messages';

addEventListener('message', ({ data: { id, name, input } }: MessageEvent<Ask>) => {
  const handler = handlers[name] as (input: unknown) => unknown;
  postMessage({ id, value: handler(input) });
});
