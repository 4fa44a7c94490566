import type { StatusEvent } from './status.js';

/** The latest event of each service: the fold of `status$`. */
export class Board {
  readonly #latest = new Map<string, StatusEvent>();
  #snapshot: ReadonlyMap<string, StatusEvent> | undefined = undefined;

  constructor(
    /** Of all services there are, at any depth; in the order of the lists. */
    private readonly paths: () => Iterable<string>,
    private readonly now: () => number,
  ) {}

  set(event: StatusEvent): void {
    this.#latest.set(event.service, event);
    this.#snapshot = undefined;
  }

  /** A service of this path was added or forgotten. */
  reset(path: string): void {
    this.#latest.delete(path);
    this.#snapshot = undefined;
  }

  /** Services may have been added or forgotten somewhere below. */
  refresh(): void {
    this.#snapshot = undefined;
  }

  /** The same object until something changes. */
  snapshot(): ReadonlyMap<string, StatusEvent> {
    return (this.#snapshot ??= new Map(this.#entries()));
  }

  *#entries(): Iterable<[string, StatusEvent]> {
    for (const service of this.paths()) {
      let event = this.#latest.get(service);
      if (event === undefined) {
        event = { service, status: 'idle', time: this.now(), restarts: 0 };
        this.#latest.set(service, event);
      }
      yield [service, event];
    }
  }
}
