/** The last so many items, each with the number it got, from 1 on. */
export class History<T> {
  readonly #items: T[] = [];
  #last = 0;

  constructor(private readonly size: number) {}

  /** Number of the latest item; 0 where there was none. */
  get last(): number {
    return this.#last;
  }

  add(item: T): number {
    this.#last++;
    if (this.size > 0) this.#items[this.#last % this.size] = item;
    return this.#last;
  }

  /** All that came after an item, the oldest first; undefined where some of that is gone, or where that item has never been. */
  since(number: number): T[] | undefined {
    const missed = this.#last - number;
    return number < 0 || missed < 0 || missed > this.size ? undefined : this.#latest(missed);
  }

  /** All that is still there, the oldest first. */
  all(): T[] {
    return this.#latest(Math.min(this.#last, this.size));
  }

  #latest(count: number): T[] {
    return Array.from({ length: count }, (_, index) => {
      const at = (this.#last - count + 1 + index) % this.size;
      return this.#items[at] as T;
    });
  }
}
