import { defer, finalize, type Observable } from 'rxjs';
import { reportUncaught } from '../bus.js';
import { service, type Service, type ServiceOptions } from '../service.js';

/**
 * A service that plays one marble diagram a run: the first in its first run, and so on; the last is repeated.
 *
 * Should two of its runs ever overlap, the test fails (the error is uncaught, as of an observer that throws), and not only
 * the run.
 *
 * ```
 * marbles     ['--#', '----|']
 * restart 3   r-f--r---c--r---c
 * ```
 *
 * @param cold the function of that name that `TestScheduler.run` gives
 * @throws TypeError where there is no marble diagram
 * @example
 * ```ts
 * testScheduler.run(({ cold, expectObservable }) => {
 *   const feed = scriptedService('feed', ['--#', '----|'], cold);
 *   expectObservable(supervise([feed], { restart: 3 }).pipe(statusMarbles()), '-----------!').toBe('r-f--r---c--');
 * });
 * ```
 */
export function scriptedService(
  name: string,
  marbles: readonly string[],
  cold: (marbles: string) => Observable<string>,
  options?: ServiceOptions,
): Service<string> {
  if (marbles.length === 0) throw new TypeError('Expected `marbles` to have a diagram for the first run, got none');
  let runs = 0;
  let live = 0;
  const play = () =>
    defer(() => {
      const script = marbles[Math.min(runs++, marbles.length - 1)] as string;
      // without a handler: thrown out of the scheduler's next turn, in virtual time too, which fails the test
      if (++live > 1) reportUncaught(new Error(`Two runs of the scripted service '${name}' overlap`));
      return cold(script).pipe(finalize(() => live--));
    });
  return service(name, play, options);
}
