/** So many restarts within so many ms. */
export interface RestartLimit {
  /** How many restarts are allowed within the window: an integer from 0 up. */
  restarts: number;
  /** Length of the window in ms, above 0. It slides: what counts at `now` is in `(now - within, now]`. */
  within: number;
}

/** Counts restarts in a sliding window, as OTP's supervisor does with its intensity and period. */
export class Budget {
  // times of restarts, oldest first; those before #first have left the window
  #times: number[] = [];
  #first = 0;

  constructor(readonly limit: Readonly<RestartLimit>) {}

  /** Whether one more restart at this time stays within the limit. */
  allows(now: number): boolean {
    this.#forget(now - this.limit.within);
    return this.#times.length - this.#first < this.limit.restarts;
  }

  /** Counts a restart. */
  count(now: number): void {
    this.#times.push(now);
  }

  #forget(until: number): void {
    const times = this.#times;
    let time;
    while ((time = times[this.#first]) !== undefined && time <= until) this.#first++;
    // what has left is cut off when it is half of all: O(1) amortised
    if (this.#first * 2 > times.length) {
      this.#times = times.slice(this.#first);
      this.#first = 0;
    }
  }
}
