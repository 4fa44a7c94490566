import type { Subscriber } from 'rxjs';
import { onAbort } from './abort.js';
import type { Supervision } from './supervision.js';

/** The root subscription: aborting the signal stops the services gracefully, unsubscribing cuts them off. */
export function startIn(
  subscriber: Subscriber<unknown>,
  supervision: Supervision,
  signal: AbortSignal | undefined,
): void {
  subscriber.add(
    onAbort(signal, (reason) => {
      supervision.abort(reason);
    }),
  );
  // before the start: an observer may unsubscribe at the first event
  subscriber.add(() => {
    supervision.kill();
  });
  supervision.start();
}
