/** The workers of a page, for a test to kill. */
import type { Page } from 'playwright-core';

/** Keeps the page's workers, so that the test can kill them. */
export const keepWorkers = (page: Page) =>
  page.addInitScript(() => {
    const all: Worker[] = [];
    const Original = Worker;
    Object.assign(window, {
      all,
      Worker: class extends Original {
        constructor(...given: ConstructorParameters<typeof Worker>) {
          super(...given);
          all.push(this);
        }
      },
    });
  });

/** All of them, or the latest so many. */
export const workers = (page: Page, act: (worker: Worker) => void, latest?: number) =>
  page.evaluate(`{ for (const worker of window.all.splice(${latest === undefined ? 0 : -latest})) (${act})(worker) }`);

/** What an engine tells of a worker that ran out of memory or crashed. */
export const lose = (page: Page, latest?: number) =>
  workers(page, (worker) => worker.dispatchEvent(new ErrorEvent('error', { message: 'Killed' })), latest);
