import type { Termination } from './termination.js';
import { filter, type MonoTypeOperatorFunction } from 'rxjs';

/**
 * What a service is doing.
 *
 * - `idle`: not started yet; only `statuses()` says so, it is never an event
 * - `starting`: its run began, and it has not said that it is ready
 * - `running`: it does its work
 * - `stopping`: it was asked to stop, and takes its time
 * - `stopped`: its run ended without an error
 * - `failed`: its run ended with an error
 */
export type ServiceStatus = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

/**
 * One change of one service's status: plain readonly data, JSON-safe but for `error`.
 * All subscribers of one supervisor share the object.
 */
export type StatusEvent = {
  /** Path of the service, relative to the supervisor that is asked: `'api'`, `'api/db'`. */
  readonly service: string;
  /** `scheduler.now()` at the change, in ms. */
  readonly time: number;
  /** Runs of this service so far, minus one, whatever started them. */
  readonly restarts: number;
} & (
  | { readonly status: 'idle' | 'starting' | 'running' | 'stopping' }
  | {
      readonly status: 'stopped';
      /** `false`: a restart will follow. `true`: the service has ended for good. */
      readonly final: boolean;
      /** The delay of that restart in ms, where it is a number. */
      readonly restartIn?: number;
    }
  | {
      readonly status: 'failed';
      /** What the service threw, as it is. */
      readonly error: unknown;
      /** `false`: a restart will follow. `true`: the service has ended for good. */
      readonly final: boolean;
      /** The delay of that restart in ms, where it is a number. */
      readonly restartIn?: number;
    }
);

/** The event of the end of a run. Literals, each of one shape: a spread costs ten times as much. */
export function endEvent(
  service: string,
  time: number,
  restarts: number,
  end: Termination,
  final: boolean,
  restartIn: number | undefined,
): StatusEvent {
  if (end.kind === 'completed') {
    if (restartIn === undefined) return { service, status: 'stopped', time, restarts, final };
    return { service, status: 'stopped', time, restarts, final, restartIn };
  }
  const { error } = end;
  if (restartIn === undefined) return { service, status: 'failed', time, restarts, final, error };
  return { service, status: 'failed', time, restarts, final, restartIn, error };
}

/**
 * Whether a service of this status has a run going on: `starting`, `running` or `stopping`.
 *
 * @example
 * ```ts
 * console.assert(isAlive('stopping'));
 * console.assert(!isAlive('failed'));
 * ```
 */
export function isAlive(status: ServiceStatus): boolean {
  return status === 'starting' || status === 'running' || status === 'stopping';
}

/**
 * Passes on the events of one service alone. Of a nested supervisor's path, it passes on that supervisor's own events,
 * and not those of the services in it.
 *
 * ```
 * status$          a--b--a--b|
 * ofService('b')   ---b-----b|
 * ```
 *
 * @example
 * ```ts
 * supervise([service('a', NEVER), service('b', NEVER)])
 *   .pipe(ofService('b'), take(1))
 *   .subscribe(({ service, status }) => console.log(service, status)); // b running
 * ```
 */
export function ofService(path: string): MonoTypeOperatorFunction<StatusEvent> {
  return filter((event) => event.service === path);
}
