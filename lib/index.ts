/**
 * A supervisor for long-lived services, in the idiom of RxJS.
 *
 * Each service is a cold Observable: one subscription is one run of it. `retry({ delay })` around that restarts it (life.ts); the
 * supervisor merges the restarting services (supervision.ts); every change of status goes out on one Observable; an AbortSignal
 * ends the root subscription (supervise.ts, supervisor.ts).
 *
 * @packageDocumentation
 */
export {
  type Backoff,
  constant,
  exponential,
  type ExponentialOptions,
  type Jitter,
  linear,
  type LinearOptions,
} from './backoff.js';
export type { RestartLimit } from './budget.js';
export {
  DuplicateServiceError,
  RestartLimitError,
  ServiceFailedError,
  ShutdownTimeoutError,
  StartTimeoutError,
  SupervisorError,
  SupervisorRunningError,
  SupervisorStoppedError,
  UnknownServiceError,
} from './errors.js';
export type { Logger } from './logger.js';
export type { RestartMode, RestartOptions } from './restart.js';
export { type ReadyOn, service, type Service, type ServiceContext, type ServiceOptions } from './service.js';
export type { Falsy, SupervisorOptions } from './settings.js';
export type { AutoShutdown } from './significance.js';
export { isAlive, ofService, type ServiceStatus, type StatusEvent } from './status.js';
export type { Termination } from './termination.js';
export type { Strategy } from './strategy.js';
export { supervise, type SuperviseOptions } from './supervise.js';
export { supervised, type SupervisedOptions } from './supervised.js';
export { type RunOptions, Supervisor } from './supervisor.js';
