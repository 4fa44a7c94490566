import type { Termination } from './termination.js';

/** Which ends of services end their supervisor; see `autoShutdown`. */
export type AutoShutdown = 'never' | 'any-significant' | 'all-significant';

/** Keeps account of the significant services of a supervisor: which are to come to their end yet, and which have. */
export class Significance<S> {
  /** Not ended for good by themselves: they live, wait, or were stopped by hand. */
  #pending = 0;
  /** Ended for good by themselves, in the order of their ends. */
  readonly #ended = new Map<S, Termination>();
  /** Stopped for good by a strategy: nobody waits for them. */
  readonly #dropped = new Set<S>();

  constructor(readonly mode: AutoShutdown) {}

  joins(): void {
    this.#pending++;
  }

  leaves(service: S): void {
    if (!this.#forget(service)) this.#pending--;
  }

  ends(service: S, end: Termination): void {
    this.#pending--;
    this.#ended.set(service, end);
  }

  drops(service: S): void {
    this.#pending--;
    this.#dropped.add(service);
  }

  /** One that had ended is to run again. */
  revives(service: S): void {
    if (this.#forget(service)) this.#pending++;
  }

  #forget(service: S): boolean {
    return this.#ended.delete(service) || this.#dropped.delete(service);
  }

  /** Whether the supervisor ends now that one has ended. */
  get isOver(): boolean {
    if (this.mode === 'never' || this.#ended.size === 0) return false;
    return this.mode === 'any-significant' || this.#pending === 0;
  }

  /** The first that ended with an error. */
  get failure(): { readonly service: S; readonly error: unknown } | undefined {
    for (const [service, end] of this.#ended) if (end.kind === 'failed') return { service, error: end.error };
    return undefined;
  }
}
