import type { StatusEvent } from './status.js';

/** The latest event of each service: the fold of `status$`. */
export class Board {
  /** undefined: there was none, and so it is idle. In the order of the list. */
  readonly #latest = new Map<string, StatusEvent | undefined>();
  #snapshot: ReadonlyMap<string, StatusEvent> | undefined = undefined;

  constructor(private readonly now: () => number) {}

  add(path: string): void {
    this.#latest.set(path, undefined);
    this.#snapshot = undefined;
  }

  set(event: StatusEvent): void {
    this.#latest.set(event.service, event);
    this.#snapshot = undefined;
  }

  /** The same object until something changes. */
  snapshot(): ReadonlyMap<string, StatusEvent> {
    return (this.#snapshot ??= this.#copy());
  }

  #copy(): ReadonlyMap<string, StatusEvent> {
    const copy = new Map<string, StatusEvent>();
    for (const [service, event] of this.#latest) {
      const latest: StatusEvent = event ?? { service, status: 'idle', time: this.now(), restarts: 0 };
      if (event === undefined) this.#latest.set(service, latest);
      copy.set(service, latest);
    }
    return copy;
  }
}
