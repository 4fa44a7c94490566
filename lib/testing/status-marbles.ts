import { filter, map, type OperatorFunction } from 'rxjs';
import type { StatusEvent } from '../status.js';

const LETTERS = { idle: 'i', starting: 's', running: 'r', stopping: 'x', stopped: 'c', failed: 'f' } as const;

/**
 * Each status event as a letter, to be compared with a marble diagram: `s` starting, `r` running, `x` stopping,
 * `c` stopped, `f` failed; in upper case where it is final (`C`, `F`).
 *
 * @param path only the events of this service; default: of all
 * @example
 * ```ts
 * testScheduler.run(({ cold, expectObservable }) => {
 *   const feed = service('feed', cold('--#'));
 *   expectObservable(supervise([feed], { restart: 3 }).pipe(statusMarbles()), '---------!').toBe('r-f--r-f--');
 * });
 * ```
 */
export function statusMarbles(path?: string): OperatorFunction<StatusEvent, string> {
  return (event$) =>
    event$.pipe(
      filter((event) => path === undefined || event.service === path),
      map((event) => ('final' in event && event.final ? LETTERS[event.status].toUpperCase() : LETTERS[event.status])),
    );
}
