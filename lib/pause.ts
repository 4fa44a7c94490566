import { defaultIfEmpty, map, type Observable, type Subscription, take } from 'rxjs';
import type { Termination } from './termination.js';

/** A service waits for its next run. */
export class Pause {
  readonly kind = 'waiting';
  /** The timer, or the subscription to the delay Observable; undefined while that is being subscribed to. */
  wait: Subscription | undefined = undefined;
  /** The time has come, and `retry` has not: it is still being told of the end. */
  due = false;

  /** The delay has ended without a value, or with an error: there is no restart. */
  refused = false;

  constructor(
    private readonly owner: { swallowed(error: unknown): void },
    /** What there is to say where it is cancelled: nothing, where the service's end has been told as final before. */
    public last: Termination | undefined,
  ) {}

  /** What the teardown of a delay throws is no reason for anybody else to fail. */
  cancel(): void {
    try {
      this.wait?.unsubscribe();
    } catch (error) {
      this.owner.swallowed(error);
    }
  }
}

/** Whether a delay Observable lets the restart happen: true at its first value, false where it completes without one. */
export function released(delay$: Observable<unknown>): Observable<boolean> {
  return delay$.pipe(
    take(1),
    map(() => true),
    defaultIfEmpty(false),
  );
}
