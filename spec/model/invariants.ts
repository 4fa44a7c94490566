import { isAlive, type StatusEvent } from '../../lib/index.js';
import { graceOf, type History, nameOf, policyOf, type ServicePlan, type TreeCommand } from './history.js';
import { type Entry, eventLine, labelOf, type Remains, type Trace } from './trace.js';

/** What holds in every history. */
export interface Invariant {
  readonly sentence: string;
  /** Gives back what contradicts the sentence, in words, for each place where something does. */
  readonly check: (history: History, trace: Trace) => Iterable<string>;
}

export type EventEntry = Extract<Entry, { kind: 'event' }>;

export const invariants: readonly Invariant[] = [
  {
    sentence: 'The events of a service follow the state diagram.',
    *check(history, trace) {
      for (const { plan, entries } of livesOf(history, trace)) {
        let before: StatusEvent | undefined;
        for (const { event } of entries) {
          if (!follows(before, event, plan)) yield `${before ? eventLine(before) : 'idle'} -> ${eventLine(event)}`;
          before = event;
        }
      }
    },
  },
  {
    sentence: 'After a final event only a command brings a service back.',
    *check(history, trace) {
      for (const { name, entries } of livesOf(history, trace)) {
        for (const [last, next] of pairs(entries)) {
          if (!isFinal(last.event) || isFinal(next.event)) continue;
          // the run that ended so is the one whose beginning was told before: a command given since then can be the one
          const began = entries.slice(0, entries.indexOf(last)).findLast(({ event }) => opens(event));
          if (!commanded(trace, name, ['start', 'restart'], began?.time ?? 0, next.time)) yield eventLine(next.event);
        }
      }
    },
  },
  {
    sentence: 'A service has at most one run at a time.',
    *check(_history, { log }) {
      const open = new Set<string>();
      for (const entry of log) {
        if (entry.kind === 'closed') open.delete(entry.service);
        if (entry.kind !== 'opened') continue;
        if (open.has(entry.service)) yield `two runs of ${entry.service} at ${entry.time}`;
        open.add(entry.service);
      }
    },
  },
  {
    sentence:
      'The beginning of a run is told before its function is called, and its teardown is done before its end is told.',
    *check({ reactions }, { log }) {
      const open = new Set<string>();
      const told = new Map<string, StatusEvent>();
      for (const entry of log) {
        if (entry.kind === 'opened') open.add(entry.service);
        if (entry.kind === 'closed') open.delete(entry.service);
        if (entry.kind === 'event') told.set(entry.event.service, entry.event);
        if (entry.kind === 'event' && !isAlive(entry.event.status) && open.has(entry.event.service)) {
          yield eventLine(entry.event);
        }
        // where an observer starts it, that is told after the call
        if (entry.kind !== 'called' || reactions.length > 0) continue;
        const last = told.get(entry.service);
        if (!last || !opens(last) || last.restarts !== entry.restarts)
          yield `${entry.service} is called at ${entry.time}`;
      }
    },
  },
  {
    sentence: 'No event comes after the end of the supervisor, or before its beginning.',
    *check(_history, { log }) {
      let runs = 0;
      for (const [index, entry] of log.entries()) {
        if (entry.kind === 'begun') runs++;
        if (entry.kind === 'ended') runs--;
        if (entry.kind === 'event' && runs === 0) yield `${index}: ${eventLine(entry.event)} at ${entry.time}`;
      }
    },
  },
  {
    sentence: 'At its end each service is idle or ended for good, unless it was unsubscribed from.',
    *check(history, trace) {
      for (const { entries, how } of livesOf(history, trace)) {
        const last = entries.at(-1)?.event;
        if (how !== 'unsubscribed' && last !== undefined && !isFinal(last)) yield eventLine(last);
      }
    },
  },
  {
    sentence: 'Nothing is left behind at its end: no timer, no listener, no subscription.',
    *check(_history, trace) {
      yield* remains('in the end', trace.left);
      let runs = 0;
      for (const entry of trace.log) {
        if (entry.kind === 'begun') runs++;
        // where it was run again in the same instant, what is there is of that run
        if (entry.kind === 'ended' && --runs === 0) yield* remains(`at ${entry.time}`, entry.left);
      }
    },
  },
  {
    sentence: 'It comes to its end when it is aborted, and every command is answered.',
    *check(_history, { log }) {
      const open = new Set<string>();
      for (const entry of log) {
        if (entry.kind === 'begun') open.add(`run #${entry.id}`);
        if (entry.kind === 'ended') open.delete(`run #${entry.id}`);
        if (entry.kind === 'command') open.add(`command #${entry.id}`);
        if (entry.kind === 'answered') open.delete(`command #${entry.id}`);
      }
      yield* open;
    },
  },
  {
    sentence: '`restarts` counts the runs, minus one, whatever started them; the function is told the same number.',
    *check(history, trace) {
      for (const { name, entries } of livesOf(history, trace)) {
        let runs = 0;
        for (const { event } of entries) {
          if (opens(event) && !becomesReady(entries, event)) runs++;
          if (event.restarts !== Math.max(0, runs - 1)) yield `${eventLine(event)}, after ${runs} runs`;
        }
        // in a call that an observer caused, the call can come before what it tells: see the order of events
        let told = -1;
        for (const entry of trace.log) {
          if (entry.kind === 'begun') told = -1;
          if (entry.kind !== 'called' || entry.service !== name) continue;
          if (entry.restarts <= told) yield `${name} called as number ${entry.restarts} after ${told}`;
          told = entry.restarts;
        }
      }
    },
  },
  {
    sentence: 'All observers see the same events in the same order, at the instant at which they happen.',
    *check(_history, trace) {
      const first = eventsIn(trace);
      if (first.length !== trace.lastObserver.length) yield `${first.length} events, and ${trace.lastObserver.length}`;
      for (const [index, { event, time }] of first.entries()) {
        if (trace.lastObserver[index] !== event) yield `number ${index} is another for the last observer`;
        if (event.time !== time) yield `${eventLine(event)} of ${event.time} comes at ${time}`;
      }
    },
  },
  {
    sentence: '`statuses()` is the fold of `status$`, and the same object until something changes.',
    *check(history, trace) {
      if (history.via !== 'run') return;
      const fold = new Map<string, StatusEvent>();
      for (const { event, snapshots = [] } of eventsIn(trace)) {
        fold.set(event.service, event);
        const [snapshot] = snapshots;
        if (snapshot === undefined || snapshots.length !== 3) yield 'a snapshot is missing';
        if (snapshots.some((other) => other !== snapshot)) yield `another object at ${event.time}`;
        for (const [index] of history.plan.services.entries()) {
          const name = nameOf(index);
          const [got, expected] = [snapshot?.get(name), fold.get(name)];
          if (expected ? got !== expected : got?.status !== 'idle') yield `${name} is ${String(got && eventLine(got))}`;
        }
      }
    },
  },
  {
    sentence: 'A restart comes `restartIn` ms after the end that announces it, unless a command or an abort is faster.',
    *check(history, trace) {
      for (const { name, entries } of livesOf(history, trace)) {
        for (const [last, next] of pairs(entries)) {
          const wait = restartIn(last.event);
          if (wait === undefined || next.time === last.time + wait) continue;
          if (next.time > last.time + wait) yield `${eventLine(last.event)} at ${last.time}, then nothing`;
          if (opens(next.event) && !commanded(trace, name, ['start', 'restart'], last.time, next.time)) {
            yield `${eventLine(last.event)} at ${last.time}, restarted at ${next.time}`;
          }
        }
      }
    },
  },
  {
    sentence:
      'A restart never begins in the turn of the scheduler in which the run before ended, but where a command asked for it, from outside or in an earlier turn, and the run was stopped without an error.',
    *check(history, trace) {
      for (const { name, entries } of livesOf(history, trace)) {
        for (const [last, next] of pairs(entries)) {
          if (!opens(next.event) || isAlive(last.event.status) || next.turn > last.turn) continue;
          const began = entries.slice(0, entries.indexOf(last)).findLast(({ event }) => opens(event));
          // stopped before it was started at all: what follows is no restart.
          if (began === undefined) continue;
          const isAsked = trace.log.some(
            (entry) =>
              entry.kind === 'command' &&
              'path' in entry.command &&
              entry.command.path === name &&
              (entry.command.kind === 'restart' || entry.command.kind === 'start') &&
              (entry.from === 'clock' ? entry.turn <= next.turn : entry.turn < next.turn) &&
              entry.turn >= began.turn,
          );
          if (!isAsked || last.event.status === 'failed') yield `${eventLine(last.event)} at ${last.time}`;
        }
      }
    },
  },
  {
    sentence: 'No window of time has more restarts than its limit allows.',
    *check(history, trace) {
      const shared: EventEntry[] = [];
      const lives = livesOf(history, trace);
      for (const { name, plan, entries, index } of lives) {
        const limit = plan.restart?.limit;
        const decided = entries.filter((entry, at) => isDecided(trace, name, entries, entry, at));
        if (limit) yield* overruns(limit, decided);
        else shared.push(...decided.map((each) => ({ ...each, turn: index })));
      }
      const { limit } = history.plan.restart;
      // `turn` is the number of the run of the supervisor here: each has a budget of its own
      const runs = new Set(shared.map(({ turn }) => turn));
      if (limit)
        for (const run of runs)
          yield* overruns(
            limit,
            shared.filter(({ turn }) => turn === run).sort((a, b) => a.time - b.time),
          );
    },
  },
  {
    sentence: '`stopping` is said only of a run that can take its time, and lasts no longer than its grace.',
    *check(history, trace) {
      for (const { plan, entries } of livesOf(history, trace)) {
        for (const [last, next] of pairs(entries)) {
          if (last.event.status !== 'stopping') continue;
          const run = plan.runs[last.event.restarts];
          const grace = graceOf(history.plan, plan);
          const waits = run?.stop !== undefined || run?.as === 'promise' || run?.as === 'generator';
          if (!waits || grace === 0 || next.time > last.time + grace) yield `${eventLine(last.event)} at ${last.time}`;
        }
      }
    },
  },
  {
    sentence: 'What `valuesOf` gives is what the services send while they are listened to.',
    *check(history, { log }) {
      if (history.via !== 'run') return;
      // promises and generators do not say what they send
      const names = history.plan.services.flatMap(({ runs }, index) =>
        runs.some(({ as }) => as === 'promise' || as === 'generator') ? [] : [nameOf(index)],
      );
      const key = ({ turn }: Entry, service: string, value: string) => `${turn} ${service} ${value}`;
      const [sent, received, cut] = [new Set<string>(), new Set<string>(), new Set<string>()];
      for (const entry of log) {
        if (entry.kind === 'sent') sent.add(key(entry, entry.service, entry.value));
        if (entry.kind === 'received') received.add(key(entry, entry.service, entry.value));
        if (entry.kind === 'closed') cut.add(key(entry, entry.service, ''));
      }
      for (const entry of log) {
        if ((entry.kind !== 'sent' && entry.kind !== 'received') || !names.includes(entry.service)) continue;
        const id = key(entry, entry.service, entry.value);
        // where an observer stops the run that becomes ready by its value, that comes too late
        const isLost = !received.has(id) && !cut.has(key(entry, entry.service, ''));
        if (isLost || !sent.has(id)) yield `${entry.service} ${entry.kind} ${entry.value} at ${entry.time}`;
      }
    },
  },
  {
    sentence: 'It ends with an error that its events account for.',
    *check(history, trace) {
      for (const end of trace.log) {
        if (end.kind !== 'ended' || end.how.how !== 'failed') continue;
        const { error } = end.how;
        const finals = eventsIn(trace).flatMap(({ event, time }) =>
          time <= end.time && isFinal(event) ? [event] : [],
        );
        if (!isAccountedFor(history, error, finals)) yield labelOf(error);
      }
    },
  },
  {
    sentence: 'After a stop, an abort or an unsubscribe nothing is started, until a command says so.',
    *check(_history, { log }) {
      const stopped = new Set<string>();
      let isAborted = false;
      for (const entry of log) {
        if (entry.kind === 'begun' && !isRefused(log, entry.id)) {
          isAborted = false;
          stopped.clear();
        }
        if (entry.kind === 'called' && (isAborted || stopped.has(entry.service))) {
          yield `${entry.service} at ${entry.time}`;
        }
        if (entry.kind !== 'command') continue;
        const { command } = entry;
        // while all are being stopped there is nothing that a stop of one could add
        if (command.kind === 'stop') {
          if (!isAborted) stopped.add(command.path);
        } else if (command.kind === 'start' || command.kind === 'restart') stopped.delete(command.path);
        else if (command.kind !== 'run') isAborted = true;
      }
    },
  },
  {
    sentence: 'An unsubscribe aborts the signals of all runs and tears them down, last first, within the call.',
    *check({ plan }, { log }) {
      const asked = log.findIndex((entry) => entry.kind === 'command' && entry.command.kind === 'unsubscribe');
      const ended = log.findIndex((entry) => entry.kind === 'ended' && entry.how.how === 'unsubscribed');
      if (asked < 0 || ended < 0) return;
      const call = log.slice(asked, ended);
      // one that is being subscribed to can only be torn down when that has returned
      const isOpening = (name: string) =>
        log.some(
          ({ kind, turn, ...entry }) =>
            kind === 'opened' && turn === call[0]?.turn && 'service' in entry && entry.service === name,
        );
      const closed = call.flatMap((entry) =>
        entry.kind === 'closed' && !isOpening(entry.service) ? [entry.service] : [],
      );
      if (closed.join() !== closed.toSorted().reverse().join()) yield `in the order ${closed.join()}`;
      for (const [index, service] of plan.services.entries()) {
        const name = nameOf(index);
        const last = lastEventOf(name, log.slice(0, ended));
        const readsSignal = service.runs[last?.restarts ?? 0]?.stop !== undefined;
        const began = log.findLastIndex((entry) => entry.kind === 'opened' && entry.service === name);
        const isAborted = log.slice(began).some((entry) => entry.kind === 'aborted' && entry.service === name);
        if (closed.includes(name) && readsSignal && !isAborted) yield `the signal of ${name} is not aborted`;
      }
    },
  },
  {
    sentence: '`stop` resolves when the service has ended, unless another command takes its place.',
    *check(history, { log }) {
      if (history.via !== 'run') return;
      for (const [index, asked] of log.entries()) {
        if (asked.kind !== 'command' || asked.command.kind !== 'stop') continue;
        const { path } = asked.command;
        const answer = log.findIndex((entry) => entry.kind === 'answered' && entry.id === asked.id);
        const isSuperseded = log
          .slice(index + 1, answer)
          .some(({ kind, ...entry }) => kind === 'command' && 'command' in entry && touches(entry.command, path));
        const last = lastEventOf(path, log.slice(0, answer));
        if (!isSuperseded && last !== undefined && !isFinal(last)) yield `#${asked.id}, after ${eventLine(last)}`;
      }
    },
  },
  {
    sentence: 'A command is refused only where there is no such service, or no supervisor that runs.',
    *check(history, { log }) {
      const refusals: Record<string, string> = {
        start: 'SupervisorStoppedError',
        restart: 'SupervisorStoppedError',
        run: 'SupervisorRunningError RestartLimitError ServiceFailedError ShutdownTimeoutError',
      };
      for (const entry of log) {
        if (entry.kind !== 'answered') continue;
        const asked = log.find((each) => each.kind === 'command' && each.id === entry.id);
        if (asked?.kind !== 'command' || history.via !== 'run') continue;
        const { command } = asked;
        const known = !('path' in command) || history.plan.services.some((_, index) => nameOf(index) === command.path);
        const name = entry.error instanceof Error ? entry.error.name : '';
        if (!known && name !== 'UnknownServiceError') yield `${command.kind} of an unknown service is accepted`;
        if (known && name && !refusals[command.kind]?.includes(name)) yield `${command.kind} rejects: ${name}`;
      }
    },
  },
  {
    sentence:
      'Nothing is thrown where nobody can catch it, but for what observers throw, and no timer but the scheduler is used.',
    *check(_history, { escaped, uncaught, thrownByObservers, realTimers }) {
      yield* escaped.map((error) => `escaped: ${labelOf(error)}`);
      if (uncaught.length !== thrownByObservers) yield `uncaught: ${uncaught.map(labelOf).join()}`;
      if (realTimers !== thrownByObservers) yield `${realTimers} timers`;
    },
  },
];

/** The first sentence that is not true, and why. */
export function contradiction(history: History, trace: Trace): string | undefined {
  for (const { sentence, check } of invariants) {
    const [found] = check(history, trace);
    if (found !== undefined) return `${sentence}\n  But: ${found}`;
  }
  return undefined;
}

// --- what they are made of

export const isFinal = (event: StatusEvent) => 'final' in event && event.final;
export const restartIn = (event: StatusEvent) => ('restartIn' in event ? event.restartIn : undefined);
export const opens = ({ status }: StatusEvent) => status === 'starting' || status === 'running';

export const eventsIn = ({ log }: Trace) => log.filter((entry) => entry.kind === 'event');

function pairs<T>(list: readonly T[]): (readonly [T, T])[] {
  return list.slice(1).map((next, index) => [list[index] as T, next] as const);
}

/** The entries of one service in one run of the supervisor. */
interface ServiceLife {
  readonly name: string;
  readonly plan: ServicePlan;
  readonly entries: readonly EventEntry[];
  /** Which run of the supervisor. */
  readonly index: number;
  readonly how: string;
}

/** Where the promise of a run is answered only after the next one has begun, what that has told is the next one's. */
function livesOf({ plan }: History, { log }: Trace): ServiceLife[] {
  const runs: { entries: EventEntry[]; how: string }[] = [];
  for (const entry of log) {
    if (entry.kind === 'ended') for (const run of runs) run.how ||= entry.how.how;
    // a run that is refused has no events of its own: it is no matter where those that follow are counted
    if (entry.kind === 'begun' && !isRefused(log, entry.id)) runs.push({ entries: [], how: '' });
    if (entry.kind === 'event') runs.at(-1)?.entries.push(entry);
  }
  return runs.flatMap(({ entries, how }, index) =>
    plan.services.map((service, number) => {
      const name = nameOf(number);
      return { name, plan: service, entries: entries.filter(({ event }) => event.service === name), index, how };
    }),
  );
}

export function isRefused(log: readonly Entry[], id: number): boolean {
  return log.some(
    (entry) =>
      entry.kind === 'answered' &&
      entry.id === id &&
      entry.error instanceof Error &&
      entry.error.name === 'SupervisorRunningError',
  );
}

/** Whether such a command was given to the service from one instant to another, both included. */
export function commanded(
  { log }: Trace,
  service: string,
  kinds: readonly string[],
  from: number,
  to: number,
): boolean {
  return log.some(
    (entry) =>
      entry.kind === 'command' &&
      'path' in entry.command &&
      entry.command.path === service &&
      kinds.includes(entry.command.kind) &&
      entry.time >= from &&
      entry.time <= to,
  );
}

/**
 * ```
 * idle -> starting -> running -> stopping -> stopped, failed
 * ```
 * Where it does not say when it is ready, it starts with `running`; and from each of the three there is a way to the end. What is not
 * final is followed by a run, or by a second word that is final.
 */
export function follows(
  before: StatusEvent | undefined,
  { status, ...event }: StatusEvent,
  plan: ServicePlan,
): boolean {
  const first = (plan.readyOn ?? 'start') === 'start' ? 'running' : 'starting';
  const isEnd = status === 'stopped' || status === 'failed';
  switch (before?.status) {
    case undefined:
    case 'idle':
      // stopped by hand before its turn came to be started
      return status === first || (status === 'stopped' && 'final' in event && event.final);
    case 'starting':
      return status === 'running' || status === 'stopping' || isEnd;
    case 'running':
      return status === 'stopping' || isEnd;
    case 'stopping':
      return isEnd;
    default:
      if (before && isFinal(before)) return status === first;
      return status === first || (isEnd && 'final' in event && event.final);
  }
}

/** Whether it is the second word of a run that begins, and not the first. */
function becomesReady(entries: readonly EventEntry[], event: StatusEvent): boolean {
  const index = entries.findIndex((entry) => entry.event === event);
  return event.status === 'running' && entries[index - 1]?.event.status === 'starting';
}

/** Whether it announces a restart that a policy has decided on, and no command. */
function isDecided(
  trace: Trace,
  name: string,
  entries: readonly EventEntry[],
  { event, time }: EventEntry,
  at: number,
): boolean {
  if (!('final' in event) || event.final) return false;
  const began = entries.slice(0, at).findLast((entry) => opens(entry.event));
  return !commanded(trace, name, ['start', 'restart'], began?.time ?? 0, time);
}

const touches = (command: TreeCommand, path: string) =>
  command.kind === 'run' || ('path' in command && command.path === path);

function lastEventOf(service: string, log: readonly Entry[]): StatusEvent | undefined {
  const found = log.findLast((entry) => entry.kind === 'event' && entry.event.service === service);
  return found?.kind === 'event' ? found.event : undefined;
}

function* overruns(
  { restarts, within }: { restarts: number; within: number },
  decided: readonly EventEntry[],
): Generator<string> {
  for (const { time } of decided) {
    const count = decided.filter((other) => other.time <= time && other.time > time - within).length;
    if (count > restarts) yield `${count} restarts within ${within} at ${time}, where ${restarts} are allowed`;
  }
}

export function* remains(when: string, { actions, listeners, subscriptions }: Remains): Generator<string> {
  if (actions > 0) yield `${actions} timers left ${when}`;
  if (listeners > 0) yield `${listeners} listeners left ${when}`;
  if (subscriptions > 0) yield `${subscriptions} subscriptions left ${when}`;
}

function isAccountedFor({ plan }: History, error: unknown, finals: readonly StatusEvent[]): boolean {
  if (!(error instanceof Error)) return false;
  const ofIt = finals.filter(({ service }) => 'service' in error && service === error.service);
  const isCause = (event: StatusEvent) => ('error' in event ? event.error : undefined) === error.cause;
  switch (error.name) {
    case 'SupervisorRunningError':
      return true;
    case 'RestartLimitError': {
      const service = plan.services.find((_, index) => nameOf(index) === ofIt[0]?.service);
      const policy = service && policyOf(plan, service);
      return policy?.limit !== undefined && policy.exhausted === 'escalate' && ofIt.some(isCause);
    }
    case 'ServiceFailedError':
      return ofIt.some((event) => event.status === 'failed' && isCause(event));
    case 'ShutdownTimeoutError': {
      const services = 'services' in error ? (error.services as string[]) : [];
      return (
        services.length > 0 &&
        services.every((name) => finals.some(({ service, status }) => service === name && status === 'failed'))
      );
    }
    default:
      return false;
  }
}
