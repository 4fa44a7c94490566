import type { Subscription } from 'rxjs';
import type { Child } from './child.js';
import { StopSequence } from './stop-sequence.js';
import { siblingsOf, type Strategy } from './strategy.js';
import type { Surroundings } from './surroundings.js';
import { after } from './timer.js';

/** What a group needs of its supervisor. */
export interface GroupOwner extends Surroundings {
  /** All services, in the order of the list. */
  readonly children: ReadonlyMap<string, Child>;
}

/**
 * The restart of several services together, where the strategy is `one-for-all` or `rest-for-one`.
 *
 * ```
 *  up --- one fails ---> down: the others are stopped, the delay runs
 *  ^                       |   who fails now joins
 *  |                       v
 *  +------------------- starting: in the order of the list, when all are down and the delay has passed
 *                          |
 *                          +--- one fails ---> down, with those that have not been started yet
 * ```
 */
export class Group {
  #phase: 'up' | 'down' | 'starting' = 'up';
  /** Who comes back: they wait, or have not been started yet. */
  readonly #members = new Set<Child>();
  /** All that have been taken down, and those that took them: it grows where one before them fails. */
  readonly #range = new Set<Child>();
  /** Whose delay is waited for; undefined once it has passed, or will not. */
  #delayed: Child | undefined = undefined;
  readonly #stops: StopSequence<Child>;
  #timer: Subscription | undefined = undefined;

  constructor(
    private readonly owner: GroupOwner,
    private readonly strategy: Strategy,
    stopOrder: 'reverse' | 'concurrent',
  ) {
    this.#stops = new StopSequence<Child>(
      stopOrder,
      (child) => {
        // a command may have made it wait since
        if (child.state.kind === 'waiting') this.#members.add(child);
        child.takeDown();
      },
      (child) => child.state.kind === 'live',
      () => {
        this.#startIfDown();
      },
    );
  }

  get isDown(): boolean {
    return this.#phase === 'down';
  }

  /** The first start is no different. */
  start(): void {
    for (const child of this.owner.children.values()) this.#members.add(child);
    this.#start();
  }

  /** A service was added. True where it is to wait, and to start with the group. */
  takes(child: Child): boolean {
    if (this.isDown) this.#members.add(child);
    return this.isDown;
  }

  /** A service waits for its restart: it takes others down, or joins those that are. */
  failed(child: Child): void {
    if (!this.isDown) {
      this.#phase = 'down';
      this.#delayed = child;
    }
    this.#members.add(child);
    // where it has been taken down before, so have the others: nobody need look for them
    if (this.#range.has(child)) return;
    this.#range.add(child);
    const siblings = siblingsOf(this.strategy, this.owner.children.values(), child).filter(
      (each) => !this.#range.has(each),
    );
    for (const each of siblings) {
      this.#range.add(each);
      if (each.state.kind === 'idle' || each.state.kind === 'waiting') this.#members.add(each);
      if (each.state.kind === 'waiting') each.takeDown();
    }
    this.#stops.add(siblings.filter((each) => each.state.kind === 'live').reverse());
  }

  /** A run has ended; `taken`: since the group took it down. */
  ended(child: Child, taken: boolean): void {
    if (!this.isDown) return;
    if (taken && child.state.kind === 'waiting') this.#members.add(child);
    this.#stops.ended(child);
  }

  /** The time of a waiting service has come. True where it is to wait on for its group. */
  holds(child: Child): boolean {
    if (!this.isDown || !this.#members.has(child)) return false;
    this.#delayPassed(child);
    return true;
  }

  /** A command runs a service that waits. True where that starts its group, as the delay was its own and all are down. */
  starts(child: Child): boolean {
    if (child === this.#delayed && this.#stops.isDone) return this.holds(child);
    this.leaves(child);
    return false;
  }

  /** A service will not come back with the group: it is down for good, or a command has run it. */
  leaves(child: Child): void {
    this.#members.delete(child);
    this.#delayPassed(child);
  }

  /** There is no restart any more. */
  dissolve(): void {
    this.#phase = 'up';
    this.#timer?.unsubscribe();
    this.#members.clear();
    this.#range.clear();
    this.#delayed = undefined;
    this.#stops.clear();
  }

  #delayPassed(child: Child): void {
    if (child !== this.#delayed) return;
    this.#delayed = undefined;
    this.#startIfDown();
  }

  #startIfDown(): void {
    if (!this.isDown || this.#delayed !== undefined || !this.#stops.isDone) return;
    this.#timer?.unsubscribe();
    if (this.owner.bus.busy) this.#timer = after(this.owner.scheduler, 0, startIfDown, this);
    else this.#start();
  }

  /** On a later turn. Others may have joined in between. */
  turn(): void {
    this.#startIfDown();
  }

  #start(): void {
    this.#phase = 'starting';
    this.#range.clear();
    for (const child of [...this.owner.children.values()].filter((each) => this.#members.has(each))) {
      // one that fails within its start takes the group down again, with all that are not started yet
      if (!this.#isStarting) return;
      if (this.#members.delete(child)) child.run();
    }
    if (this.#isStarting) this.#phase = 'up';
  }

  get #isStarting(): boolean {
    return this.#phase === 'starting';
  }
}

function startIfDown(group: Group): void {
  group.turn();
}
