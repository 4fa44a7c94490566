import type { Bus } from './bus.js';
import type { SupervisorError } from './errors.js';
import { logEvent, type Logger } from './logger.js';
import type { Service } from './service.js';
import type { StatusEvent } from './status.js';
import type { Host } from './subtree.js';

/** Who is told of what happens in a running supervisor. */
export interface Audience {
  event(event: StatusEvent): void;
  value?(service: Service, value: unknown): void;
  /** A service has ended, and is forgotten; its last event is still to come. */
  forgotten?(name: string): void;
  /** A service was added or forgotten, without an event. */
  changed?(path: string): void;
  /** All has ended; nothing comes after. */
  done(error: SupervisorError | undefined): void;
}

/** Tells of what happens in a supervisor: first the log, then its own audience, then those of the supervisors above. */
export class Outlet {
  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger | undefined,
    private readonly audience: Audience,
    private readonly host: Host | undefined,
  ) {}

  publish(event: StatusEvent): void {
    this.bus.post(() => {
      if (this.logger !== undefined) logEvent(this.logger, event, this.host?.path);
      this.relay(event);
    });
  }

  /** An event that is being told of. */
  relay(event: StatusEvent): void {
    this.audience.event(event);
    this.host?.event(event);
  }

  emit(service: Service, value: unknown): void {
    this.bus.enter();
    this.audience.value?.(service, value);
    this.host?.value(service, value);
    this.bus.leave();
  }

  /** A service was added or forgotten, without an event. */
  changed(path: string): void {
    this.bus.post(() => {
      this.relayChange(path);
    });
  }

  relayChange(path: string): void {
    this.audience.changed?.(path);
    this.host?.changed(path);
  }

  done(error: SupervisorError | undefined): void {
    this.bus.inTurn(() => {
      this.audience.done(error);
    });
  }
}
