import type { Observable } from 'rxjs';
import { Attempts } from './attempts.js';
import type { RestartLimit } from './budget.js';
import { Life } from './life.js';
import { log } from './logger.js';
import type { EndedBy, Parent } from './parent.js';
import { Pause, type Paused } from './pause.js';
import type { Verdict } from './restart.js';
import type { Run } from './run.js';
import type { Service } from './service.js';
import type { Member, ServiceSettings } from './settings.js';
import { endEvent } from './status.js';
import { COMPLETED, type Termination } from './termination.js';

export type State =
  | { readonly kind: 'idle' }
  | Run // 'live'
  | Pause // 'waiting'
  | { readonly kind: 'ended'; readonly by: EndedBy };

const IDLE: State = { kind: 'idle' };
export const ENDED = {
  itself: { kind: 'ended', by: 'itself' },
  hand: { kind: 'ended', by: 'hand' },
  strategy: { kind: 'ended', by: 'strategy' },
  supervisor: { kind: 'ended', by: 'supervisor' },
} as const;

/**
 * How a service goes from one run to the next, or to its end.
 *
 * ```
 *          +----------------------------+
 *          v                            |
 * idle -> live ---------------------> waiting
 *         starting, running, stopping   |      (failed or stopped, not final)
 *          |                            |
 *          +---------> ended <----------+      (failed or stopped, final)
 *                        |
 *                        +--- start, restart ---> waiting, live
 * ```
 */
export abstract class Cycle extends Life implements Paused, Member {
  state: State = IDLE;
  readonly service: Service;
  readonly settings: ServiceSettings;
  #runs = 0;
  #startedAt = 0;
  /** Made when a run first ends by itself. */
  #attempts: Attempts | undefined = undefined;

  constructor(
    readonly parent: Parent<Cycle>,
    { service, settings }: Member,
  ) {
    super();
    this.service = service;
    this.settings = settings;
  }

  /** It has ended for good. */
  protected abstract hasEnded(): void;

  get path(): string {
    return this.parent.pathOf(this);
  }

  /** Runs so far, minus one. */
  protected get restarts(): number {
    return Math.max(0, this.#runs - 1);
  }

  protected begins(run: Run): void {
    this.state = run;
    this.#runs++;
    this.#startedAt = this.parent.scheduler.now();
    this.sayStatus(run, this.#startedAt);
  }

  protected sayStatus({ status }: Run, time: number): void {
    this.parent.outlet.publish({ service: this.service.name, status, time, restarts: this.restarts });
  }

  /** A command runs it: the backoff starts over. */
  protected forgetAttempts(): void {
    this.#attempts?.forget();
  }

  protected decide(end: Termination): Verdict {
    const { scheduler, budget, isGroupDown } = this.parent;
    const now = scheduler.now();
    this.#attempts ??= new Attempts(this.settings.restart);
    return isGroupDown ? this.#attempts.join(end) : this.#attempts.decide(end, now - this.#startedAt, now, budget);
  }

  protected follow(verdict: Verdict, end: Termination): void {
    switch (verdict.kind) {
      case 'restart':
        if (typeof verdict.delay === 'number') this.waitFor(verdict.delay, end);
        else this.#waitUntil(verdict.delay, end);
        break;
      case 'join':
        this.#wait(end);
        break;
      case 'end':
        this.end('itself', end);
        break;
      case 'exhausted':
        this.end('itself', end, this.settings.restart.exhausted === 'escalate' ? verdict.limit : undefined);
        break;
      case 'broken':
        this.end('itself', { kind: 'failed', error: verdict.error });
        break;
    }
  }

  /** A strategy has stopped it. */
  protected goDown(end: Termination): void {
    if (this.settings.restart.when === 'never') this.end('strategy', end);
    else this.#wait(end);
  }

  /** Until its group comes back. */
  #wait(end: Termination): void {
    this.state = new Pause(this, COMPLETED);
    this.say(end, false);
  }

  protected waitFor(delay: number, end: Termination): void {
    const pause = new Pause(this, COMPLETED);
    this.state = pause;
    pause.for(delay);
    this.say(end, false, delay);
  }

  /** The delay is subscribed to before anything is said: where it ends at once there is one thing to say. */
  #waitUntil(delay$: Observable<unknown>, end: Termination): void {
    const pause = new Pause(this, end);
    this.state = pause;
    pause.until(delay$, end);
    if (this.state !== pause) return;
    if (pause.isRefused) this.end('itself', pause.last);
    else {
      pause.last = COMPLETED;
      this.say(end, false);
    }
  }

  timeUp(pause: Pause): void {
    if (this.state === pause && !this.parent.holds(this)) this.run();
  }

  refused(pause: Pause): void {
    if (this.state === pause) this.cancel(pause, 'itself');
  }

  /** Runs it, where it waits. */
  run(): void {
    const { state } = this;
    if (state.kind === 'idle') this.goOn();
    if (state.kind !== 'waiting') return;
    state.cancel();
    state.due = !this.goOn();
  }

  protected waiting(): void {
    if (this.state.kind === 'waiting' && this.state.due) this.run();
  }

  /** There will be no next run. */
  protected cancel(pause: Pause, by: EndedBy): void {
    pause.cancel();
    this.end(by, pause.last);
    this.giveUp();
  }

  protected end(by: EndedBy, end: Termination | undefined, limit?: RestartLimit): void {
    this.state = ENDED[by];
    this.parent.settled(this, by, end);
    if (end !== undefined) this.say(end, true);
    this.parent.ended(this, end, limit);
    if (this.#isEnded) this.hasEnded();
  }

  /** Asked anew after observers were told: they may have started it again. */
  get #isEnded(): boolean {
    return this.state.kind === 'ended';
  }

  swallowed(error: unknown): void {
    log(this.parent.logger, 'warn', { service: this.path, error }, 'a teardown threw');
  }

  protected say(end: Termination, final: boolean, restartIn?: number): void {
    const { scheduler } = this.parent;
    this.parent.outlet.publish(endEvent(this.service.name, scheduler.now(), this.restarts, end, final, restartIn));
  }
}
