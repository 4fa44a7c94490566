import { Subscriber, type Subscription } from 'rxjs';
import { COMPLETED, type Termination } from './termination.js';
import { ShutdownTimeoutError, StartTimeoutError } from './errors.js';
import type { Input } from './input.js';
import { endOfStop, teardownError } from './run-end.js';
import type { Intent, RunOwner } from './run-owner.js';
import { after } from './timer.js';

/** One run of a service: the subscriber of what the service's function returned, which also knows how to stop that. */
// eslint-disable-next-line rxjs-x/no-subclass -- one object for the subscriber and the run: most of what an idle service weighs
export class Run extends Subscriber<unknown> {
  status: 'starting' | 'running' | 'stopping';
  /** Why it was asked to stop; undefined while it was not. */
  intent: Intent | undefined = undefined;
  /** While it is opened a stop has to wait: what is to be stopped is not in our hands yet. */
  #phase: 'new' | 'calling' | 'subscribing' | 'open' | 'over' = 'new';
  /** How it ended: noted where that is known before it can be said, and what was said in the end. */
  #end: Termination | undefined = undefined;
  /** Made when first read. */
  #controller: AbortController | undefined = undefined;
  /** Only where it has a way of its own to be ended. */
  #input: Input | undefined = undefined;
  /** Of the start, then of the grace. */
  #timer: Subscription | undefined = undefined;

  constructor(
    readonly owner: RunOwner<Run>,
    /** Where its values go, and, in the end, its end. */
    readonly out: Subscriber<unknown>,
  ) {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- as above; it has no destination, so nothing is forwarded by itself
    super();
    this.status = owner.settings.readyOn === 'start' ? 'running' : 'starting';
  }

  get kind(): 'live' {
    return 'live';
  }

  /** Ready, and not asked to end. */
  get isUp(): boolean {
    return this.status === 'running' && !this.ending;
  }

  /** Asked to end, or at its end. */
  get ending(): boolean {
    return this.intent !== undefined || this.#isOver();
  }

  /** Its end is no command's. */
  get byItself(): boolean {
    return this.intent === undefined || this.intent === 'late';
  }

  /** It is over, by an error. */
  get hasFailed(): boolean {
    return this.#isOver() && this.#end?.kind === 'failed';
  }

  get signal(): AbortSignal {
    const controller = (this.#controller ??= new AbortController());
    // read only after it was asked to end
    const asked = this.intent !== undefined && this.#phase !== 'calling';
    if (asked || this.#isOver()) controller.abort(this.owner.parent.reason);
    return controller.signal;
  }

  /** Calls the service's function, and subscribes to what it returns. */
  open(): void {
    const { owner } = this;
    if (this.#phase === 'over') return;
    // an observer who was told of the start may have stopped the supervisor
    if (owner.parent.stopping) this.intent ??= 'shutdown';
    if (this.intent === undefined) {
      if (this.status === 'starting') {
        this.#timer = after(owner.parent.scheduler, owner.settings.startTimeout, late, this);
      }
      this.#phase = 'calling';
      try {
        this.#take(owner.call(this));
      } catch (error) {
        this.#threw(error);
      }
      if (this.#isOver()) return;
    }
    this.#phase = 'open';
    if (this.#end !== undefined) this.#finish(this.#end);
    else if (this.closed) this.#finishUnbegun();
    else if (this.intent !== undefined) this.#askToEnd();
  }

  #take(input: Input): void {
    const { values$, hot, close } = input;
    // what is cold need not begin where a stop came while the function was being called
    const wanted = !this.closed && this.intent === undefined;
    if (close !== undefined) this.#input = input;
    if (!wanted && close === undefined) this.#silence();
    if (this.#isOver()) close?.(() => undefined);
    else this.#phase = 'subscribing';
    // a promise is listened to in any case, or its rejection would be nobody's
    if (wanted || hot) values$.subscribe(this);
  }

  /** The function or the subscribing threw. */
  #threw(error: unknown): void {
    // closed: it had ended before, and this comes out of a teardown
    if (this.#isOver() || this.#end?.kind === 'failed') this.owner.swallowed(teardownError(error));
    else this.#end = { kind: 'failed', error: this.closed || this.#end ? teardownError(error) : error };
  }

  /** What it is has become ready: `running`. */
  becomeReady(): void {
    if (this.status !== 'starting' || this.intent !== undefined || this.#isOver()) return;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.status = 'running';
    this.owner.changed(this);
  }

  /** Asks it to end; the last intent wins. */
  stop(intent: Intent): void {
    const asked = this.intent !== undefined;
    // the last wins, but a stop by hand stands against a group that goes down, and a restart against one that may wait longer
    const stands =
      (intent === 'group' && this.intent === 'stop') || (intent === 'restart-later' && this.intent === 'restart');
    if (!stands) this.intent = intent;
    if (asked) return;
    if (this.#phase === 'open') this.#askToEnd();
    else if (this.#phase === 'subscribing') this.#askWhileSubscribing();
  }

  /** Cuts it off, without a word. */
  kill(): void {
    if (this.#isOver()) return;
    const { bus, reason } = this.owner.parent;
    this.#phase = 'over';
    this.#timer?.unsubscribe();
    bus.enter();
    this.#controller?.abort(reason);
    const thrown = this.#silence();
    if (thrown !== undefined) this.owner.swallowed(thrown.error);
    bus.leave();
  }

  /** What it was to subscribe to has not begun, or was silenced within it; but its function may have begun something else. */
  #finishUnbegun(): void {
    this.#controller?.abort(this.owner.parent.reason);
    this.#finish(COMPLETED);
  }

  /** A synchronous source is to see it at once, by its signal or by being closed; the rest when subscribe() has returned. */
  #askWhileSubscribing(): void {
    this.#controller?.abort(this.owner.parent.reason);
    this.#input?.quiesce?.(this.owner.parent.reason);
    if (this.#waits) return;
    const thrown = this.#silence();
    if (thrown !== undefined) this.#end ??= { kind: 'failed', ...thrown };
  }

  /** Whether it is given its grace: it can know that it is to end. */
  get #waits(): boolean {
    return this.owner.settings.shutdown > 0 && (this.#input !== undefined || this.#controller !== undefined);
  }

  #askToEnd(): void {
    if (this.#controller === undefined && !this.#waits) {
      this.#finish(COMPLETED);
      return;
    }
    const { bus, reason } = this.owner.parent;
    this.#timer?.unsubscribe();
    bus.enter();
    this.#controller?.abort(reason);
    if (!this.#isOver()) {
      if (this.#waits) this.#giveGrace();
      else this.#finish(COMPLETED);
    }
    bus.leave();
    if (this.#isOver()) this.owner.afterStop(this);
  }

  #giveGrace(): void {
    const { owner } = this;
    this.#timer = after(owner.parent.scheduler, owner.settings.shutdown, outOfGrace, this);
    this.#input?.close?.((failure) => {
      if (failure === undefined) this.complete();
      else this.error(failure.error);
    });
    if (this.#isOver()) return;
    this.status = 'stopping';
    owner.changed(this);
  }

  protected override _next(value: unknown): void {
    if (this.owner.settings.readyOn === 'value') this.becomeReady();
    this.out.next(value);
  }

  protected override _error(error: unknown): void {
    this.#ending({ kind: 'failed', error });
  }

  protected override _complete(): void {
    this.#ending(COMPLETED);
  }

  /** A synchronous source ends before its teardown exists: then the end is noted until subscribe() has returned. */
  #ending(end: Termination): void {
    if (this.#phase === 'open') this.#finish(end);
    else this.#end ??= end;
  }

  /** Not ready within `startTimeout`. */
  late(): void {
    const { path, settings } = this.owner;
    this.#end = { kind: 'failed', error: new StartTimeoutError(path, settings.startTimeout) };
    this.stop('late');
  }

  /** Not ended within `shutdown`. */
  outOfGrace(): void {
    const paths = this.livePaths();
    if (this.#end === undefined) this.owner.timedOut(this, paths);
    this.#finish({ kind: 'failed', error: new ShutdownTimeoutError(paths) });
  }

  /** The services that live in it, by their paths from the root: itself, unless it is a supervisor. */
  livePaths(): readonly string[] {
    const below = this.#input?.livePaths?.() ?? [];
    return below.length > 0 ? below : [this.owner.path];
  }

  /** Where it is a supervisor: nothing in it is restarted from now on. */
  quiesce(reason: unknown): void {
    this.#input?.quiesce?.(reason);
  }

  /** First the teardown, then the word: ports, locks and files are free when it is said. */
  #finish(end: Termination): void {
    if (this.#isOver()) return;
    const { owner } = this;
    this.#phase = 'over';
    this.#timer?.unsubscribe();
    // before the teardown, in which a stop may be asked for
    const asked = !this.byItself;
    const how = this.#end ?? end;
    const outcome =
      this.intent === undefined ? how : endOfStop(how, this.#controller?.signal.reason ?? this.owner.parent.reason);
    owner.parent.bus.enter();
    const thrown = this.#silence();
    if (thrown !== undefined && outcome.kind === 'failed') owner.swallowed(thrown.error);
    this.#end = thrown !== undefined && outcome.kind === 'completed' ? { kind: 'failed', ...thrown } : outcome;
    owner.ended(this, this.#end);
    if (!asked) owner.isDown(this);
    owner.parent.bus.leave();
    if (asked) owner.afterStop(this);
  }

  /** Unsubscribes, and gives back what a teardown threw. */
  #silence(): { error: unknown } | undefined {
    try {
      this.unsubscribe();
      return undefined;
    } catch (error) {
      return { error: teardownError(error) };
    }
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }
}

function late(run: Run): void {
  run.late();
}

function outOfGrace(run: Run): void {
  run.outOfGrace();
}
