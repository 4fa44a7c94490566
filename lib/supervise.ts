import { Observable } from 'rxjs';
import { checkSignal } from './check.js';
import type { Service } from './service.js';
import { type Falsy, members, supervisorSettings, type SupervisorOptions } from './settings.js';
import { startIn } from './root.js';
import type { StatusEvent } from './status.js';
import { Supervision } from './supervision.js';

export interface SuperviseOptions extends SupervisorOptions {
  /** Aborting it is a graceful stop: its events are still emitted, then the Observable completes. */
  signal?: AbortSignal;
}

/**
 * A supervisor as a cold Observable of its status events: each subscription is a supervisor of its own.
 *
 * Subscribing starts the services in order, within the call. Unsubscribing is a hard stop: each run's `signal` is aborted and
 * it is unsubscribed from, last first, within the call. Aborting `signal` is a graceful one.
 *
 * ```
 * service    --#
 * restart 3  r-f--r-f--r     r running, f failed
 * ```
 *
 * It completes after an abort and when all significant services have ended (`autoShutdown`), with no services at once. It errors
 * with `RestartLimitError`, `ServiceFailedError` or `ShutdownTimeoutError`.
 *
 * @throws DuplicateServiceError where two services have one name
 * @throws RangeError or TypeError that names the option or the service that is wrong
 * @example
 * ```ts
 * supervise([service('a', of(1))], { restart: 'never' }).subscribe({
 *   next: ({ service, status }) => console.log(service, status), // a running, a stopped
 *   complete: () => console.log('done'), // done
 * });
 * ```
 */
export function supervise(
  services: Iterable<Service | Falsy>,
  options: SuperviseOptions = {},
): Observable<StatusEvent> {
  const settings = supervisorSettings(options);
  const { signal } = options;
  if (signal !== undefined) checkSignal('signal', signal);
  const list = [...members(services, settings).values()];

  return new Observable((subscriber) => {
    if (signal?.aborted || (list.length === 0 && settings.autoShutdown !== 'never')) {
      subscriber.complete();
      return;
    }
    const supervision = new Supervision(list, settings, {
      event: (event) => {
        subscriber.next(event);
      },
      done: (error) => {
        if (error === undefined) subscriber.complete();
        else subscriber.error(error);
      },
    });
    startIn(subscriber, supervision, signal);
  });
}
