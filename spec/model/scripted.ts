import { Observable, Subscription } from 'rxjs';
import type { RestartOptions, Service, ServiceContext, ServiceOptions } from '../../lib/index.js';
import { type DelayPlan, LASTING, type Place, type PolicyPlan, type RunPlan, type ServicePlan } from './history.js';

/** Where scripted services play. */
export interface Stage {
  later(work: () => void, delay: number): Subscription;
  /** Observables of services that are subscribed to now. */
  live: number;
  /** Timers of promises, which nobody can cancel. */
  ownTimers: number;
  note(
    entry:
      | { kind: 'called'; service: string; restarts: number; name: string; nth: number }
      | { kind: 'aborted' | 'opened' | 'closed'; service: string }
      | { kind: 'sent'; service: string; value: string },
  ): void;
  /** Other code than the library's is reached, which may do or throw anything. */
  reach(place: Place): void;
}

/** A service that does what its plan says; `anew`: each time that its supervisor runs. */
export function scripted(stage: Stage, name: string, plan: ServicePlan, path: string, anew: boolean): Service<string> {
  const { runs, restart, shutdown, readyOn, startTimeout, significant } = plan;
  const rest = { shutdown, readyOn, startTimeout, significant, restart: restart && restartOptions(stage, restart) };
  const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as ServiceOptions;
  let calls = 0;
  return {
    name,
    options,
    run(context) {
      const { restarts } = context;
      const nth = anew ? restarts : calls++;
      stage.note({ kind: 'called', service: path, restarts, name: context.name, nth });
      stage.reach('function');
      return new ScriptedRun(stage, path, nth, runs[nth] ?? LASTING).open(context);
    },
  };
}

const ownAbort = () => new DOMException('of its own', 'AbortError');

class ScriptedRun {
  readonly #label: string;

  constructor(
    readonly stage: Stage,
    readonly name: string,
    nth: number,
    readonly plan: RunPlan,
  ) {
    this.#label = `${name}${nth}`;
  }

  open(context: ServiceContext): Observable<string> | Promise<string> | AsyncIterable<string> | undefined {
    const { as = 'observable', readyAt, stop } = this.plan;
    if (as === 'throw') throw this.#error();
    if (as === 'nothing') return undefined;
    const signal = stop && context.signal;
    if (readyAt === 0) context.ready();
    if (as === 'promise') return this.#promise(signal);
    if (as === 'generator') return this.#generator(signal);
    return this.#observable(signal, context.ready);
  }

  #error = () => new Error(this.#label);

  #observable(signal: AbortSignal | undefined, ready: () => void): Observable<string> {
    const { stage, name, plan } = this;
    return new Observable((subscriber) => {
      stage.note({ kind: 'opened', service: name });
      const timers = new Subscription();
      const at = (time: number, work: () => void) => {
        if (time > 0) timers.add(stage.later(work, time));
        else if (!subscriber.closed) work();
      };
      const end = (how: 'complete' | 'error' | 'abort' | 'reason') => {
        if (how === 'complete') subscriber.complete();
        else subscriber.error(how === 'error' ? this.#error() : how === 'abort' ? ownAbort() : signal?.reason);
      };
      const aborted = () => {
        stage.note({ kind: 'aborted', service: name });
        stage.reach('signal');
        const { after, how } = plan.stop ?? { after: Infinity, how: 'complete' };
        if (after === Infinity) return;
        at(after, () => {
          end(how);
        });
      };
      signal?.addEventListener('abort', aborted);
      if (signal?.aborted) aborted();

      for (const [index, time] of (plan.values ?? []).entries()) {
        at(time, () => {
          const value = `${this.#label}.${index}`;
          if (!subscriber.closed) stage.note({ kind: 'sent', service: name, value });
          subscriber.next(value);
        });
      }
      if (plan.readyAt) at(plan.readyAt, ready);
      if (plan.end) {
        const { how } = plan.end;
        at(plan.end.at, () => {
          end(how);
        });
      }

      // counted now: before, rxjs cannot tear it down
      stage.live++;
      return () => {
        stage.live--;
        timers.unsubscribe();
        signal?.removeEventListener('abort', aborted);
        stage.note({ kind: 'closed', service: name });
        stage.reach('teardown');
        if (plan.unclean) throw new Error(`teardown of ${this.#label}`);
      };
    });
  }

  /** Nobody can cancel it. */
  async #sleep(time: number): Promise<void> {
    this.stage.ownTimers++;
    await new Promise<void>((resolve) => {
      this.stage.later(() => {
        this.stage.ownTimers--;
        resolve();
      }, time);
    });
  }

  async #stopped(signal: AbortSignal): Promise<void> {
    const { after, how } = this.plan.stop ?? { after: 0, how: 'complete' };
    await new Promise<void>((resolve) => {
      const aborted = () => {
        this.stage.note({ kind: 'aborted', service: this.name });
        if (after !== Infinity) resolve();
      };
      if (signal.aborted) aborted();
      else signal.addEventListener('abort', aborted, { once: true });
    });
    if (after > 0) await this.#sleep(after);
    if (how === 'error') throw this.#error();
    if (how === 'abort') throw ownAbort();
    if (how === 'reason') throw signal.reason;
  }

  async #promise(signal: AbortSignal | undefined): Promise<string> {
    const { end } = this.plan;
    const ownEnd = async () => {
      if (end === undefined) return new Promise<never>(() => undefined);
      if (end.at > 0) await this.#sleep(end.at);
      if (end.how !== 'complete') throw end.how === 'error' ? this.#error() : ownAbort();
    };
    await Promise.race([ownEnd(), ...(signal ? [this.#stopped(signal)] : [])]);
    return this.#label;
  }

  async *#generator(signal: AbortSignal | undefined): AsyncGenerator<string, void> {
    try {
      for (const [index, time] of (this.plan.values ?? []).entries()) {
        await this.#sleep(time);
        yield `${this.#label}.${index}`;
      }
      await this.#promise(signal);
    } finally {
      if (this.plan.unclean) await this.#sleep(1);
    }
  }
}

/** The options that a plan stands for. */
export function restartOptions(stage: Stage, { when, delay, ...rest }: PolicyPlan): RestartOptions {
  return {
    ...rest,
    ...(when !== undefined && { when: whenOption(stage, when) }),
    ...(delay !== undefined && { delay: typeof delay === 'number' ? delay : backoff(stage, delay) }),
  };
}

function whenOption(stage: Stage, when: NonNullable<PolicyPlan['when']>): NonNullable<RestartOptions['when']> {
  switch (when) {
    case 'on-completion':
      return ({ kind }) => {
        stage.reach('backoff');
        return kind === 'completed';
      };
    case 'throws':
      return () => {
        throw new Error('thrown by when');
      };
    default:
      return when;
  }
}

function backoff(stage: Stage, delays: readonly DelayPlan[]): Exclude<RestartOptions['delay'], number | undefined> {
  return (attempt, _end, previous) => {
    stage.reach('backoff');
    const delay = delays[Math.min(attempt, delays.length) - 1] as DelayPlan;
    if (typeof delay === 'number') return delay;
    if (delay === 'throws') throw new Error(`thrown by the delay of attempt ${attempt}`);
    if (delay === 'nonsense') return NaN;
    if ('more' in delay) return (previous ?? 0) + delay.more;
    return delayObservable(stage, delay);
  };
}

/** A delay of 0 is a synchronous one. */
function delayObservable(stage: Stage, { after, how }: Extract<DelayPlan, { how: unknown }>): Observable<unknown> {
  return new Observable((subscriber) => {
    const work = () => {
      if (how === 'value') subscriber.next(0);
      else if (how === 'complete') subscriber.complete();
      else subscriber.error(new Error('of the delay'));
    };
    if (after === 0) work();
    else return stage.later(work, after);
    return undefined;
  });
}
