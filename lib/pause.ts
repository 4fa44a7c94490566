import { defaultIfEmpty, map, type Observable, Subscription, take } from 'rxjs';
import { withCause } from './restart.js';
import type { Surroundings } from './surroundings.js';
import type { Termination } from './termination.js';
import { after } from './timer.js';

/** Who waits. */
export interface Paused {
  /** A teardown threw where there is nobody to fail by it. */
  swallowed(error: unknown): void;
  readonly parent: Surroundings;
  /** The time has come. */
  timeUp(pause: Pause): void;
  /** The delay has ended without a value, or with an error: no restart follows. */
  refused(pause: Pause): void;
}

/** A service waits for its next run: for a time, for a first value, or, where neither is given, for others to call it. */
export class Pause {
  readonly kind = 'waiting';
  /** The time has come, and `retry` has not: it is still being told of the end. */
  due = false;
  /** The delay was over, without a restart, before anything was said of the pause. */
  isRefused = false;
  /** The timer, or the subscription to the delay; undefined while that is made. */
  #wait: Subscription | undefined = undefined;

  constructor(
    readonly paused: Paused,
    /** What there is to say where it is cancelled; nothing where the service's end was told as final before. */
    public last: Termination | undefined,
  ) {}

  for(delay: number): void {
    this.#wait = after(this.paused.parent.scheduler, delay, timeUp, this);
  }

  /** Until the first value of the delay. What that does synchronously is known when this returns. */
  until(delay$: Observable<unknown>, end: Termination): void {
    const goes$ = delay$.pipe(
      take(1),
      map(() => true),
      defaultIfEmpty(false),
    );
    const { bus, scheduler } = this.paused.parent;
    const now = scheduler.now();
    const wait = goes$.subscribe({
      next: (goes) => {
        if (this.#wait === Subscription.EMPTY) return; // cancelled within the subscribing
        // in the instant of the failure too: a delay that is a resolved promise must not starve the event loop
        if (goes) this.#go(bus.busy || scheduler.now() === now);
        else this.#refuse(end);
      },
      error: (error: unknown) => {
        this.#refuse({ kind: 'failed', error: withCause(error, end) });
      },
    });
    if (this.#wait === undefined) this.#wait = wait;
    else wait.unsubscribe();
  }

  /** Now; but from inside somebody else's code on a later turn. */
  soon(): void {
    this.#go(this.paused.parent.bus.busy);
  }

  #go(onLaterTurn: boolean): void {
    this.cancel();
    if (onLaterTurn) this.for(0);
    else this.paused.timeUp(this);
  }

  /** What the teardown of a delay throws is no reason for anybody else to fail. */
  cancel(): void {
    const wait = this.#wait;
    this.#wait = Subscription.EMPTY;
    try {
      wait?.unsubscribe();
    } catch (error) {
      this.paused.swallowed(error);
    }
  }

  #refuse(last: Termination): void {
    this.last = last;
    this.isRefused = true;
    if (this.#wait !== undefined) this.paused.refused(this);
  }
}

function timeUp(pause: Pause): void {
  pause.paused.timeUp(pause);
}
