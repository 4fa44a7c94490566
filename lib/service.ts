import { isObservable, type Observable, type ObservableInput } from 'rxjs';
import { checkBoolean, checkFromZero, checkFunction, checkName, checkObject, checkOneOf, isObject } from './check.js';
import type { Logger } from './logger.js';
import { DEFAULT_RESTART, restartPolicy, type RestartMode, type RestartOptions } from './restart.js';

/** Something long-lived that a supervisor keeps alive. Any object of this shape is one, a class instance too. */
export interface Service<T = unknown> {
  /** Unique in its supervisor; not empty, without `/`. */
  readonly name: string;
  /**
   * Called anew for each run, as a method of its object. What it returns becomes the run: an Observable, Promise,
   * AsyncIterable, Iterable, ReadableStream or interop Observable. Returning nothing is completing at once. A throw, a
   * rejection and an error notification are all the same: the run failed.
   */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- a function without a return is a service too
  run(context: ServiceContext): ObservableInput<T> | void;
  readonly options?: ServiceOptions;
}

/** What a service that is a supervisor has besides, for the supervisor that it stands in. */
export const SUBTREE = Symbol.for('rxjs-supervisor.subtree');

/** What a run is told. Works destructured, but take `signal` only where it is used: see there. */
export interface ServiceContext {
  /** Path from the root supervisor: `'api/db'`. */
  readonly name: string;
  /** 0 in the first run. */
  readonly restarts: number;
  /**
   * Aborted when the service is asked to stop; made when first read.
   *
   * Reading it is a promise to end by it: an Observable that has read it is given its grace (`shutdown`) to end by itself,
   * where one that has not is unsubscribed from at once. So destructure it only where it is used.
   */
  readonly signal: AbortSignal;
  /** Says that the service is ready; see `readyOn`. */
  ready(this: void): void;
  /** The supervisor's logger; it adds `{ service: path }` to the data. */
  readonly logger: Logger;
}

/** When a started service counts as `running`: at once, at its first value, or when it calls `context.ready()`. */
export type ReadyOn = 'start' | 'value' | 'ready';

export interface ServiceOptions {
  /** Restart policy. Fields given here win over the supervisor's, one by one. */
  restart?: RestartMode | number | RestartOptions;
  /**
   * Grace in ms: how long a run may take to end once it has been asked to. `Infinity` waits, 0 asks for none. Default: the
   * supervisor's.
   */
  shutdown?: number;
  /** Default `'start'`. */
  readyOn?: ReadyOn;
  /** ms allowed from start to ready. Default `Infinity`. */
  startTimeout?: number;
  /** Whether `autoShutdown` looks at this service. Default `true`. */
  significant?: boolean;
}

/**
 * Makes a service from a function or an Observable: one call, one subscription, is one run. Or from a service there is, a
 * supervisor above all, which is to stand under another name and with options of its own.
 *
 * A Promise cannot be unsubscribed from, nor one that an async generator awaits: where its run is cut after its grace it may go on
 * working, and is then the one case in which two runs of a service can overlap. Let it end by `signal`.
 *
 * @throws TypeError where the name is empty, not a string or contains `/`, or where `run` is neither of these
 * @throws RangeError or TypeError that names the option that is wrong
 * @example
 * ```ts
 * const ticks = service('ticks', interval(1000));
 * const api = service('api', async ({ signal }) => {
 *   const server = http.createServer().listen(0, '127.0.0.1');
 *   await once(signal, 'abort');
 *   server.close();
 * });
 * await new Supervisor([ticks, api]).run({ signal: AbortSignal.timeout(10_000) });
 * ```
 */
export function service<T>(
  name: string,
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- as in Service
  run: Observable<T> | ((context: ServiceContext) => ObservableInput<T> | void),
  options?: ServiceOptions,
): Service<T>;
// eslint-disable-next-line @typescript-eslint/unified-signatures -- in one signature, T would be inferred worse from a function
export function service<T>(name: string, supervisor: Service<T>, options?: ServiceOptions): Service<T>;
export function service<T>(
  name: string,
  run: Observable<T> | Service<T>['run'] | Service<T>,
  options?: ServiceOptions,
): Service<T> {
  checkName('name', name);
  if (options !== undefined) checkServiceOptions(options);
  const what = options === undefined ? undefined : { options };
  if (isObservable(run)) return { name, run: () => run, ...what };
  if (isObject(run) && 'run' in run) {
    checkObject('run', run, 'run');
    return { name, run: (context) => run.run(context), ...(SUBTREE in run && { [SUBTREE]: run[SUBTREE] }), ...what };
  }
  checkFunction('run', run);
  return { name, run, ...what };
}

export function checkServiceOptions(options: ServiceOptions): void {
  checkObject('options', options);
  const { restart, shutdown, readyOn, startTimeout, significant } = options;
  restartPolicy(DEFAULT_RESTART, restart);
  if (shutdown !== undefined) checkFromZero('shutdown', shutdown);
  if (readyOn !== undefined) checkOneOf('readyOn', readyOn, ['start', 'value', 'ready']);
  if (startTimeout !== undefined) checkFromZero('startTimeout', startTimeout);
  if (significant !== undefined) checkBoolean('significant', significant);
}
