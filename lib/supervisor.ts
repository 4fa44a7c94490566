import type { Observable } from 'rxjs';
import { onAbort } from './abort.js';
import { checkObject, checkSignal } from './check.js';
import type { Child } from './child.js';
import { SupervisorRunningError } from './errors.js';
import { type Service, SUBTREE } from './service.js';
import type { Falsy, SupervisorOptions } from './settings.js';
import type { StatusEvent } from './status.js';
import { Tree } from './tree.js';

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

  readonly #tree: Tree;

  /**
   * @param services in the order in which they are started; falsy entries are skipped
   * @throws DuplicateServiceError where two services have one name
   * @throws RangeError or TypeError that names the option or the service that is wrong
   */
  constructor(services: Iterable<Service | Falsy>, options: SupervisorOptions = {}) {
    const tree = new Tree(services, options);
    this.#tree = tree;
    this.name = tree.settings.name;
    this.status$ = tree.status$;
    this.statuses$ = tree.statuses$;
  }

  /** @internal What it is to a supervisor that it is a service of. */
  get [SUBTREE](): Tree {
    return this.#tree;
  }

  /**
   * The latest event of each service by its path, in the order of the list; `idle` where there was none. It is the same object
   * until something changes, and an object once given is never changed. O(n).
   */
  statuses(): ReadonlyMap<string, StatusEvent> {
    return this.#tree.statuses();
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
    if (this.#tree.isRunning) throw new SupervisorRunningError(this.name);
    if (signal?.aborted) return;
    await new Promise<void>((resolve, reject) => {
      const supervision = this.#tree.supervise((error) => {
        listening.unsubscribe();
        if (error === undefined) resolve();
        else reject(error);
      });
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
    await this.#tree.shutdown();
  }

  /** `shutdown()`, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /**
   * Adds a service at the end of the list. It is started at once, or, where its group is down, with that; where the supervisor does not
   * run, with the next run.
   *
   * @throws DuplicateServiceError where there is a service of its name
   * @throws SupervisorStoppedError where the supervisor is stopping
   * @throws RangeError or TypeError that names what is wrong with the service
   */
  add(service: Service): void {
    this.#tree.add(service);
  }

  /**
   * Stops a service, within its grace, and forgets it: with its final event its name is free. Resolves then.
   *
   * @throws UnknownServiceError (rejects) where there is no such service
   */
  async remove(path: string): Promise<void> {
    const { tree, name } = this.#tree.locate(path);
    const child = tree.child(name);
    if (child === undefined) tree.forget(name);
    else if (child.parent.stopping && child.state.kind === 'idle') tree.remove(child);
    else {
      await child.by('ended', () => {
        tree.remove(child);
      });
    }
  }

  /**
   * Stops a service, within its grace; it stays down until it is started. Resolves when it has ended, at once where the supervisor does
   * not run.
   *
   * @throws UnknownServiceError (rejects) where there is no such service
   */
  async stop(path: string): Promise<void> {
    const { tree, name } = this.#tree.locate(path);
    const child = tree.child(name);
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
    const child = this.#startable(path);
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
    const child = this.#startable(path);
    await child.by('running', () => {
      child.restart();
    });
  }

  /** The values of a service. Hot; goes on across restarts, and never completes. */
  valuesOf<T>(service: Service<T>): Observable<T> {
    return this.#tree.values.of(service);
  }

  #startable(path: string): Child {
    const { tree, name } = this.#tree.locate(path);
    return tree.startable(name);
  }
}
