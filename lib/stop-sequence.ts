/** Stops services in an order, one after another or all at once, and says when all have ended. */
export class StopSequence<S> {
  #queue: readonly S[] = [];
  #next = 0;
  /** Asked to stop, and not ended yet. */
  readonly #asked = new Set<S>();
  readonly #atOnce: number;
  #isAsking = false;

  constructor(
    order: 'reverse' | 'concurrent',
    private readonly ask: (service: S) => void,
    private readonly isLive: (service: S) => boolean,
    /** Called each time that none is left to wait for. */
    private readonly done: () => void,
  ) {
    this.#atOnce = order === 'reverse' ? 1 : Infinity;
  }

  get isDone(): boolean {
    return this.#next === this.#queue.length && this.#asked.size === 0;
  }

  /** These are to stop too, in this order, after those before. */
  add(services: readonly S[]): void {
    const left = this.#queue.slice(this.#next);
    this.#queue = left.length > 0 ? [...left, ...services] : services;
    this.#next = 0;
    this.#advance();
  }

  ended(service: S): void {
    if (this.#asked.size > 0 && this.#asked.delete(service)) this.#advance();
  }

  /** No more are asked, and none is waited for. */
  clear(): void {
    this.#queue = [];
    this.#next = 0;
    this.#asked.clear();
  }

  /** Asks as many as may stop at the same time. What ends within the call is seen here, not in `ended`. */
  #advance(): void {
    // what ends while another is being asked is seen when that is done
    if (this.#isAsking) return;
    this.#isAsking = true;
    while (this.#next < this.#queue.length && this.#asked.size < this.#atOnce) {
      const service = this.#queue[this.#next++] as S;
      // before: a command may run it again within its end, and that run is not asked
      this.#asked.add(service);
      this.ask(service);
      if (!this.isLive(service)) this.#asked.delete(service);
    }
    this.#isAsking = false;
    if (this.isDone) this.done();
  }
}
