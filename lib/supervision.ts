import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { Budget, type RestartLimit } from './budget.js';
import { Bus } from './bus.js';
import { Child } from './child.js';
import { RestartLimitError, ServiceFailedError, ShutdownTimeoutError, type SupervisorError } from './errors.js';
import { Group } from './group.js';
import type { Logger } from './logger.js';
import { type Audience, Outlet } from './outlet.js';
import type { EndedBy, Parent } from './parent.js';
import type { Run } from './run.js';
import { ServiceHost } from './service-host.js';
import type { Member, SupervisorSettings } from './settings.js';
import { Significance } from './significance.js';
import { StopSequence } from './stop-sequence.js';
import type { Host } from './subtree.js';
import type { Termination } from './termination.js';

/**
 * One run of a supervisor, from its start to its end: it merges the restarting runs of its services, by a bookkeeping of its
 * own. (`merge` ends all where one errors, takes no list that is longer than the stack, and finds an inner that has ended by
 * looking through all.)
 *
 * ```
 *  service a   --#   r---#      each a cold Observable with `retry` around it: life.ts
 *  service b   ---------------
 *  events      r-f---r---f
 *              r
 * ```
 */
export class Supervision implements Parent<Child> {
  readonly bus: Bus;
  readonly scheduler: SchedulerLike;
  readonly logger: Logger | undefined;
  readonly budget: Budget | undefined;
  readonly children = new Map<string, Child>();
  readonly outlet: Outlet;
  reason: unknown = undefined;
  #phase: 'new' | 'starting' | 'running' | 'stopping' | 'ended' = 'new';
  /** Where the strategy takes others down. */
  readonly #group: Group | undefined;
  #stops: StopSequence<Child> | undefined = undefined;
  /** What it ends with: the first error that there is. */
  #error: SupervisorError | undefined = undefined;
  readonly #timedOut: string[] = [];
  readonly #significance: Significance<Child>;
  /** To be forgotten when they have ended. */
  readonly #leaving = new Set<Child>();

  constructor(
    members: Iterable<Member>,
    private readonly settings: SupervisorSettings,
    private readonly audience: Audience,
    private readonly host?: Host,
  ) {
    const { strategy, stopOrder, autoShutdown, services } = settings;
    this.bus = host?.bus ?? new Bus();
    this.scheduler = settings.scheduler ?? host?.scheduler ?? asyncScheduler;
    this.logger = settings.logger ?? host?.logger;
    this.outlet = new Outlet(this.bus, this.logger, audience, host);
    this.budget = services.restart.limit && new Budget(services.restart.limit);
    this.#significance = new Significance(autoShutdown);
    this.#group = strategy === 'one-for-one' ? undefined : new Group(this, strategy, stopOrder);
    for (const member of members) this.#join(member);
  }

  /** Starts the services, in their order, within the call. */
  start(): void {
    this.#phase = 'starting';
    if (this.#group !== undefined) this.#group.start();
    else {
      for (const child of this.children.values()) {
        if (this.stopping) return;
        if (child.state.kind === 'idle') child.run();
      }
    }
    if (this.stopping) return;
    this.#phase = 'running';
    this.#judge();
  }

  /** The graceful stop: as each service's `shutdown` allows, in the order of `stopOrder`. */
  abort(reason: unknown): void {
    this.#stop(undefined, reason);
  }

  /** Nothing is restarted from now on, here and below. Who waits for a restart has ended. */
  quiesce(reason: unknown): void {
    if (this.stopping) return;
    this.#phase = 'stopping';
    this.reason = reason;
    this.#group?.dissolve();
    for (const child of this.#lastFirst()) {
      if (child.state.kind === 'waiting') child.stop('shutdown');
      else if (child.state.kind === 'live') child.state.quiesce(reason);
    }
  }

  /** The hard stop: cuts all, last first, within the call. */
  kill(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    this.#group?.dissolve();
    for (const child of this.#lastFirst()) {
      // a tree that is cut may stand in one that lives on, and is told of it
      if (this.host === undefined) child.unsubscribe();
      else child.cut();
    }
  }

  add(member: Member): void {
    const child = this.#join(member);
    if (this.#group?.takes(child)) this.outlet.changed(child.service.name);
    else if (this.#phase !== 'new') child.run();
  }

  /** Stops a service, and forgets it at its end. */
  remove(child: Child): void {
    this.#leaving.add(child);
    if (!this.stopping) child.stop('stop');
    if (child.state.kind === 'live' || !this.#leaving.delete(child)) return;
    this.#group?.leaves(child);
    this.#forget(child);
    this.outlet.changed(child.service.name);
  }

  /** A command takes back that it is to be forgotten. */
  keep(child: Child): void {
    this.#leaving.delete(child);
  }

  #join(member: Member): Child {
    const child = new Child(this, member);
    this.children.set(member.service.name, child);
    if (member.settings.significant) this.#significance.joins();
    return child;
  }

  #forget(child: Child): void {
    this.children.delete(child.service.name);
    if (child.settings.significant) this.#significance.leaves(child);
    this.audience.forgotten?.(child.service.name);
  }

  #lastFirst(): Child[] {
    return [...this.children.values()].reverse();
  }

  #stop(error: SupervisorError | undefined, reason?: unknown): void {
    if (this.#stops !== undefined || this.#phase === 'ended') return;
    this.#error = error;
    this.#stops = new StopSequence<Child>(
      this.settings.stopOrder,
      (child) => {
        child.stop('shutdown');
      },
      (child) => child.state.kind === 'live',
      () => {
        this.#finish();
      },
    );
    this.quiesce(reason);
    this.#stops.add(this.#lastFirst());
  }

  #finish(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    const error = this.#error ?? (this.#timedOut.length > 0 ? new ShutdownTimeoutError(this.#timedOut) : undefined);
    this.outlet.done(error);
  }

  /** Whether the ends of its significant services are its own end. While it starts, that is for when all have been started. */
  #judge(): void {
    if (this.#phase !== 'running' || !this.#significance.isOver) return;
    const { failure } = this.#significance;
    this.#stop(failure && new ServiceFailedError(this.pathOf(failure.service), { cause: failure.error }));
  }

  // --- what its services need of it

  get stopping(): boolean {
    return this.#phase === 'stopping' || this.#phase === 'ended';
  }

  get isGroupDown(): boolean {
    return this.#group?.isDown ?? false;
  }

  pathOf({ service }: Child): string {
    return this.host === undefined ? service.name : `${this.host.path}/${service.name}`;
  }

  hostOf(child: Child, run: Run): Host {
    return new ServiceHost(this, child, run);
  }

  timedOut(paths: readonly string[]): void {
    this.#timedOut.push(...paths);
    if (this.host?.stopping) this.host.timedOut(paths);
  }

  livePaths(): string[] {
    return [...this.children.values()].flatMap(({ state }) => (state.kind === 'live' ? state.livePaths() : []));
  }

  failed(child: Child): void {
    this.#group?.failed(child);
  }

  holds(child: Child): boolean {
    return this.#group?.holds(child) ?? false;
  }

  startsGroup(child: Child): boolean {
    return this.#group?.starts(child) ?? false;
  }

  revived(child: Child): void {
    this.#significance.revives(child);
  }

  settled(child: Child, by: EndedBy, end: Termination | undefined): void {
    if (child.settings.significant) {
      if (by === 'strategy') this.#significance.drops(child);
      if (by === 'itself' && end !== undefined) this.#significance.ends(child, end);
    }
    if (this.#leaving.delete(child)) this.#forget(child);
  }

  ended(child: Child, end: Termination | undefined, limit: RestartLimit | undefined): void {
    if (child.state.kind === 'ended') this.#group?.leaves(child);
    if (limit !== undefined) {
      const cause = end?.kind === 'failed' ? { cause: end.error } : undefined;
      this.#stop(new RestartLimitError(this.pathOf(child), limit, cause));
    }
    if (child.settings.significant && child.state.kind === 'ended' && child.state.by === 'itself') this.#judge();
  }

  isDown(child: Child, run: Run): void {
    if (child.state.kind === 'live') return; // its next run: this end has been told
    this.#stops?.ended(child);
    this.#group?.ended(child, run.intent === 'group');
  }
}
