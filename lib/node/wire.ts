import type { ServiceStatus } from '../status.js';

/** What is thrown, as JSON: name, message, and the chain of causes. */
export interface ErrorJson {
  /** Of what is no `Error`: its type, as `typeof` says. */
  readonly name: string;
  readonly message: string;
  /** Only where the server was made with `stacks: true`. */
  readonly stack?: string;
  readonly cause?: ErrorJson;
  /** Of an `AggregateError`. */
  readonly errors?: readonly ErrorJson[];
}

/** A `StatusEvent` as JSON. Times are ms of the supervisor's clock. */
export interface StatusEventJson {
  /** Path of the service, relative to the supervisor that is served. */
  readonly service: string;
  readonly status: ServiceStatus;
  readonly time: number;
  readonly restarts: number;
  /** Only of `stopped` and `failed`. */
  readonly final?: boolean;
  /** ms from `time` to the restart, where that is known. */
  readonly restartIn?: number;
  /** Only of `failed`. */
  readonly error?: ErrorJson;
}

/** The latest event of a service, and its latest failure, which may be older than that. */
export interface ServiceJson extends StatusEventJson {
  readonly lastFailure?: { readonly time: number; readonly error: ErrorJson };
}

/** What `/status` answers, and the first message of `/events`. */
export interface StatusSnapshot {
  /** Name of the supervisor. */
  readonly supervisor: string;
  /** The supervisor's clock at the snapshot, in ms. */
  readonly time: number;
  /** Whether the server takes commands. */
  readonly commands: boolean;
  /** Only in `/events`: ms between two signs of life. */
  readonly heartbeat?: number;
  /** In the order of the lists, a supervisor before the services in it. */
  readonly services: readonly ServiceJson[];
  /** Only in `/events`: the latest events, the oldest first. */
  readonly history?: readonly StatusEventJson[];
}
