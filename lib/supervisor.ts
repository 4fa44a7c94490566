import { defer, map, merge, type Observable, of, Subject } from 'rxjs';
import { onAbort } from './abort.js';
import { Board } from './board.js';
import { checkObject, checkSignal } from './check.js';
import type { Child } from './child.js';
import { SupervisorRunningError, SupervisorStoppedError, UnknownServiceError } from './errors.js';
import type { Service } from './service.js';
import {
  type Falsy,
  type Member,
  members,
  supervisorSettings,
  type SupervisorOptions,
  type SupervisorSettings,
} from './settings.js';
import type { StatusEvent } from './status.js';
import { Supervision } from './supervision.js';
import { Values } from './values.js';
import { Waiters } from './waiters.js';

/** Options of one run of a supervisor. */
export interface RunOptions {
  /** Aborting it stops the services gracefully; `run()` then resolves. */
  signal?: AbortSignal;
}

/**
 * Keeps services alive: starts them, restarts them when they end, knows the status of each, and tells of every change.
 *
 * All commands may be called from anywhere, also from inside a service or a status observer. What they start from there starts on
 * a later turn of the scheduler. They are idempotent, and the last one wins; one whose place another has taken resolves.
 *
 * @example
 * ```ts
 * const ticks = service('ticks', interval(10));
 * const supervisor = new Supervisor([ticks], { restart: { delay: constant(100) } });
 * supervisor.status$.subscribe(({ service, status }) => console.log(service, status)); // ticks running, ticks stopped
 * supervisor.valuesOf(ticks).pipe(take(3)).subscribe({ complete: () => void supervisor.shutdown() });
 * await supervisor.run();
 * ```
 */
export class Supervisor {
  /** Its name as a service of another supervisor. */
  readonly name: string;
  /** Every change of status, as it happens. Hot; never completes (a run may come again) and never errors. */
  readonly status$: Observable<StatusEvent>;
  /** `statuses()` now, then after each change. */
  readonly statuses$: Observable<ReadonlyMap<string, StatusEvent>>;

  readonly #settings: SupervisorSettings;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #events = new Subject<StatusEvent>();
  readonly #board: Board;
  readonly #values = new Values();
  readonly #waiters = new Waiters();
  #supervision: Supervision | undefined = undefined;

  /**
   * @param services in the order in which they are started; falsy entries are skipped
   * @throws DuplicateServiceError where two services have one name
   * @throws RangeError or TypeError that names the option or the service that is wrong
   */
  constructor(services: Iterable<Service | Falsy>, options: SupervisorOptions = {}) {
    const settings = supervisorSettings(options);
    this.#settings = settings;
    this.#members = members(services, settings);
    this.name = settings.name;
    this.#board = new Board(() => settings.scheduler.now());
    for (const name of this.#members.keys()) this.#board.add(name);
    this.status$ = this.#events.asObservable();
    this.statuses$ = defer(() =>
      // listens before it tells: its first value may cause the next
      merge(this.#events, of(undefined)).pipe(map(() => this.statuses())),
    );
  }

  /**
   * The latest event of each service by its path, in the order of the list; `idle` where there was none. It is the same object
   * until something changes, and an object once given is never changed. O(n).
   */
  statuses(): ReadonlyMap<string, StatusEvent> {
    return this.#board.snapshot();
  }

  /**
   * Starts all services, within the call, and resolves when all have ended: after an abort, after `shutdown()`, or when the
   * significant ones have ended by themselves (`autoShutdown`). Already aborted, it starts nothing. After its end it can be called
   * again, with all services fresh.
   *
   * It rejects with the error that ended the supervisor, the first where there are several: `RestartLimitError`,
   * `ServiceFailedError`, `ShutdownTimeoutError`; and with `SupervisorRunningError` while it runs.
   */
  async run(options: RunOptions = {}): Promise<void> {
    checkObject('options', options);
    const { signal } = options;
    if (signal !== undefined) checkSignal('signal', signal);
    if (this.#supervision !== undefined) throw new SupervisorRunningError(this.name);
    if (signal?.aborted) return;
    await new Promise<void>((resolve, reject) => {
      const supervision = new Supervision(this.#members.values(), this.#settings, {
        event: (event) => {
          this.#board.set(event);
          this.#events.next(event);
        },
        value: (service, value) => {
          this.#values.emit(service, value);
        },
        done: (error) => {
          listening.unsubscribe();
          this.#supervision = undefined;
          this.#waiters.resolve('ended');
          if (error === undefined) resolve();
          else reject(error);
        },
      });
      this.#supervision = supervision;
      const listening = onAbort(signal, (reason) => {
        supervision.abort(reason);
      });
      supervision.start();
    });
  }

  /**
   * Stops all services gracefully, as aborting the signal of `run()` does, and resolves when all have ended; at once where it does
   * not run. What the supervisor ended with is for `run()` to say.
   */
  async shutdown(): Promise<void> {
    if (this.#supervision === undefined) return;
    const ended = this.#waiters.until('ended');
    this.#supervision.abort(undefined);
    await ended;
  }

  /** `shutdown()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /**
   * Stops a service, within its grace; it stays down until it is started. Resolves when it has ended, at once where the supervisor does
   * not run.
   *
   * @throws UnknownServiceError (rejects) where there is no such service
   */
  async stop(path: string): Promise<void> {
    const child = this.#find(path);
    if (child === undefined) return;
    const { stopping } = child.parent;
    if (stopping && child.state.kind === 'idle') return;
    await child.by('ended', () => {
      if (!stopping) child.stop('stop');
    });
  }

  /**
   * Starts a service that is down, or waits for its restart; its backoff starts over. Within the call; from inside an observer or a
   * service on a later turn. Resolves when it is `running`.
   *
   * @throws UnknownServiceError (rejects) where there is no such service
   * @throws SupervisorStoppedError (rejects) where the supervisor does not run, or is stopping
   */
  async start(path: string): Promise<void> {
    const child = this.#findRunning(path);
    await child.by('running', () => {
      child.start();
    });
  }

  /**
   * Stops a service and runs it anew, whatever its policy; its backoff starts over. Resolves when it is `running`.
   *
   * ```
   * service   -------------
   * restart   ---!
   * events    r--cr          c stopped (not final), r running; in one instant where it stops at once
   * ```
   *
   * @throws UnknownServiceError (rejects) where there is no such service
   * @throws SupervisorStoppedError (rejects) where the supervisor does not run, or is stopping
   */
  async restart(path: string): Promise<void> {
    const child = this.#findRunning(path);
    await child.by('running', () => {
      child.restart();
    });
  }

  /** The values of a service. Hot; goes on across restarts, and never completes. */
  valuesOf<T>(service: Service<T>): Observable<T> {
    return this.#values.of(service);
  }

  /** The service, where the supervisor runs. */
  #find(path: string): Child | undefined {
    if (!this.#members.has(path)) throw new UnknownServiceError(path);
    return this.#supervision?.children.get(path);
  }

  #findRunning(path: string): Child {
    const child = this.#find(path);
    if (child === undefined || child.parent.stopping) throw new SupervisorStoppedError(this.name);
    return child;
  }
}
