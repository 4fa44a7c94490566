import { Subscriber, type SchedulerLike, type Subscription, UnsubscriptionError } from 'rxjs';
import { COMPLETED, type Termination } from './termination.js';
import { isObject } from './check.js';
import { ShutdownTimeoutError, StartTimeoutError } from './errors.js';
import { type Input, toInput } from './input.js';
import type { Service, ServiceContext } from './service.js';
import type { ServiceSettings } from './settings.js';
import { after } from './timer.js';

/**
 * Why a run was asked to stop, and so what becomes of its service then.
 *
 * - `late`: it was not ready in time; its policy decides
 * - `stop`: by hand; it stays down
 * - `restart`: by hand; it runs again
 * - `shutdown`: its supervisor stops
 */
export type Intent = 'late' | 'stop' | 'restart' | 'shutdown';

/** What a run needs of the service it is a run of. */
export interface RunOwner {
  readonly service: Service;
  readonly settings: ServiceSettings;
  readonly scheduler: SchedulerLike;
  /** Path from the root. */
  readonly path: string;
  /** The reason that goes with the abort of the signal; `undefined` for the default. */
  readonly reason: unknown;
  contextOf(run: Run): ServiceContext;
  enter(): void;
  leave(): void;
  /** The run changed its status. */
  changed(run: Run): void;
  /** The run has ended, and its teardown is done. */
  ended(run: Run, end: Termination): void;
  /** The run did not end within its grace, and is cut. */
  timedOut(run: Run): void;
  /** A teardown threw where the run has failed already, or is not listened to any more. */
  swallowed(error: unknown): void;
}

/** One run of a service: the subscriber of what the service's function returned, which also knows how to stop that. */
// eslint-disable-next-line rxjs-x/no-subclass -- one object for the subscriber and the run: most of what an idle service weighs
export class Run extends Subscriber<unknown> {
  status: 'starting' | 'running' | 'stopping';
  /** Why it was asked to stop; undefined while it was not. */
  intent: Intent | undefined = undefined;
  /** While it is opened a stop has to wait: what is to be stopped is not in our hands yet. */
  #phase: 'new' | 'calling' | 'subscribing' | 'open' | 'over' = 'new';
  /** How it ended, where that is known before it can be said. */
  #end: Termination | undefined = undefined;
  /** Made when first read. */
  #controller: AbortController | undefined = undefined;
  #close: Input['close'] = undefined;
  /** Of the start, then of the grace. */
  #timer: Subscription | undefined = undefined;

  constructor(
    readonly owner: RunOwner,
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

  get signal(): AbortSignal {
    const controller = (this.#controller ??= new AbortController());
    // read only after it was asked to end
    const asked = this.intent !== undefined && this.#phase !== 'calling';
    if (asked || this.#isOver()) controller.abort(this.owner.reason);
    return controller.signal;
  }

  /** Calls the service's function, and subscribes to what it returns. */
  open(): void {
    const { owner } = this;
    if (this.#phase === 'over') return;
    if (this.intent === undefined) {
      if (this.status === 'starting') {
        this.#timer = after(owner.scheduler, owner.settings.startTimeout, late, this);
      }
      this.#phase = 'calling';
      try {
        this.#take(owner.service.run(owner.contextOf(this)));
      } catch (error) {
        this.#threw(error);
      }
      if (this.#isOver()) return;
    }
    this.#phase = 'open';
    if (this.#end !== undefined) this.#finish(this.#end);
    else if (this.closed) this.#finish(COMPLETED);
    else if (this.intent !== undefined) this.#askToEnd();
  }

  #take(returned: ReturnType<Service['run']>): void {
    const { values$, hot, close } = toInput(returned);
    // what is cold need not begin where a stop came while the function was being called
    const wanted = !this.closed && this.intent === undefined;
    this.#close = close;
    if (!wanted && close === undefined) this.#silence();
    if (this.#isOver()) close?.(() => undefined);
    else this.#phase = 'subscribing';
    // a promise is listened to in any case, or its rejection would be nobody's
    if (wanted || hot) values$.subscribe(this);
  }

  /** The function or the subscribing threw. */
  #threw(error: unknown): void {
    // closed: it had ended before, and this comes out of a teardown
    if (this.#isOver() || this.#end?.kind === 'failed') this.owner.swallowed(unwrapped(error));
    else this.#end = { kind: 'failed', error: this.closed || this.#end ? unwrapped(error) : error };
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
    this.intent = intent;
    if (asked) return;
    if (this.#phase === 'open') this.#askToEnd();
    else if (this.#phase === 'subscribing') this.#askWhileSubscribing();
  }

  /** Cuts it off, without a word. */
  kill(): void {
    if (this.#isOver()) return;
    this.#phase = 'over';
    this.#timer?.unsubscribe();
    this.owner.enter();
    this.#controller?.abort(this.owner.reason);
    const thrown = this.#silence();
    if (thrown !== undefined) this.owner.swallowed(thrown.error);
    this.owner.leave();
  }

  /** A synchronous source is to see it at once, by its signal or by being closed; the rest when subscribe() has returned. */
  #askWhileSubscribing(): void {
    this.#controller?.abort(this.owner.reason);
    if (this.#waits) return;
    const thrown = this.#silence();
    if (thrown !== undefined) this.#end ??= { kind: 'failed', ...thrown };
  }

  /** Whether it is given its grace: it can know that it is to end. */
  get #waits(): boolean {
    return this.owner.settings.shutdown > 0 && (this.#close !== undefined || this.#controller !== undefined);
  }

  #askToEnd(): void {
    const { owner } = this;
    const { shutdown } = owner.settings;
    this.#timer?.unsubscribe();
    owner.enter();
    this.#controller?.abort(owner.reason);
    if (!this.#isOver()) {
      if (this.#waits) {
        this.#timer = after(owner.scheduler, shutdown, outOfGrace, this);
        this.#close?.((failure) => {
          if (failure === undefined) this.complete();
          else this.error(failure.error);
        });
        if (!this.#isOver()) {
          this.status = 'stopping';
          owner.changed(this);
        }
      } else this.#finish(COMPLETED);
    }
    owner.leave();
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
    this.owner.timedOut(this);
    this.#finish({ kind: 'failed', error: new ShutdownTimeoutError([this.owner.path]) });
  }

  /** First the teardown, then the word: ports, locks and files are free when it is said. */
  #finish(end: Termination): void {
    if (this.#isOver()) return;
    const { owner } = this;
    this.#phase = 'over';
    this.#timer?.unsubscribe();
    // before the teardown, in which a stop may be asked for
    const outcome = this.#asOwn(this.#end ?? end);
    owner.enter();
    const thrown = this.#silence();
    if (thrown !== undefined && outcome.kind === 'failed') owner.swallowed(thrown.error);
    owner.ended(this, thrown !== undefined && outcome.kind === 'completed' ? { kind: 'failed', ...thrown } : outcome);
    owner.leave();
  }

  /** Whatever is the abort's own, where one was asked for, is no failure. */
  #asOwn(end: Termination): Termination {
    if (this.intent === undefined || end.kind === 'completed') return end;
    const { error } = end;
    const reason: unknown = this.#controller?.signal.reason ?? this.owner.reason;
    const own =
      (reason !== undefined && error === reason) || (isObject(error) && 'name' in error && error.name === 'AbortError');
    return own ? COMPLETED : end;
  }

  /** Unsubscribes, and gives back what a teardown threw. */
  #silence(): { error: unknown } | undefined {
    try {
      this.unsubscribe();
      return undefined;
    } catch (error) {
      return { error: unwrapped(error) };
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

/** What one teardown threw, as it was thrown. */
function unwrapped(error: unknown): unknown {
  return error instanceof UnsubscriptionError && error.errors.length === 1 ? (error.errors[0] as unknown) : error;
}
