import {
  type Command,
  type DelayPlan,
  graceOf,
  type History,
  LASTING,
  nameOf,
  type PolicyPlan,
  policyOf,
  type RunPlan,
  type ServicePlan,
} from './history.js';

/**
 * What a history without re-entrant commands leads to, foretold without the library: no Observable, no signal and no class is in it,
 * but a list of what is due, and for each service a record of where it stands.
 *
 * ```
 * due   1 run a, b    3 a errors    10 a runs again    60 stop b    200 abort
 * ```
 *
 * What is due at the same instant comes in the order in which it was put down, as with every scheduler.
 */
export function foretell(history: History): Prediction {
  const world = new World(history);
  world.agenda.play();
  return world.prediction;
}

export interface Prediction {
  /** As `eventLine()` has them, with their time. */
  readonly events: readonly string[];
  /** For each command, in their order: when it is answered, and how. */
  readonly answers: ReadonlyMap<number, string>;
  /** How the runs of the supervisor end. */
  readonly ends: readonly string[];
}

/** An error as its label; undefined: completed. */
type End = string | undefined;
type Ask = 'late' | 'stop' | 'restart' | 'shutdown';

/** A run. */
interface Up {
  readonly phase: 'up';
  readonly script: RunPlan;
  readonly since: number;
  ready: boolean;
  ask: Ask | undefined;
  /** Not ready in time. */
  late: boolean;
  /** All that it has put down: what it is to do, and what limits its patience. */
  readonly timers: Timer[];
}
/** Between two runs. */
interface Waiting {
  readonly phase: 'waiting';
  timer: Timer | undefined;
}
type Phase = { readonly phase: 'idle' | 'down' } | Up | Waiting;

/** Of one service, in one run of the supervisor. */
interface Standing {
  readonly name: string;
  readonly plan: ServicePlan;
  at: Phase;
  runs: number;
  attempt: number;
  previous: number | undefined;
  /** When its restarts were decided, where it has a limit of its own. */
  readonly decided: number[];
  /** How it ended for good by itself. */
  verdict: { readonly end: End; readonly order: number } | undefined;
  /** The commands that wait until it is up, or until it is down. */
  hopes: { readonly id: number; readonly until: 'up' | 'down' }[];
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly work: () => void;
}

/** Time, and what is due. */
class Agenda {
  now = 0;
  #order = 0;
  readonly #due = new Set<Timer>();

  after(delay: number, work: () => void): Timer {
    const timer = { at: this.now + delay, order: this.#order++, work };
    if (delay !== Infinity) this.#due.add(timer);
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (timer !== undefined) this.#due.delete(timer);
  }

  play(): void {
    for (;;) {
      let next: Timer | undefined;
      for (const each of this.#due) {
        if (next === undefined || each.at < next.at || (each.at === next.at && each.order < next.order)) next = each;
      }
      if (next === undefined) return;
      this.#due.delete(next);
      this.now = next.at;
      next.work();
    }
  }
}

/** The commands, and what they are given to. */
class World {
  readonly agenda = new Agenda();
  readonly prediction = { events: [] as string[], answers: new Map<number, string>(), ends: [] as string[] };
  #group: Group | undefined;
  #wasRun = false;

  constructor(readonly history: History) {
    for (const [id, command] of history.commands.entries()) {
      this.agenda.after(command.at, () => {
        const answer = history.via === 'run' ? this.#obey(command, id) : this.#obeyObservable(command, id);
        if (answer !== undefined) this.answer(id, answer);
      });
    }
  }

  tell(words: string): void {
    this.prediction.events.push(`${this.agenda.now} ${words}`);
  }

  answer(id: number, how: string): void {
    this.prediction.answers.set(id, `${this.agenda.now} ${how}`);
  }

  /** Gives back the answer, where there is one at once. */
  #obey(command: Command, id: number): string | undefined {
    const group = this.#group;
    switch (command.kind) {
      case 'run':
        if (group !== undefined) return 'SupervisorRunningError';
        this.#begin(id);
        return undefined;
      case 'abort':
        group?.stop(undefined);
        return 'resolves';
      case 'shutdown':
        if (group === undefined) return 'resolves';
        group.farewells.push(id);
        group.stop(undefined);
        return undefined;
      case 'unsubscribe':
        return 'resolves';
      default:
        return this.#obeyPath(command.kind, command.path, id);
    }
  }

  #obeyPath(kind: 'stop' | 'start' | 'restart', path: string, id: number): string | undefined {
    const index = this.history.plan.services.findIndex((_, number) => nameOf(number) === path);
    if (index < 0) return `UnknownServiceError ${path}`;
    if (kind === 'stop') {
      if (this.#group === undefined) return 'resolves';
      this.#group.stopOne(index, id);
    } else {
      if (this.#group === undefined || this.#group.isStopping) return 'SupervisorStoppedError';
      this.#group.startOne(index, id, kind === 'restart');
    }
    return undefined;
  }

  #obeyObservable({ kind }: Command, id: number): string {
    if (kind === 'run' && !this.#wasRun) this.#begin(id);
    if (kind === 'abort') this.#group?.stop(undefined);
    if (kind === 'unsubscribe' && this.#group !== undefined) {
      this.#group.cut();
      this.#group = undefined;
      this.prediction.ends.push(`${this.agenda.now} unsubscribed`);
    }
    return 'resolves';
  }

  #begin(id: number): void {
    this.#wasRun = true;
    this.#group = new Group(this, (error, farewells) => {
      this.#group = undefined;
      this.prediction.ends.push(`${this.agenda.now} ${error ?? 'completed'}`);
      for (const each of farewells) this.answer(each, 'resolves');
      if (this.history.via === 'run') this.answer(id, error ?? 'resolves');
    });
    this.#group.start();
  }
}

/** One run of a supervisor. */
class Group {
  /** The commands that wait for its end. */
  readonly farewells: number[] = [];
  readonly #standings: Standing[];
  readonly #agenda: Agenda;
  readonly #decided: number[] = [];
  readonly #late: string[] = [];
  #phase: 'starting' | 'running' | 'stopping' | 'over' = 'starting';
  #error: string | undefined;
  /** Those to be stopped yet, the next one first; and those of whom the end is awaited. */
  #toStop: Standing[] = [];
  readonly #awaited = new Set<Standing>();
  #ends = 0;

  constructor(
    readonly world: World,
    readonly over: (error: string | undefined, farewells: readonly number[]) => void,
  ) {
    this.#agenda = world.agenda;
    this.#standings = world.history.plan.services.map((plan, index) => ({
      name: nameOf(index),
      plan,
      at: { phase: 'idle' },
      runs: 0,
      attempt: 0,
      previous: undefined,
      decided: [],
      verdict: undefined,
      hopes: [],
    }));
  }

  get #plan() {
    return this.world.history.plan;
  }

  get isStopping(): boolean {
    return this.#phase === 'stopping' || this.#phase === 'over';
  }

  start(): void {
    for (const each of this.#standings) if (!this.isStopping) this.#run(each);
    if (this.isStopping) return;
    this.#phase = 'running';
    this.#consider();
  }

  // --- one run of one service

  #run(each: Standing): void {
    const script = each.plan.runs[each.runs] ?? LASTING;
    const { readyOn = 'start', startTimeout = Infinity } = each.plan;
    const up: Up = {
      phase: 'up',
      script,
      since: this.#agenda.now,
      ready: readyOn === 'start',
      ask: undefined,
      late: false,
      timers: [],
    };
    each.at = up;
    each.runs++;
    this.#tell(each, up.ready ? 'running' : 'starting');
    const due = (at: number, work: () => void) => up.timers.push(this.#agenda.after(at, work));
    if (up.ready) this.#fulfil(each, 'up');
    else
      due(startTimeout, () => {
        if (up.ready || up.ask !== undefined) return;
        up.late = true;
        this.#ask(each, up, 'late');
      });

    const { as = 'observable', values = [], readyAt, end } = script;
    if (as !== 'observable') {
      this.#end(each, up, as === 'throw' ? this.#failure(each) : undefined, true);
      return;
    }
    const ready = () => {
      if (up.ready || up.ask !== undefined) return;
      up.ready = true;
      this.#tell(each, 'running');
      this.#fulfil(each, 'up');
    };
    if (readyOn === 'ready' && readyAt !== undefined) {
      if (readyAt === 0) ready();
      else due(readyAt, ready);
    }
    if (readyOn === 'value') for (const at of values) if (at === 0) ready();
    if (readyOn === 'value') for (const at of values) if (at > 0) due(at, ready);
    if (end === undefined) return;
    const how = end.how === 'abort' ? 'AbortError' : end.how === 'error' ? this.#failure(each) : undefined;
    if (end.at === 0) this.#end(each, up, how);
    else
      due(end.at, () => {
        this.#end(each, up, how);
      });
  }

  #failure(each: Standing): string {
    return `Error ${each.name}${each.runs - 1}`;
  }

  #ask(each: Standing, up: Up, ask: Ask): void {
    const again = up.ask !== undefined;
    up.ask = ask;
    if (again) return;
    const { stop } = up.script;
    if (stop?.after === 0) this.#stopsItself(each, up, stop.how);
    if (each.at !== up) return;
    const grace = graceOf(this.#plan, each.plan);
    if (stop === undefined || grace === 0) {
      this.#end(each, up, undefined);
      return;
    }
    up.timers.push(
      this.#agenda.after(stop.after, () => {
        this.#stopsItself(each, up, stop.how);
      }),
    );
    up.timers.push(
      this.#agenda.after(grace, () => {
        // one that was not ready in time fails by that
        if (up.ask === 'shutdown' && !up.late) this.#late.push(each.name);
        this.#end(each, up, `ShutdownTimeoutError ${each.name}`);
      }),
    );
    this.#tell(each, 'stopping');
  }

  #stopsItself(each: Standing, up: Up, how: NonNullable<RunPlan['stop']>['how']): void {
    this.#end(each, up, how === 'error' ? this.#failure(each) : undefined);
  }

  /** `calling`: it has ended before there was anything to tear down. */
  #end(each: Standing, up: Up, how: End, calling = false): void {
    for (const timer of up.timers) this.#agenda.cancel(timer);
    // whoever is asked to end may end by an abort
    const own = up.ask !== undefined && how === 'AbortError' ? undefined : how;
    let end = up.late ? `StartTimeoutError ${each.name}` : own;
    if (up.script.unclean && !calling) end ??= `Error teardown of ${each.name}${each.runs - 1}`;
    if (up.ask === 'stop') this.#down(each, 'asked', end);
    else if (this.isStopping) this.#down(each, 'asked', end);
    else if (up.ask === 'restart') this.#again(each, end);
    else this.#decide(each, end, this.#agenda.now - up.since);
  }

  // --- from one run to the next

  /** A restart by hand: at once, where it stopped as it should; a turn later, where it failed. */
  #again(each: Standing, end: End): void {
    this.#forget(each);
    if (end === undefined) {
      this.#tellEnd(each, end, false, 0);
      this.#run(each);
      return;
    }
    this.#wait(each, 0, () => {
      this.#run(each);
    });
    this.#tellEnd(each, end, false, 0);
  }

  #forget(each: Standing): void {
    each.attempt = 0;
    each.previous = undefined;
  }

  #wait(each: Standing, time: number, work: () => void): void {
    each.at = { phase: 'waiting', timer: this.#agenda.after(time, work) };
  }

  #decide(each: Standing, end: End, lasted: number): void {
    const policy = policyOf(this.#plan, each.plan);
    if (policy.when === 'throws') {
      this.#down(each, 'itself', 'Error thrown by when');
      return;
    }
    const isWanted = {
      always: true,
      never: false,
      'on-failure': end !== undefined,
      'on-completion': end === undefined,
    }[policy.when];
    if (!isWanted || policy.delay === Infinity) {
      this.#down(each, 'itself', end);
      return;
    }
    const decided = each.plan.restart?.limit ? each.decided : this.#decided;
    if (policy.limit && isReached(policy.limit, decided, this.#agenda.now)) {
      this.#down(each, 'itself', end, policy.exhausted === 'escalate' ? `RestartLimitError ${each.name}` : undefined);
      return;
    }
    if (lasted >= policy.resetAfter) this.#forget(each);
    const delay = delayOf(policy.delay, each.attempt + 1, each.previous);
    if (typeof delay === 'string' || delay === Infinity) {
      this.#down(each, 'itself', typeof delay === 'string' ? delay : end);
      return;
    }
    each.attempt++;
    each.previous = typeof delay === 'number' ? delay : undefined;
    decided.push(this.#agenda.now);
    if (typeof delay === 'number') this.#waitFor(each, delay, end);
    else this.#waitOn(each, delay, end);
  }

  #waitFor(each: Standing, delay: number, end: End): void {
    this.#wait(each, delay, () => {
      this.#run(each);
    });
    this.#tellEnd(each, end, false, delay);
  }

  #waitOn(each: Standing, { after, how }: DelayObservable, end: End): void {
    const last = how === 'error' ? 'Error of the delay' : end;
    if (after === 0 && how !== 'value') {
      this.#down(each, 'itself', last);
      return;
    }
    this.#wait(each, after, () => {
      if (how === 'value') this.#run(each);
      else this.#down(each, 'itself', last);
    });
    this.#tellEnd(each, end, false);
  }

  // --- ends

  #down(each: Standing, by: 'itself' | 'asked', end: End, error?: string): void {
    each.at = { phase: 'down' };
    if (by === 'itself') each.verdict = { end, order: this.#ends++ };
    this.#tellEnd(each, end, true);
    if (error !== undefined) this.stop(error);
    if (this.#awaited.delete(each)) this.#advance();
    this.#consider();
    this.#fulfil(each, 'up');
    this.#fulfil(each, 'down');
  }

  /** Whether it ends by itself. */
  #consider(): void {
    if (this.#phase !== 'running' || this.#plan.autoShutdown === 'never') return;
    const verdicts = this.#standings.flatMap(({ name, plan, verdict }) =>
      plan.significant === false ? [] : [{ name, order: verdict?.order ?? Infinity, end: verdict?.end }],
    );
    if (verdicts.length === 0 || verdicts.some(({ order }) => order === Infinity)) return;
    const [first] = verdicts.filter(({ end }) => end !== undefined).sort((a, b) => a.order - b.order);
    this.stop(first && `ServiceFailedError ${first.name}`);
  }

  stop(error: string | undefined): void {
    if (this.isStopping) return;
    this.#phase = 'stopping';
    this.#error = error;
    this.#toStop = this.#standings.toReversed();
    for (const each of this.#toStop) if (each.at.phase === 'waiting') this.#giveUp(each, each.at);
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      if (this.#plan.stopOrder === 'reverse' && this.#awaited.size > 0) return;
      const next = this.#toStop.shift();
      if (next === undefined) break;
      if (next.at.phase !== 'up') continue;
      this.#fulfil(next, 'up');
      this.#ask(next, next.at, 'shutdown');
      if (isUp(next)) this.#awaited.add(next);
    }
    if (this.#awaited.size > 0 || this.#phase === 'over') return;
    this.#phase = 'over';
    const late = this.#late.length > 0 ? `ShutdownTimeoutError ${this.#late.join()}` : undefined;
    this.over(this.#error ?? late, this.farewells);
  }

  /** Unsubscribed from. */
  cut(): void {
    this.#phase = 'over';
    for (const { at } of this.#standings) {
      if (at.phase === 'waiting') this.#agenda.cancel(at.timer);
      if (at.phase === 'up') for (const timer of at.timers) this.#agenda.cancel(timer);
    }
  }

  // --- commands

  #giveUp(each: Standing, { timer }: Waiting): void {
    this.#agenda.cancel(timer);
    this.#down(each, 'asked', undefined);
  }

  stopOne(index: number, id: number): void {
    const each = this.#standings[index] as Standing;
    if (!this.isStopping) {
      this.#fulfil(each, 'up');
      if (each.at.phase === 'up') this.#ask(each, each.at, 'stop');
      else if (each.at.phase === 'waiting') this.#giveUp(each, each.at);
    }
    if (each.at.phase === 'up') each.hopes.push({ id, until: 'down' });
    else this.world.answer(id, 'resolves');
  }

  startOne(index: number, id: number, anew: boolean): void {
    const each = this.#standings[index] as Standing;
    this.#fulfil(each, 'down');
    if (each.at.phase === 'up' && each.at.ask === undefined && !anew) {
      if (each.at.ready) this.world.answer(id, 'resolves');
      else each.hopes.push({ id, until: 'up' });
      return;
    }
    each.hopes.push({ id, until: 'up' });
    if (each.at.phase === 'up') {
      this.#ask(each, each.at, 'restart');
      return;
    }
    this.#forget(each);
    each.verdict = undefined;
    if (each.at.phase === 'waiting') this.#agenda.cancel(each.at.timer);
    this.#run(each);
  }

  #fulfil(each: Standing, goal: 'up' | 'down'): void {
    for (const { id, until } of each.hopes) if (until === goal) this.world.answer(id, 'resolves');
    each.hopes = each.hopes.filter(({ until }) => until !== goal);
  }

  // --- words

  #tell({ name, runs }: Standing, status: string, details: readonly string[] = []): void {
    this.world.tell([name, status, `restarts=${Math.max(0, runs - 1)}`, ...details].join(' '));
  }

  #tellEnd(each: Standing, end: End, final: boolean, restartIn?: number): void {
    const status = end === undefined ? 'stopped' : 'failed';
    const details = [restartIn === undefined ? [] : `restartIn=${restartIn}`, end === undefined ? [] : `error=${end}`];
    this.#tell(each, status, [`final=${String(final)}`, ...details.flat()]);
  }
}

/** Asked anew: what was done in between may have changed it. */
const isUp = ({ at }: Standing): boolean => at.phase === 'up';

const isReached = ({ restarts, within }: NonNullable<PolicyPlan['limit']>, decided: readonly number[], now: number) =>
  decided.filter((time) => time > now - within).length >= restarts;

type DelayObservable = Extract<DelayPlan, { readonly how: unknown }>;

/** A number, an Observable, or the label of the error that it is. */
function delayOf(
  delay: NonNullable<PolicyPlan['delay']>,
  attempt: number,
  previous = 0,
): number | DelayObservable | string {
  if (typeof delay === 'number') return delay;
  const chosen = delay[Math.min(attempt, delay.length) - 1] as DelayPlan;
  if (chosen === 'throws') return `Error thrown by the delay of attempt ${attempt}`;
  if (chosen === 'nonsense') return 'RangeError';
  return typeof chosen === 'object' && 'more' in chosen ? previous + chosen.more : chosen;
}
