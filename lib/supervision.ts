import type { SchedulerLike } from 'rxjs';
import type { Termination } from './termination.js';
import { Budget, type RestartLimit } from './budget.js';
import { Bus } from './bus.js';
import { Child, type EndedBy, type Parent } from './child.js';
import { RestartLimitError, ServiceFailedError, ShutdownTimeoutError, type SupervisorError } from './errors.js';
import { log, type Logger } from './logger.js';
import type { Service } from './service.js';
import type { Member, SupervisorSettings } from './settings.js';
import { Significance } from './significance.js';
import type { StatusEvent } from './status.js';
import { StopSequence } from './stop-sequence.js';

/** Who is told of what happens in a running supervisor. */
export interface Audience {
  event(event: StatusEvent): void;
  value(service: Service, value: unknown): void;
  /** All has ended; nothing comes after. */
  done(error: SupervisorError | undefined): void;
}

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
export class Supervision implements Parent {
  readonly bus = new Bus();
  readonly budget: Budget | undefined;
  readonly children = new Map<string, Child>();
  reason: unknown = undefined;
  #phase: 'new' | 'starting' | 'running' | 'stopping' | 'ended' = 'new';
  #stops: StopSequence<Child> | undefined = undefined;
  /** What it ends with: the first error that there is. */
  #error: SupervisorError | undefined = undefined;
  readonly #timedOut: string[] = [];
  readonly #significance: Significance<Child>;

  constructor(
    members: Iterable<Member>,
    private readonly settings: SupervisorSettings,
    private readonly audience: Audience,
  ) {
    const { limit } = settings.services.restart;
    this.budget = limit && new Budget(limit);
    this.#significance = new Significance(settings.autoShutdown);
    for (const member of members) this.#join(member);
  }

  get scheduler(): SchedulerLike {
    return this.settings.scheduler;
  }

  get logger(): Logger | undefined {
    return this.settings.logger;
  }

  get stopping(): boolean {
    return this.#phase === 'stopping' || this.#phase === 'ended';
  }

  #join(member: Member): Child {
    const child = new Child(this, member);
    this.children.set(member.service.name, child);
    if (member.settings.significant) this.#significance.joins();
    return child;
  }

  /** Starts the services, in their order, within the call. */
  start(): void {
    this.#phase = 'starting';
    for (const child of this.children.values()) {
      if (this.stopping) return;
      if (child.state.kind === 'idle') child.begin();
    }
    if (this.stopping) return;
    this.#phase = 'running';
    this.#judge();
  }

  /** The graceful stop: as each service's `shutdown` allows, in the order of `stopOrder`. */
  abort(reason: unknown): void {
    this.#stop(undefined, reason);
  }

  /** The hard stop: cuts all, last first, within the call. */
  kill(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    for (const child of [...this.children.values()].reverse()) child.unsubscribe();
  }

  #stop(error: SupervisorError | undefined, reason?: unknown): void {
    if (this.stopping) return;
    this.#phase = 'stopping';
    this.#error = error;
    this.reason = reason;
    const lastFirst = [...this.children.values()].reverse();
    for (const child of lastFirst) if (child.state.kind === 'waiting') child.stop('shutdown');
    this.#stops = new StopSequence(
      lastFirst,
      this.settings.stopOrder,
      (child) => {
        child.stop('shutdown');
      },
      (child) => child.state.kind === 'live',
      () => {
        this.#finish();
      },
    );
    this.#stops.advance();
  }

  #finish(): void {
    if (this.#phase === 'ended') return;
    this.#phase = 'ended';
    const error = this.#error ?? (this.#timedOut.length > 0 ? new ShutdownTimeoutError(this.#timedOut) : undefined);
    this.bus.post(() => {
      this.audience.done(error);
    });
  }

  /** Whether the ends of its significant services are its own end. While it starts, that is for when all have been started. */
  #judge(): void {
    if (this.#phase !== 'running' || !this.#significance.isOver) return;
    const { failure } = this.#significance;
    this.#stop(failure && new ServiceFailedError(this.pathOf(failure.service), { cause: failure.error }));
  }

  // --- what its services need of it

  pathOf(child: Child): string {
    return child.service.name;
  }

  publish(event: StatusEvent): void {
    this.bus.post(() => {
      this.#log(event);
      this.audience.event(event);
    });
  }

  #log(event: StatusEvent): void {
    const { logger } = this;
    if (logger === undefined) return;
    const message = `${event.service}: ${event.status}`;
    log(logger, 'debug', event, message);
    if (event.status !== 'failed') return;
    const fatal = event.final || event.error instanceof ShutdownTimeoutError;
    log(logger, fatal ? 'error' : 'warn', event, message);
  }

  emit(child: Child, value: unknown): void {
    this.bus.enter();
    this.audience.value(child.service, value);
    this.bus.leave();
  }

  timedOut(child: Child): void {
    this.#timedOut.push(this.pathOf(child));
  }

  revived(child: Child): void {
    this.#significance.revives(child);
  }

  settled(child: Child, by: EndedBy, end: Termination | undefined): void {
    if (by === 'itself' && end !== undefined && child.settings.significant) this.#significance.ends(child, end);
  }

  ended(child: Child, end: Termination | undefined, limit: RestartLimit | undefined): void {
    if (limit !== undefined) {
      const cause = end?.kind === 'failed' ? { cause: end.error } : undefined;
      this.#stop(new RestartLimitError(this.pathOf(child), limit, cause));
    }
    this.#stops?.ended(child);
    this.#judge();
  }
}
