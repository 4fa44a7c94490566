import { type MonoTypeOperatorFunction, Observable, Subject } from 'rxjs';
import { checkFunction, checkObject, checkSignal } from './check.js';
import { ServiceFailedError } from './errors.js';
import type { Logger } from './logger.js';
import { service, type ServiceOptions } from './service.js';
import { members, supervisorSettings } from './settings.js';
import { startIn } from './root.js';
import type { StatusEvent } from './status.js';
import { Supervision } from './supervision.js';
import type { SchedulerLike } from 'rxjs';

export interface SupervisedOptions extends Pick<ServiceOptions, 'restart' | 'shutdown' | 'readyOn' | 'startTimeout'> {
  /** What status events call the source. Default `'source'`. */
  name?: string;
  /** The clock of all that waits. Default `asyncScheduler`. */
  scheduler?: SchedulerLike;
  /** Default: silent. */
  logger?: Logger;
  /** Aborting it stops the source; the result then completes. */
  signal?: AbortSignal;
  /** Gets the status events. What it throws is reported as rxjs does with what observers throw, and disturbs nothing. */
  onStatus?: (event: StatusEvent) => void;
}

/**
 * Supervises one source inside a pipe: values pass through unchanged, and the source is subscribed to anew when it ends, by
 * the same restart policy as a service. By default that is always; a source that is to complete wants `restart: 'on-failure'`.
 *
 * ```
 * source                       -a-#
 * supervised({ restart: 2 })   -a----a----a-
 * ```
 *
 * It errors with the source's own error where that ends for good, with `RestartLimitError` where a limit is reached, and with
 * `ShutdownTimeoutError` where the source outlives its grace. It completes after an abort, and when the source has completed
 * for good.
 *
 * @throws RangeError or TypeError that names the option that is wrong, at the call
 * @example
 * ```ts
 * const price$ = webSocket('wss://example.test/prices').pipe(
 *   supervised({ restart: { delay: exponential({ initial: 100 }) }, onStatus: ({ status }) => console.log(status) }), // running, failed, running
 *   take(2), // each connection of this feed is lost after one message
 * );
 * price$.subscribe();
 * ```
 */
export function supervised<T>(options: SupervisedOptions = {}): MonoTypeOperatorFunction<T> {
  checkObject('options', options);
  const { name = 'source', restart, shutdown, readyOn, startTimeout, scheduler, logger, signal, onStatus } = options;
  if (signal !== undefined) checkSignal('signal', signal);
  if (onStatus !== undefined) checkFunction('onStatus', onStatus);
  const settings = supervisorSettings(given({ restart, shutdown, scheduler, logger }));
  const serviceOptions = given({ readyOn, startTimeout });

  // to find what is wrong with the options now, and not when somebody subscribes
  service(name, () => undefined, serviceOptions);

  return (source) =>
    new Observable<T>((subscriber) => {
      if (signal?.aborted) {
        subscriber.complete();
        return;
      }
      const status$ = new Subject<StatusEvent>();
      // eslint-disable-next-line rxjs-x/no-ignored-error -- it never errors
      status$.subscribe(onStatus);
      const only = members([service(name, source, serviceOptions)], settings).values();
      const supervision = new Supervision(only, settings, {
        event: (event) => {
          status$.next(event);
        },
        value: (_service, value) => {
          subscriber.next(value as T);
        },
        done: (error) => {
          if (error === undefined) subscriber.complete();
          else subscriber.error(error instanceof ServiceFailedError ? error.cause : error);
        },
      });
      startIn(subscriber, supervision, signal);
    });
}

/** Without the fields that are undefined. */
function given<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
