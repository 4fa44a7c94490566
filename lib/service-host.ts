import type { SchedulerLike } from 'rxjs';
import type { Bus } from './bus.js';
import type { Child } from './child.js';
import type { Logger } from './logger.js';
import type { Outlet } from './outlet.js';
import type { Run } from './run.js';
import type { Service } from './service.js';
import type { StatusEvent } from './status.js';
import type { Host } from './subtree.js';
import type { Surroundings } from './surroundings.js';

/** What a host needs of the supervisor that it stands for. */
export interface Upper extends Surroundings {
  readonly outlet: Outlet;
  timedOut(paths: readonly string[]): void;
}

/** What a supervisor is to one of its services that is a supervisor too, for one run of that. */
export class ServiceHost implements Host {
  constructor(
    private readonly upper: Upper,
    private readonly child: Child,
    private readonly run: Run,
  ) {}

  get bus(): Bus {
    return this.upper.bus;
  }

  get scheduler(): SchedulerLike {
    return this.upper.scheduler;
  }

  get logger(): Logger | undefined {
    return this.upper.logger;
  }

  /** It stops since the upper one does, and by no command. */
  get stopping(): boolean {
    return this.run.intent === 'shutdown';
  }

  get reason(): unknown {
    return this.upper.reason;
  }

  get path(): string {
    return this.child.path;
  }

  event(event: StatusEvent): void {
    this.upper.outlet.relay({ ...event, service: `${this.child.service.name}/${event.service}` });
  }

  value(service: Service, value: unknown): void {
    this.upper.outlet.emit(service, value);
  }

  changed(path: string): void {
    this.upper.outlet.relayChange(`${this.child.service.name}/${path}`);
  }

  timedOut(paths: readonly string[]): void {
    this.upper.timedOut(paths);
  }
}
