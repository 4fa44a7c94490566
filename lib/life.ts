import { Observable, retry, type Subscriber, type Unsubscribable } from 'rxjs';
import { reportUncaught } from './bus.js';

/** The life that is about to be subscribed to. Taken at once, so that it keeps nothing alive. */
let upcoming: Life | undefined;

/** Cold: one subscription is one run of the service. */
const run$ = new Observable<unknown>((out) => {
  const life = upcoming;
  upcoming = undefined;
  life?.open(out);
});

/**
 * The runs of a service, one after another: where one ends and another is to follow, it errors with the life itself, and
 * `retry` waits until that says so. Where none is to follow, it completes.
 *
 * One Observable serves all services of all supervisors: one for each, with its operator and its closures, would weigh on every
 * service that idles.
 */
const restarting$ = run$.pipe(retry({ delay: (life: Life) => life.resumption() }));

/**
 * What subscribes to the restarting runs of one service.
 *
 * rxjs takes any object with the methods of a Subscriber as one, and adds to it what `retry` is subscribed to at the moment:
 * the run, or what it waits for. It is one at a time, so no list is kept; and a life can begin again after its end.
 */
export abstract class Life {
  /** What `retry` is subscribed to at the moment; undefined where the life is over, or has not begun. */
  #current: Unsubscribable | undefined = undefined;
  /** How `retry` is told to go on, while it waits. */
  #resumer: Subscriber<void> | undefined = undefined;

  /** Starts a run: the subscription of `retry` to the cold Observable. */
  abstract open(out: Subscriber<unknown>): void;
  /** A value of the service. */
  abstract next(value: unknown): void;
  /** `retry` has come to wait. */
  protected abstract waiting(): void;

  /** Runs: for the first time, or again. False where `retry` has yet to come and wait, since the run's end is still being told. */
  protected goOn(): boolean {
    const resumer = this.#resumer;
    if (resumer === undefined && this.#current !== undefined) return false;
    this.#resumer = undefined;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- handed to the one Observable that serves all
    upcoming = this;
    if (resumer === undefined) restarting$.subscribe(this);
    else resumer.next();
    return true;
  }

  /** No run follows, where `retry` waits for one. */
  protected giveUp(): void {
    const resumer = this.#resumer;
    this.#resumer = undefined;
    resumer?.complete();
  }

  /** Drops what `retry` is subscribed to. */
  protected drop(): void {
    const current = this.#current;
    this.#current = this.#resumer = undefined;
    current?.unsubscribe();
  }

  /** What `retry` waits for: its first value. */
  resumption(): Observable<void> {
    return new Observable((resumer) => {
      this.#resumer = resumer;
      this.waiting();
    });
  }

  // --- the rest of a Subscriber

  get closed(): boolean {
    return false;
  }

  error(error: unknown): void {
    reportUncaught(error); // the runs end by what is handed to `retry`: no error passes it
  }

  complete(): void {
    this.#current = undefined;
  }

  add(subscription: Unsubscribable | undefined): void {
    if (subscription !== undefined) this.#current = subscription;
  }

  remove(): void {
    // the next one takes its place
  }

  abstract unsubscribe(): void;
}
