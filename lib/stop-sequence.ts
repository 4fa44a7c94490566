/** Stops services in an order, one after another or all at once, and says when all have ended. */
export class StopSequence<S> {
  #next = 0;
  /** Asked to stop, and not ended yet. */
  readonly #asked = new Set<S>();
  readonly #atOnce: number;
  #isAsking = false;

  constructor(
    private readonly services: readonly S[],
    order: 'reverse' | 'concurrent',
    private readonly ask: (service: S) => void,
    private readonly isLive: (service: S) => boolean,
    private readonly done: () => void,
  ) {
    this.#atOnce = order === 'reverse' ? 1 : Infinity;
  }

  /** Asks as many as may stop at the same time. What ends within the call is seen here, not in `ended`. */
  advance(): void {
    // what ends while another is being asked is seen when that is done
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (this.#next < this.services.length && this.#asked.size < this.#atOnce) {
      const service = this.services[this.#next++] as S;
      this.ask(service);
      if (this.isLive(service)) this.#asked.add(service);
    }
    this.#isAsking = false;
    if (this.#next === this.services.length && this.#asked.size === 0) {
      this.#next = Infinity; // once
      this.done();
    }
  }

  ended(service: S): void {
    if (this.#asked.delete(service)) this.advance();
  }
}
