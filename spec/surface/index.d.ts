/* eslint-disable -- made from lib/ by UPDATE_SURFACE=1 npx jest spec/surface.spec.ts */
import type { MonoTypeOperatorFunction, Observable, ObservableInput, SchedulerLike } from 'rxjs';

export type AutoShutdown = 'never' | 'any-significant' | 'all-significant';

export type Backoff = (
  attempt: number,
  end: Termination,
  previous: number | undefined,
) => number | ObservableInput<unknown>;

export declare class DuplicateServiceError extends SupervisorError {
  readonly service: string;
  constructor(service: string);
}

export interface ExponentialOptions {
  initial?: number;
  factor?: number;
  max?: number;
  jitter?: Jitter;
  random?: () => number;
}

export type Falsy = false | null | undefined | 0 | 0n | '';

export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated';

export interface LinearOptions {
  initial?: number;
  step?: number;
  max?: number;
}

export interface Logger {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export type ReadyOn = 'start' | 'value' | 'ready';

export interface RestartLimit {
  restarts: number;
  within: number;
}

export declare class RestartLimitError extends SupervisorError {
  readonly service: string;
  readonly limit: {
    readonly restarts: number;
    readonly within: number;
  };
  constructor(
    service: string,
    limit: {
      readonly restarts: number;
      readonly within: number;
    },
    options?: ErrorOptions,
  );
}

export type RestartMode = 'always' | 'on-failure' | 'never';

export interface RestartOptions {
  when?: RestartMode | ((end: Termination) => boolean);
  delay?: number | Backoff;
  resetAfter?: number;
  limit?: RestartLimit;
  exhausted?: 'escalate' | 'give-up';
}

export interface RunOptions {
  signal?: AbortSignal;
}

export interface Service<T = unknown> {
  readonly name: string;
  run(context: ServiceContext): ObservableInput<T> | void;
  readonly options?: ServiceOptions;
}

export interface ServiceContext {
  readonly name: string;
  readonly restarts: number;
  readonly signal: AbortSignal;
  ready(this: void): void;
  readonly logger: Logger;
}

export declare class ServiceFailedError extends SupervisorError {
  readonly service: string;
  constructor(service: string, options?: ErrorOptions);
}

export interface ServiceOptions {
  restart?: RestartMode | number | RestartOptions;
  shutdown?: number;
  readyOn?: ReadyOn;
  startTimeout?: number;
  significant?: boolean;
}

export type ServiceStatus = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export declare class ShutdownTimeoutError extends SupervisorError {
  readonly services: readonly string[];
  constructor(services: readonly string[], options?: ErrorOptions);
}

export declare class StartTimeoutError extends SupervisorError {
  readonly service: string;
  readonly startTimeout: number;
  constructor(service: string, startTimeout: number, options?: ErrorOptions);
}

export type StatusEvent = {
  readonly service: string;
  readonly time: number;
  readonly restarts: number;
} & (
  | {
      readonly status: 'idle' | 'starting' | 'running' | 'stopping';
    }
  | {
      readonly status: 'stopped';
      readonly final: boolean;
      readonly restartIn?: number;
    }
  | {
      readonly status: 'failed';
      readonly error: unknown;
      readonly final: boolean;
      readonly restartIn?: number;
    }
);

export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

export interface SuperviseOptions extends SupervisorOptions {
  signal?: AbortSignal;
}

export interface SupervisedOptions extends Pick<ServiceOptions, 'restart' | 'shutdown' | 'readyOn' | 'startTimeout'> {
  name?: string;
  scheduler?: SchedulerLike;
  logger?: Logger;
  signal?: AbortSignal;
  onStatus?: (event: StatusEvent) => void;
}

export declare class Supervisor {
  #private;
  readonly name: string;
  readonly status$: Observable<StatusEvent>;
  readonly statuses$: Observable<ReadonlyMap<string, StatusEvent>>;
  constructor(services: Iterable<Service | Falsy>, options?: SupervisorOptions);
  statuses(): ReadonlyMap<string, StatusEvent>;
  run(options?: RunOptions): Promise<void>;
  shutdown(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  add(service: Service): void;
  remove(path: string): Promise<void>;
  stop(path: string): Promise<void>;
  start(path: string): Promise<void>;
  restart(path: string): Promise<void>;
  valuesOf<T>(service: Service<T>): Observable<T>;
}

export declare class SupervisorError extends Error {}

export interface SupervisorOptions {
  name?: string;
  strategy?: Strategy;
  restart?: RestartMode | number | RestartOptions;
  shutdown?: number;
  stopOrder?: 'reverse' | 'concurrent';
  autoShutdown?: AutoShutdown;
  scheduler?: SchedulerLike;
  logger?: Logger;
}

export declare class SupervisorRunningError extends SupervisorError {
  readonly supervisor: string;
  constructor(supervisor: string);
}

export declare class SupervisorStoppedError extends SupervisorError {
  readonly supervisor: string;
  constructor(supervisor: string);
}

export type Termination =
  | {
      readonly kind: 'completed';
    }
  | {
      readonly kind: 'failed';
      readonly error: unknown;
    };

export declare class UnknownServiceError extends SupervisorError {
  readonly service: string;
  constructor(service: string);
}

export declare function constant(ms: number): Backoff;

export declare function exponential(options?: ExponentialOptions): Backoff;

export declare function isAlive(status: ServiceStatus): boolean;

export declare function linear(options?: LinearOptions): Backoff;

export declare function ofService(path: string): MonoTypeOperatorFunction<StatusEvent>;

export declare function service<T>(
  name: string,
  run: Observable<T> | ((context: ServiceContext) => ObservableInput<T> | void),
  options?: ServiceOptions,
): Service<T>;

export declare function service<T>(name: string, supervisor: Service<T>, options?: ServiceOptions): Service<T>;

export declare function supervise(
  services: Iterable<Service | Falsy>,
  options?: SuperviseOptions,
): Observable<StatusEvent>;

export declare function supervised<T>(options?: SupervisedOptions): MonoTypeOperatorFunction<T>;
