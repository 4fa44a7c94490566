import { throwError } from 'rxjs';

/**
 * The order of things in a tree of supervisors. All of its supervisors share one.
 *
 * What is told to observers goes through `post`: where an observer causes the next thing while it is being told of one, that
 * is told after this has reached everyone. So all observers see the same order, which is the order in which things happened.
 *
 * ```
 *   post(a) ---> observer 1 ---> post(b) waits
 *           ---> observer 2
 *   b       ---> observer 1, observer 2
 * ```
 */
export class Bus {
  #depth = 0;
  #isTelling = false;
  /** Made when something is posted while something is told. */
  #waiting: (() => void)[] | undefined = undefined;

  /**
   * Whether somebody else's code may be on the stack below: an observer, a service, a teardown, a logger. What is started
   * then starts on a later turn, or a synchronous failure and an eager observer would loop for ever.
   */
  get busy(): boolean {
    return this.#depth > 0;
  }

  /** Goes before calling code that is not ours; `leave` must follow. */
  enter(): void {
    this.#depth++;
  }

  leave(): void {
    this.#depth--;
  }

  /** Does it when all that was posted before has been told: now, where nothing is being told. It is no telling itself. */
  inTurn(work: () => void): void {
    if (this.#isTelling) (this.#waiting ??= []).push(work);
    else work();
  }

  /** Tells now, or, from inside another telling, after that. */
  post(tell: () => void): void {
    if (this.#isTelling) {
      (this.#waiting ??= []).push(tell);
      return;
    }
    this.#isTelling = true;
    this.enter();
    safely(tell);
    if (this.#waiting !== undefined) this.#tellWaiting(this.#waiting);
    this.leave();
    this.#isTelling = false;
  }

  /** It grows while it is walked through. */
  #tellWaiting(waiting: readonly (() => void)[]): void {
    for (const tell of waiting) safely(tell);
    this.#waiting = undefined;
  }
}

/** rxjs reports what observers throw by itself; this is for an observer that is not made by rxjs. */
function safely(work: () => void): void {
  try {
    work();
  } catch (error) {
    reportUncaught(error);
  }
}

/** As rxjs reports an error that has no handler: uncaught, on a later turn. */
export function reportUncaught(error: unknown): void {
  // eslint-disable-next-line rxjs-x/throw-error -- what observers throw is unknown
  throwError(() => error).subscribe();
}
