import type { Subscriber } from 'rxjs';
import { RunContext } from './context.js';
import { Cycle, ENDED } from './cycle.js';
import { type Input, toInput } from './input.js';
import { Pause } from './pause.js';
import { Run } from './run.js';
import type { RunOwner } from './run-owner.js';
import { subtreeOf } from './subtree.js';
import { COMPLETED, type Termination } from './termination.js';
import { Waiters } from './waiters.js';

/** One service in a supervisor, through all of its runs: what its runs tell it, and what commands ask of it. */
export class Child extends Cycle implements RunOwner<Run> {
  /** Made for the first command that has to wait. */
  #waiters: Waiters | undefined = undefined;

  // --- its run

  open(out: Subscriber<unknown>): void {
    const { bus } = this.parent;
    bus.enter();
    const run = new Run(this, out);
    this.begins(run);
    if (run.status === 'running') this.#waiters?.resolve('running');
    run.open();
    bus.leave();
  }

  call(run: Run): Input {
    const subtree = subtreeOf(this.service);
    if (subtree !== undefined) return subtree.open(this.parent.hostOf(this, run));
    return toInput(this.service.run(new RunContext(run, this.path, this.restarts, this.parent.logger)));
  }

  next(value: unknown): void {
    this.parent.outlet.emit(this.service, value);
  }

  changed(run: Run): void {
    this.sayStatus(run, this.parent.scheduler.now());
    if (run.status === 'running') this.#waiters?.resolve('running');
  }

  timedOut(run: Run, paths: readonly string[]): void {
    if (run.intent === 'shutdown') this.parent.timedOut(paths);
  }

  ended(run: Run, end: Termination): void {
    if (!this.#lives(run)) return; // cut within its teardown
    const verdict = run.byItself && !this.parent.stopping ? this.decide(end) : undefined;
    // looked at only now: the functions of the policy may have asked for a stop
    if (run.intent === 'stop') this.end('hand', end);
    else if (this.parent.stopping) this.end('supervisor', end);
    else if (run.intent === 'group') this.goDown(end);
    else if (verdict === undefined || !run.byItself) {
      this.forgetAttempts();
      this.waitFor(0, end);
    } else this.follow(verdict, end);
    // state first, then the event, and then `retry`: what it finds is what the observers have left
    const waits = this.state.kind === 'waiting';
    if (waits) run.out.error(this);
    else run.out.complete();
    if (waits && verdict !== undefined && run.byItself) this.parent.failed(this);
  }

  #lives(run: Run): boolean {
    return this.state === run;
  }

  isDown(run: Run): void {
    this.parent.isDown(this, run);
  }

  /** What follows on a stop need not wait for a turn, unless it failed. */
  afterStop(run: Run): void {
    const { bus } = this.parent;
    if (run.hasFailed) bus.enter();
    // before the next run, in which a stop may be asked for
    this.parent.isDown(this, run);
    if (run.intent === 'restart' && !bus.busy) this.run();
    if (run.hasFailed) bus.leave();
  }

  // --- commands

  /** Ends it for good: by hand, or with its supervisor. */
  stop(intent: 'stop' | 'shutdown'): void {
    const { state } = this;
    this.#waiters?.resolve('running');
    if (state.kind === 'live') state.stop(intent);
    else if (state.kind === 'waiting') this.cancel(state, intent === 'stop' ? 'hand' : 'supervisor');
    else if (state.kind === 'idle' && intent === 'stop') this.end('hand', COMPLETED);
  }

  /** Takes it down with its group: what waits for a restart of its own waits for the group now. */
  takeDown(): void {
    if (this.state.kind === 'live') this.state.stop('group');
    else if (this.state.kind === 'waiting') this.state.cancel();
  }

  /** Runs it, where it does not run. */
  start(): void {
    if (this.state.kind !== 'live' || this.state.ending) this.restart();
    else this.#waiters?.resolve('ended');
  }

  /** Runs it anew. A service that is idle yet is started with its supervisor, or its group. */
  restart(): void {
    this.#waiters?.resolve('ended');
    if (this.state.kind === 'live') {
      this.state.stop(this.parent.bus.busy ? 'restart-later' : 'restart');
      return;
    }
    if (this.state.kind === 'idle') return;
    this.forgetAttempts();
    if (this.state.kind === 'ended') {
      this.parent.revived(this);
      this.state = new Pause(this, undefined);
    }
    if (!this.parent.startsGroup(this)) this.state.soon();
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
    this.hasEnded();
  }

  /** Cuts it off, and says so where it was not down for good. */
  cut(): void {
    const { state } = this;
    const end = state.kind === 'waiting' ? state.last : state.kind === 'live' ? COMPLETED : undefined;
    this.unsubscribe();
    this.parent.settled(this, 'supervisor', undefined);
    if (end !== undefined) this.say(end, true);
  }

  protected hasEnded(): void {
    this.#waiters?.resolve('ended');
    this.#waiters?.resolve('running'); // for good: they would wait for ever
  }
}
