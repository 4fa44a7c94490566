import { concat, defer, EMPTY, from, fromEvent, ignoreElements, type Observable, takeUntil } from 'rxjs';

/** What was cut and has not ended yet, of the runs of one service: the next run waits for it, so that no two overlap. */
export class Ending {
  readonly #ends = new Set<Promise<unknown>>();

  add(end: Promise<unknown>): void {
    const entry: Promise<unknown> = end.then(() => this.#ends.delete(entry));
    this.#ends.add(entry);
  }

  /** The run, when all of it has ended; nothing where the run is asked to end before. */
  before<T>(run: () => Observable<T>, signal: AbortSignal): Observable<T> {
    const ended$ = defer(() =>
      this.#ends.size === 0
        ? EMPTY
        : from(Promise.all(this.#ends)).pipe(ignoreElements(), takeUntil(fromEvent(signal, 'abort'))),
    );
    return concat(
      ended$,
      defer(() => (signal.aborted ? EMPTY : run())),
    );
  }
}
