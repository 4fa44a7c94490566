import { asyncScheduler, defer, map, merge, Observable, of, Subject } from 'rxjs';
import { Board } from './board.js';
import type { Child } from './child.js';
import {
  DuplicateServiceError,
  type SupervisorError,
  SupervisorRunningError,
  SupervisorStoppedError,
  UnknownServiceError,
} from './errors.js';
import type { Input } from './input.js';
import type { Service } from './service.js';
import {
  type Falsy,
  member,
  members,
  type Member,
  supervisorSettings,
  type SupervisorOptions,
  type SupervisorSettings,
} from './settings.js';
import type { StatusEvent } from './status.js';
import { type Host, type Subtree, subtreeOf } from './subtree.js';
import { Supervision } from './supervision.js';
import { Values } from './values.js';
import { Waiters } from './waiters.js';

/** A supervisor without its promises: what it is made of, its present run, and who listens. */
export class Tree implements Subtree {
  readonly settings: SupervisorSettings;
  readonly #events = new Subject<StatusEvent>();
  /** After each change of `statuses()`. */
  readonly #changes = new Subject<void>();
  readonly values = new Values();
  readonly #waiters = new Waiters();
  readonly #members: Map<string, Member>;
  readonly #subtrees = new Map<string, Subtree>();
  readonly #board: Board;
  #supervision: Supervision | undefined = undefined;
  /** Of its own list. */
  #listChanges = 0;
  /** What the snapshot was made of. */
  #seen = 0;

  constructor(services: Iterable<Service | Falsy>, options: SupervisorOptions) {
    const settings = supervisorSettings(options);
    this.settings = settings;
    this.#members = members(services, settings);
    for (const { service } of this.#members.values()) this.#note(service);
    this.#board = new Board(
      () => this.paths(),
      () => (settings.scheduler ?? asyncScheduler).now(),
    );
  }

  #note(service: Service): void {
    const subtree = subtreeOf(service);
    if (subtree !== undefined) this.#subtrees.set(service.name, subtree);
  }

  get isRunning(): boolean {
    return this.#supervision !== undefined;
  }

  // --- what it is made of

  get shape(): number {
    let shape = this.#listChanges;
    for (const subtree of this.#subtrees.values()) shape += subtree.shape;
    return shape;
  }

  *paths(): Iterable<string> {
    for (const name of this.#members.keys()) {
      yield name;
      const subtree = this.#subtrees.get(name);
      if (subtree !== undefined) for (const path of subtree.paths()) yield `${name}/${path}`;
    }
  }

  get status$(): Observable<StatusEvent> {
    return this.#events.asObservable();
  }

  get statuses$(): Observable<ReadonlyMap<string, StatusEvent>> {
    return defer(() =>
      // listens before it tells: its first value may cause the next
      merge(this.#changes, of(undefined)).pipe(map(() => this.statuses())),
    );
  }

  statuses(): ReadonlyMap<string, StatusEvent> {
    const { shape } = this;
    if (shape !== this.#seen) this.#board.refresh();
    this.#seen = shape;
    return this.#board.snapshot();
  }

  add(service: Service): void {
    const added = member('service', service, this.settings);
    if (this.#members.has(service.name)) throw new DuplicateServiceError(service.name);
    if (this.#supervision?.stopping) throw new SupervisorStoppedError(this.settings.name);
    if (subtreeOf(service)?.contains(this))
      throw new TypeError(`Expected \`service\` not to contain the supervisor it is added to`);
    this.#members.set(service.name, added);
    this.#note(service);
    this.#listChanges++;
    this.#board.reset(service.name);
    if (this.#supervision !== undefined) this.#supervision.add(added);
    else this.#changes.next();
  }

  has(path: string): boolean {
    if (this.#members.has(path)) return true;
    const slash = path.indexOf('/');
    return slash >= 0 && (this.#subtrees.get(path.slice(0, slash))?.has(path.slice(slash + 1)) ?? false);
  }

  contains(other: Subtree): boolean {
    return this === other || [...this.#subtrees.values()].some((each) => each.contains(other));
  }

  /** Forgets a service of its own list, where it does not run. */
  forget(name: string): void {
    this.#forget(name);
    this.#board.reset(name);
    this.#changes.next();
  }

  /** Stops a service of the present run, and forgets it. */
  remove(child: Child): void {
    this.#supervision?.remove(child);
  }

  #forget(name: string): void {
    this.#members.delete(name);
    // what was said of the services of a supervisor is not true of those of the next one of its name
    for (const path of this.#subtrees.get(name)?.paths() ?? []) this.#board.reset(`${name}/${path}`);
    this.#subtrees.delete(name);
    this.#listChanges++;
  }

  // --- its run

  /** Stops the present run; resolves when all has ended. */
  async shutdown(): Promise<void> {
    if (this.#supervision === undefined) return;
    const ended = this.#waiters.until('ended');
    this.#supervision.abort(undefined);
    await ended;
  }

  /** Runs it as a service of another. */
  open(host: Host): Input {
    if (this.isRunning) throw new SupervisorRunningError(this.settings.name);
    let ended: (failure?: { error: unknown }) => void = () => undefined;
    const supervision = this.supervise((error) => {
      ended(error && { error });
    }, host);
    const values$ = new Observable<never>((subscriber) => {
      ended = (failure) => {
        if (failure === undefined) subscriber.complete();
        else subscriber.error(failure.error);
      };
      subscriber.add(() => {
        supervision.kill();
        this.#ended(supervision);
      });
      supervision.start();
    });
    return {
      values$,
      hot: false,
      close: (closed) => {
        ended = closed;
        supervision.abort(host.reason);
      },
      quiesce: (reason) => {
        supervision.quiesce(reason);
      },
      livePaths: () => supervision.livePaths(),
    };
  }

  /** A run of it, to be started: at the top, or below a host. */
  supervise(done: (error: SupervisorError | undefined) => void, host?: Host): Supervision {
    const supervision: Supervision = new Supervision(
      this.#members.values(),
      this.settings,
      {
        event: (event) => {
          // what is forgotten is so with its last event
          if ('final' in event && event.final && !this.has(event.service)) this.#board.reset(event.service);
          else this.#board.set(event);
          this.#events.next(event);
          this.#changes.next();
        },
        value: (service, value) => {
          this.values.emit(service, value);
        },
        forgotten: (name) => {
          this.#forget(name);
        },
        changed: (path) => {
          if (!this.has(path)) this.#board.reset(path);
          this.#changes.next();
        },
        done: (error) => {
          this.#ended(supervision);
          done(error);
        },
      },
      host,
    );
    this.#supervision = supervision;
    return supervision;
  }

  #ended(supervision: Supervision): void {
    if (this.#supervision !== supervision) return;
    this.#supervision = undefined;
    this.#waiters.resolve('ended');
  }

  // --- commands

  /** Whose list a service is in, and its name there. */
  locate(path: string): { readonly tree: Tree; readonly name: string } {
    const found = this.#locate(path.split('/'));
    if (found === undefined) throw new UnknownServiceError(path);
    return found;
  }

  #locate([name = '', ...rest]: readonly string[]): { readonly tree: Tree; readonly name: string } | undefined {
    if (!this.#members.has(name)) return undefined;
    if (rest.length === 0) return { tree: this, name };
    const subtree = this.#subtrees.get(name);
    return subtree instanceof Tree ? subtree.#locate(rest) : undefined;
  }

  /** The service in the present run. */
  child(name: string): Child | undefined {
    return this.#supervision?.children.get(name);
  }

  /** The service in the present run, to be run. */
  startable(name: string): Child {
    const child = this.child(name);
    if (child === undefined || child.parent.stopping) throw new SupervisorStoppedError(this.settings.name);
    this.#supervision?.keep(child);
    return child;
  }
}
