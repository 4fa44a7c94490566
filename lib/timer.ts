import { type SchedulerLike, Subscription } from 'rxjs';

/** The longest delay of a `setTimeout`; what is longer fires after 1 ms. */
const LONGEST = 2 ** 31 - 1;

/**
 * Calls `work(state)` on the scheduler after so many ms, however many. Not `rxjs.timer`: one static function can serve any
 * number of waiting services, a delay above 2^31-1 is waited for in parts, and Infinity never comes.
 */
export function after<S>(scheduler: SchedulerLike, delay: number, work: (state: S) => void, state: S): Subscription {
  if (delay === Infinity) return Subscription.EMPTY;
  // rxjs types the state as optional; here it is always given
  if (delay <= LONGEST) return scheduler.schedule(work as (state?: S) => void, delay, state);
  return scheduler.schedule<number>(
    function (rest) {
      if (rest > 0) this.schedule(rest - LONGEST, Math.min(rest, LONGEST));
      else work(state);
    },
    LONGEST,
    delay - LONGEST,
  );
}
