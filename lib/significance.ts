import type { Termination } from './termination.js';

/** Which ends of services end their supervisor; see `autoShutdown`. */
export type AutoShutdown = 'never' | 'any-significant' | 'all-significant';

/** Keeps account of the significant services of a supervisor: which are to come to their end yet, and which have. */
export class Significance<K> {
  /** Not ended for good by themselves: they live, wait, or were stopped by hand. */
  #pending = 0;
  /** Ended for good by themselves, in the order of their ends. */
  readonly #ended = new Map<K, Termination>();

  constructor(readonly mode: AutoShutdown) {}

  joins(): void {
    this.#pending++;
  }

  ends(service: K, end: Termination): void {
    this.#pending--;
    this.#ended.set(service, end);
  }

  /** One that had ended is to run again. */
  revives(service: K): void {
    if (this.#ended.delete(service)) this.#pending++;
  }

  /** Whether the supervisor ends now that one has ended. */
  get isOver(): boolean {
    if (this.mode === 'never' || this.#ended.size === 0) return false;
    return this.mode === 'any-significant' || this.#pending === 0;
  }

  /** The first that ended with an error. */
  get failure(): { readonly service: K; readonly error: unknown } | undefined {
    for (const [service, end] of this.#ended) if (end.kind === 'failed') return { service, error: end.error };
    return undefined;
  }
}
