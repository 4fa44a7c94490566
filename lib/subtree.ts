import type { Input } from './input.js';
import { type Service, SUBTREE } from './service.js';
import type { StatusEvent } from './status.js';
import type { Surroundings } from './surroundings.js';

/** What a supervisor that is a service of another is to that. */
export interface Subtree {
  /** Changes when a service is added to it or removed, at any depth. */
  readonly shape: number;
  /** Whether it is the other, or has that somewhere in it. */
  contains(other: Subtree): boolean;
  /** Whether there is a service of this path in it. */
  has(path: string): boolean;
  /** Runs it; SupervisorRunningError where it runs already. */
  open(host: Host): Input;
  /** Of all services in it, at any depth, relative to it; in the order of the lists. */
  paths(): Iterable<string>;
}

/** What the other is to it. */
export interface Host extends Surroundings {
  /** Of the supervisor that is a service, from the root. */
  readonly path: string;
  /** Passes an event on, with its path as it is relative to the supervisor that is a service. */
  event(event: StatusEvent): void;
  value(service: Service, value: unknown): void;
  /** A service was added, or is forgotten, without an event. */
  changed(path: string): void;
  /** Services did not end within their grace, while the host stops. */
  timedOut(paths: readonly string[]): void;
}

export function subtreeOf(service: Service): Subtree | undefined {
  return (service as { [SUBTREE]?: Subtree })[SUBTREE];
}
