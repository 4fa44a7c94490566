import type { Observable, SchedulerLike, Subscriber } from 'rxjs';
import { Attempts } from './attempts.js';
import { COMPLETED, type Termination } from './termination.js';
import type { Budget, RestartLimit } from './budget.js';
import type { Bus } from './bus.js';
import { RunContext } from './context.js';
import { Life } from './life.js';
import { log, type Logger } from './logger.js';
import { Pause, released } from './pause.js';
import { type Verdict, withCause } from './restart.js';
import { Run, type RunOwner } from './run.js';
import type { Service, ServiceContext } from './service.js';
import type { Member, ServiceSettings } from './settings.js';
import { endEvent, type StatusEvent } from './status.js';
import { after } from './timer.js';
import { Waiters } from './waiters.js';

/** Through whom a service ended for good. */
export type EndedBy = 'itself' | 'hand' | 'supervisor';

/** What a service needs of the supervisor that it stands in. */
export interface Parent {
  readonly bus: Bus;
  readonly scheduler: SchedulerLike;
  readonly logger: Logger | undefined;
  /** It stops: nothing is restarted any more. */
  readonly stopping: boolean;
  /** Why it stops, as the signals of its services say it. */
  readonly reason: unknown;
  /** The restarts that its services share. */
  readonly budget: Budget | undefined;
  pathOf(child: Child): string;
  publish(event: StatusEvent): void;
  emit(child: Child, value: unknown): void;
  /** A run did not end within its grace, in the stop of the supervisor. */
  timedOut(child: Child): void;
  /** A service that had ended for good is to run again. */
  revived(child: Child): void;
  /** A service ends for good; observers have not been told yet. */
  settled(child: Child, by: EndedBy, end: Termination | undefined): void;
  /** A service has ended for good, and observers know; where `limit` is given, it takes the supervisor with it. */
  ended(child: Child, end: Termination | undefined, limit: RestartLimit | undefined): void;
}

type State =
  | { readonly kind: 'idle' }
  | Run // 'live'
  | Pause // 'waiting'
  | { readonly kind: 'ended'; readonly by: EndedBy };

const IDLE: State = { kind: 'idle' };
const ENDED = {
  itself: { kind: 'ended', by: 'itself' },
  hand: { kind: 'ended', by: 'hand' },
  supervisor: { kind: 'ended', by: 'supervisor' },
} as const;

/**
 * One service in a supervisor, through all of its runs.
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
export class Child extends Life implements RunOwner, Member {
  state: State = IDLE;
  readonly service: Service;
  readonly settings: ServiceSettings;
  #runs = 0;
  #startedAt = 0;
  /** Made when a run first ends by itself. */
  #attempts: Attempts | undefined = undefined;
  /** Made for the first command that has to wait. */
  #waiters: Waiters | undefined = undefined;

  constructor(
    readonly parent: Parent,
    { service, settings }: Member,
  ) {
    super();
    this.service = service;
    this.settings = settings;
  }

  // --- its run

  open(out: Subscriber<unknown>): void {
    this.enter();
    const run = new Run(this, out);
    this.state = run;
    this.#runs++;
    this.#startedAt = this.scheduler.now();
    this.changed(run);
    run.open();
    this.leave();
  }

  next(value: unknown): void {
    this.parent.emit(this, value);
  }

  changed({ status }: Run): void {
    this.parent.publish({ service: this.service.name, status, time: this.scheduler.now(), restarts: this.#restarts });
    if (status === 'running') this.#waiters?.resolve('running');
  }

  ended(run: Run, end: Termination): void {
    const verdict = run.byItself && !this.parent.stopping ? this.#decide(end) : undefined;
    // looked at only now: the functions of the policy may have asked for a stop
    if (run.intent === 'stop') this.#end('hand', end);
    else if (this.parent.stopping) this.#end('supervisor', end);
    else if (verdict === undefined || run.intent === 'restart') this.#again(end);
    else this.#follow(verdict, end);
    // state first, then the event, and then `retry`: what it finds is what the observers have left
    if (this.state.kind === 'waiting') run.out.error(this);
    else run.out.complete();
  }

  timedOut(run: Run): void {
    if (run.intent === 'shutdown') this.parent.timedOut(this);
  }

  swallowed(error: unknown): void {
    log(this.parent.logger, 'warn', { service: this.path, error }, 'a teardown threw');
  }

  contextOf(run: Run): ServiceContext {
    return new RunContext(run, this.path, this.#restarts, this.parent.logger);
  }

  get scheduler(): SchedulerLike {
    return this.parent.scheduler;
  }

  get path(): string {
    return this.parent.pathOf(this);
  }

  get reason(): unknown {
    return this.parent.reason;
  }

  enter(): void {
    this.parent.bus.enter();
  }

  leave(): void {
    this.parent.bus.leave();
  }

  // --- from one run to the next

  #decide(end: Termination): Verdict {
    const now = this.scheduler.now();
    this.#attempts ??= new Attempts(this.settings.restart);
    return this.#attempts.decide(end, now - this.#startedAt, now, this.parent.budget);
  }

  #follow(verdict: Verdict, end: Termination): void {
    switch (verdict.kind) {
      case 'restart':
        if (typeof verdict.delay === 'number') this.#waitFor(verdict.delay, end);
        else this.#waitOn(verdict.delay, end);
        break;
      case 'end':
        this.#end('itself', end);
        break;
      case 'exhausted':
        this.#end('itself', end, this.settings.restart.exhausted === 'escalate' ? verdict.limit : undefined);
        break;
      case 'broken':
        this.#end('itself', { kind: 'failed', error: verdict.error });
        break;
    }
  }

  #again(end: Termination): void {
    this.#attempts?.forget();
    this.#waitFor(0, end);
  }

  #waitFor(delay: number, end: Termination): void {
    const pause = new Pause(this, COMPLETED);
    this.state = pause;
    pause.wait = after(this.scheduler, delay, resume, this);
    this.#say(end, false, delay);
  }

  /** The delay is subscribed to before anything is said: where it ends at once there is one thing to say. */
  #waitOn(delay$: Observable<unknown>, end: Termination): void {
    const pause = new Pause(this, end);
    this.state = pause;
    let told = false;
    const now = this.scheduler.now();
    const refuse = (last: Termination) => {
      pause.last = last;
      pause.refused = true;
      if (told && this.state === pause) this.#cancel(pause, 'itself');
    };
    const wait = released(delay$).subscribe({
      next: (go) => {
        if (!go) refuse(end);
        else if (this.state === pause) this.#due(pause, this.scheduler.now() === now);
      },
      error: (error: unknown) => {
        refuse({ kind: 'failed', error: withCause(error, end) });
      },
    });
    pause.wait ??= wait;
    if (this.state !== pause) wait.unsubscribe();
    else if (pause.refused) this.#end('itself', pause.last);
    else {
      told = true;
      pause.last = COMPLETED;
      this.#say(end, false);
    }
  }

  /** Now; but from inside somebody else's code, or in the instant of the failure, on a later turn. */
  #due(pause: Pause, atOnce = false): void {
    pause.cancel();
    if (atOnce || this.parent.bus.busy) pause.wait = after(this.scheduler, 0, resume, this);
    else this.resume();
  }

  resume(): void {
    const { state } = this;
    if (state.kind !== 'waiting') return;
    state.cancel();
    state.due = !this.goOn();
  }

  protected waiting(): void {
    if (this.state.kind === 'waiting' && this.state.due) this.resume();
  }

  /** There will be no next run. */
  #cancel(pause: Pause, by: EndedBy): void {
    pause.cancel();
    this.enter();
    this.#end(by, pause.last);
    this.leave();
    this.giveUp();
  }

  #end(by: EndedBy, end: Termination | undefined, limit?: RestartLimit): void {
    this.state = ENDED[by];
    this.parent.settled(this, by, end);
    if (end !== undefined) this.#say(end, true);
    this.parent.ended(this, end, limit);
    if (this.#hasEnded()) this.#answerAll();
  }

  /** Asked anew after observers were told: they may have started it again. */
  #hasEnded(): boolean {
    return this.state.kind === 'ended';
  }

  #answerAll(): void {
    this.#waiters?.resolve('ended');
    this.#waiters?.resolve('running'); // for good: they would wait for ever
  }

  // --- commands

  /** Ends it for good: by hand, or with its supervisor. */
  stop(intent: 'stop' | 'shutdown'): void {
    const { state } = this;
    this.#waiters?.resolve('running');
    if (state.kind === 'live') state.stop(intent);
    else if (state.kind === 'waiting') this.#cancel(state, intent === 'stop' ? 'hand' : 'supervisor');
    else if (state.kind === 'idle' && intent === 'stop') this.#end('hand', COMPLETED);
  }

  /** Runs it, where it does not run. */
  start(): void {
    if (this.state.kind !== 'live' || this.state.ending) this.restart();
    else this.#waiters?.resolve('ended');
  }

  /** Runs it anew. A service that is idle yet is started with its supervisor. */
  restart(): void {
    this.#waiters?.resolve('ended');
    if (this.state.kind === 'live') {
      this.state.stop('restart');
      if (!this.parent.bus.busy) this.resume(); // where it has ended at once
      return;
    }
    if (this.state.kind === 'idle') return;
    this.#attempts?.forget();
    if (this.state.kind === 'ended') {
      this.parent.revived(this);
      this.state = new Pause(this, undefined);
    }
    this.#due(this.state);
  }

  /**
   * Resolves when it has ended, or runs, by this command; also where another command has taken the place of this one. Waited for from
   * before the command: it may be reached, and left again, within it.
   */
  async by(goal: 'running' | 'ended', command: () => void): Promise<void> {
    this.#waiters ??= new Waiters();
    const reached = this.#waiters.until(goal);
    command();
    if (this.#is(goal)) this.#waiters.resolve(goal);
    await reached;
  }

  #is(goal: 'running' | 'ended'): boolean {
    const { state } = this;
    return goal === 'ended' ? state.kind === 'ended' : state.kind === 'live' && state.isUp;
  }

  /** Cuts it off, without a word. */
  unsubscribe(): void {
    const { state } = this;
    this.state = ENDED.supervisor;
    if (state.kind === 'live') state.kill();
    else if (state.kind === 'waiting') state.cancel();
    this.drop();
    this.#answerAll();
  }

  #say(end: Termination, final: boolean, restartIn?: number): void {
    this.parent.publish(endEvent(this.service.name, this.scheduler.now(), this.#restarts, end, final, restartIn));
  }

  get #restarts(): number {
    return Math.max(0, this.#runs - 1);
  }
}

function resume(child: Child): void {
  child.resume();
}
