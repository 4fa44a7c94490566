import type { SchedulerLike } from 'rxjs';
import type { Bus } from './bus.js';
import type { Logger } from './logger.js';

/** What the services of one supervisor share. */
export interface Surroundings {
  readonly bus: Bus;
  readonly scheduler: SchedulerLike;
  readonly logger: Logger | undefined;
  /** The supervisor stops: nothing is restarted any more. */
  readonly stopping: boolean;
  /** Why it stops, as the signals of its services say it; `undefined` for the default. */
  readonly reason: unknown;
}
