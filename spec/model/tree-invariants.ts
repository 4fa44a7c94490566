import { isAlive, type StatusEvent } from '../../lib/index.js';
import { type LeafPlan, LASTING, type NodePlan, parentOf, pathIn, type TreeHistory, type TreePlan } from './history.js';
import {
  commanded,
  type EventEntry,
  eventsIn,
  follows,
  isFinal,
  isRefused,
  opens,
  remains,
  restartIn,
} from './invariants.js';
import { type Entry, eventLine, labelOf, type Trace } from './trace.js';

/** What holds in every history of a tree. */
export interface TreeInvariant {
  readonly sentence: string;
  /** Whether it can be seen from outside only where nothing is re-entrant and nothing is a promise. */
  readonly plain?: boolean;
  readonly check: (this: void, story: Story) => Iterable<string>;
}

/** A history that was played. */
interface Story {
  readonly history: TreeHistory;
  readonly trace: Trace;
  readonly log: readonly Entry[];
  /** Of each run of each service: from where it is made, or where its supervisor starts anew, to where that ends. */
  readonly lives: readonly Life[];
  /** All plans that a service of this path may have. */
  readonly plansOf: (this: void, path: string) => readonly NodePlan[];
  /** Its only plan. */
  readonly planOf: (this: void, path: string) => NodePlan | undefined;
  readonly supervisorOf: (this: void, path: string) => TreePlan | undefined;
}

interface Life {
  readonly path: string;
  readonly entries: EventEntry[];
  /** Of the run of its supervisor; the same for siblings. */
  readonly era: string;
}

export const treeInvariants: readonly TreeInvariant[] = [
  {
    sentence: 'The events of each path follow the state diagram.',
    *check({ lives, plansOf }) {
      for (const { path, entries } of lives) {
        let before: StatusEvent | undefined;
        for (const { event } of entries) {
          const fits = plansOf(path).some((plan) => follows(before, event, 'supervisor' in plan ? LASTING_PLAN : plan));
          if (!fits) yield `${before ? eventLine(before) : 'idle'} -> ${eventLine(event)}`;
          before = event;
        }
      }
    },
  },
  {
    sentence: '`restarts` counts the runs since the supervisor started, minus one.',
    *check({ lives }) {
      for (const { entries } of lives) {
        let runs = 0;
        let before: StatusEvent | undefined;
        for (const { event } of entries) {
          if (opens(event) && before?.status !== 'starting') runs++;
          if (event.restarts !== Math.max(0, runs - 1)) yield `${eventLine(event)}, after ${runs} runs`;
          before = event;
        }
      }
    },
  },
  {
    sentence: 'A service is told its path from the root.',
    *check({ log }) {
      for (const entry of log) {
        if (entry.kind === 'called' && entry.name !== entry.service) yield `${entry.service} is told ${entry.name}`;
      }
    },
  },
  {
    sentence: 'A service has at most one run at a time, and its teardown is done before its end is told.',
    *check({ log }) {
      const open = new Set<string>();
      for (const entry of log) {
        if (entry.kind === 'closed') open.delete(entry.service);
        if (entry.kind === 'opened') {
          if (open.has(entry.service)) yield `two runs of ${entry.service} at ${entry.time}`;
          open.add(entry.service);
        }
        if (entry.kind === 'event' && !isAlive(entry.event.status) && open.has(entry.event.service)) {
          yield eventLine(entry.event);
        }
      }
    },
  },
  {
    sentence: 'A service begins only while its supervisor is running.',
    *check({ log }) {
      const last = new Map<string, StatusEvent>();
      for (const entry of log) {
        if (entry.kind !== 'event') continue;
        const { event } = entry;
        const before = last.get(event.service);
        last.set(event.service, event);
        if (!opens(event) || before?.status === 'starting') continue;
        const parent = parentOf(event.service);
        if (parent !== '' && last.get(parent)?.status !== 'running') yield eventLine(event);
      }
    },
  },
  {
    sentence: 'It never outlives its supervisor: at the end of that, all below have ended for good, leaves first.',
    *check({ log }) {
      const last = new Map<string, StatusEvent>();
      const open = new Set<string>();
      for (const entry of log) {
        if (entry.kind === 'opened') open.add(entry.service);
        if (entry.kind === 'closed') open.delete(entry.service);
        if (entry.kind !== 'event') continue;
        const { event } = entry;
        last.set(event.service, event);
        if (isAlive(event.status)) continue;
        const below = `${event.service}/`;
        for (const path of open) if (path.startsWith(below)) yield `${path} is open at ${eventLine(event)}`;
        for (const [path, other] of last) {
          if (path.startsWith(below) && !isFinal(other)) yield `${eventLine(other)} at ${eventLine(event)}`;
        }
      }
    },
  },
  {
    sentence:
      'No event comes after the end of the root, or before its beginning; each service is idle or ended for good then.',
    *check({ log }) {
      let runs = 0;
      const last = new Map<string, StatusEvent>();
      for (const entry of log) {
        if (entry.kind === 'begun') runs++;
        if (entry.kind === 'event') {
          if (runs === 0) yield `${eventLine(entry.event)} at ${entry.time}`;
          last.set(entry.event.service, entry.event);
        }
        if (entry.kind !== 'ended') continue;
        runs--;
        if (runs > 0 || entry.how.how === 'unsubscribed') continue;
        for (const event of last.values()) if (!isFinal(event)) yield eventLine(event);
      }
    },
  },
  {
    sentence: 'After an abort or an unsubscribe nothing begins anywhere in the tree.',
    *check({ log }) {
      let isAborted = false;
      for (const entry of log) {
        if (entry.kind === 'begun' && !isRefused(log, entry.id)) isAborted = false;
        if (entry.kind === 'called' && isAborted) yield `${entry.service} at ${entry.time}`;
        if (entry.kind === 'command' && ['abort', 'shutdown', 'unsubscribe'].includes(entry.command.kind))
          isAborted = true;
      }
    },
  },
  {
    sentence:
      'What was stopped or removed by hand stays down, with all below, until a command or a new run of its supervisor.',
    plain: true,
    *check({ log }) {
      const down = new Set<string>();
      for (const entry of log) {
        if (entry.kind === 'command') {
          const { command } = entry;
          if (command.kind === 'stop' || command.kind === 'remove') down.add(command.path);
          if (command.kind === 'start' || command.kind === 'restart') down.delete(command.path);
          if (command.kind === 'add') down.delete(pathIn(command.to, command.node.name));
          if (command.kind === 'run') down.clear();
        }
        if (entry.kind !== 'event' || !opens(entry.event)) continue;
        const { service } = entry.event;
        for (const path of down) {
          // since it was stopped, its supervisor has begun anew
          if (path.startsWith(`${service}/`)) down.delete(path);
          if (path === service || service.startsWith(`${path}/`)) yield `${eventLine(entry.event)} at ${entry.time}`;
        }
      }
    },
  },
  {
    sentence: 'After a final event only a command brings a service back, or a new run of its supervisor.',
    *check({ lives, trace }) {
      for (const { path, entries } of lives) {
        for (const [index, next] of entries.entries()) {
          const last = entries[index - 1];
          if (last === undefined || !isFinal(last.event) || isFinal(next.event)) continue;
          const began = entries.slice(0, index - 1).findLast(({ event }) => opens(event));
          if (!commanded(trace, path, ['start', 'restart'], began?.time ?? 0, next.time)) yield eventLine(next.event);
        }
      }
    },
  },
  {
    sentence: 'Nothing is left behind at the end of the root: no timer, no listener, no subscription.',
    *check({ trace }) {
      yield* remains('in the end', trace.left);
      let runs = 0;
      for (const entry of trace.log) {
        if (entry.kind === 'begun') runs++;
        if (entry.kind === 'ended' && --runs === 0) yield* remains(`at ${entry.time}`, entry.left);
      }
    },
  },
  {
    sentence: 'The root comes to its end when it is aborted, and every command is answered.',
    *check({ log }) {
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
    sentence:
      'A command is refused only where there is no such service, or no supervisor that runs, or the name is taken.',
    *check({ history, log }) {
      if (history.via !== 'run') return;
      const asked = new Map(log.flatMap((entry) => (entry.kind === 'command' ? [[entry.id, entry.command.kind]] : [])));
      for (const entry of log) {
        if (entry.kind !== 'answered' || entry.error === undefined) continue;
        const kind = asked.get(entry.id) ?? '';
        const name = entry.error instanceof Error ? entry.error.name : '';
        if (!REFUSALS[kind]?.includes(name)) yield `${kind} rejects: ${labelOf(entry.error)}`;
      }
    },
  },
  {
    sentence: 'All observers see the same events in the same order, at the instant at which they happen.',
    *check({ trace }) {
      const first = eventsIn(trace);
      if (first.length !== trace.lastObserver.length) yield `${first.length} events, and ${trace.lastObserver.length}`;
      for (const [index, { event, time }] of first.entries()) {
        if (trace.lastObserver[index] !== event) yield `number ${index} is another for the last observer`;
        if (event.time !== time) yield `${eventLine(event)} of ${event.time} comes at ${time}`;
      }
    },
  },
  {
    sentence: "The events of each supervisor are the root's, of the paths below it.",
    *check({ history, log }) {
      // unsubscribed from, the root tells no more
      const end = log.findIndex((entry) => entry.kind === 'command' && entry.command.kind === 'unsubscribe');
      const until = history.via === 'supervise' && end >= 0 ? log.slice(0, end) : log;
      const [told, expected] = [new Map<string, string[]>(), new Map<string, string[]>()];
      const note = (map: Map<string, string[]>, supervisor: string, event: StatusEvent) => {
        const list = map.get(supervisor) ?? [];
        map.set(supervisor, [...list, `${event.time} ${eventLine(event)}`]);
      };
      for (const entry of until) {
        if (entry.kind === 'below') note(told, entry.supervisor, entry.event);
        if (entry.kind !== 'event') continue;
        const { event } = entry;
        for (let path = parentOf(event.service); path !== ''; path = parentOf(path)) {
          note(expected, path, { ...event, service: event.service.slice(path.length + 1) });
        }
      }
      for (const path of new Set([...told.keys(), ...expected.keys()])) {
        const [got = [], wanted = []] = [told.get(path), expected.get(path)];
        const at = wanted.findIndex((line, index) => line !== got[index]);
        if (at >= 0 || got.length !== wanted.length) {
          const which = at >= 0 ? at : wanted.length;
          yield `of ${path}: ${got[which] ?? 'nothing'}, where the root has ${wanted[which] ?? 'nothing'}`;
        }
      }
    },
  },
  {
    sentence:
      '`statuses()` of the root is the fold of its `status$` for the paths that there are, and the same object until something changes.',
    *check({ history, trace, plansOf }) {
      if (history.via !== 'run') return;
      const fold = new Map<string, StatusEvent>();
      const initial = pathsOf(history.plan, '');
      const touched = new Set<string>();
      for (const entry of trace.log) {
        if (entry.kind === 'command') {
          if (entry.command.kind === 'remove') touched.add(entry.command.path);
          if (entry.command.kind === 'add') touched.add(pathIn(entry.command.to, entry.command.node.name));
        }
        if (entry.kind !== 'event') continue;
        const { event, snapshots = [] } = entry;
        fold.set(event.service, event);
        const [snapshot] = snapshots;
        if (snapshot === undefined || snapshots.length !== 3) {
          yield 'a snapshot is missing';
          continue;
        }
        if (history.reactions.length === 0 && snapshots.some((other) => other !== snapshot))
          yield `another at ${event.time}`;
        const isTouched = (path: string) => [...touched].some((each) => path === each || path.startsWith(`${each}/`));
        for (const [path, got] of snapshot) {
          const expected = fold.get(path);
          const isFresh = got.status === 'idle' && (expected === undefined || isTouched(path));
          if (got !== expected && !isFresh) yield `${path} is ${eventLine(got)} at ${eventLine(event)}`;
          if (plansOf(path).length === 0) yield `there is no ${path}`;
        }
        for (const path of initial) if (!snapshot.has(path) && !isTouched(path)) yield `${path} is missing`;
      }
    },
  },
  {
    sentence:
      'With one-for-one a restart comes `restartIn` ms after the end that announces it, unless a command or a stop is faster; with the others it may have to wait for siblings, but is never earlier.',
    plain: true,
    *check({ lives, trace, supervisorOf }) {
      for (const { path, entries } of lives) {
        const parent = supervisorOf(parentOf(path));
        for (const [index, next] of entries.entries()) {
          const last = entries[index - 1];
          const wait = last && restartIn(last.event);
          if (last === undefined || wait === undefined || parent === undefined) continue;
          if (!opens(next.event) || commanded(trace, path, ['start', 'restart'], last.time, next.time)) continue;
          const due = last.time + wait;
          if (next.time < due || (next.time > due && parent.strategy === 'one-for-one')) {
            yield `${eventLine(last.event)} at ${last.time}, restarted at ${next.time}`;
          }
        }
      }
    },
  },
  {
    sentence:
      'A restart never begins in the turn of the scheduler in which the run before ended, but where a command asked for it and that run was stopped, or the group had waited for it.',
    plain: true,
    *check({ lives, trace, supervisorOf }) {
      for (const { path, entries } of lives) {
        for (const [index, next] of entries.entries()) {
          const last = entries[index - 1];
          if (!last || !opens(next.event) || isAlive(last.event.status) || next.turn > last.turn) continue;
          if (last.event.status === 'stopped' && commanded(trace, path, ['start', 'restart'], 0, next.time)) continue;
          const isTakenDown =
            restartIn(last.event) === undefined && supervisorOf(parentOf(path))?.strategy !== 'one-for-one';
          if (!isTakenDown) yield `${eventLine(last.event)} at ${last.time}`;
        }
      }
    },
  },
  {
    sentence: 'No window of time has more restarts than the limit of a supervisor allows.',
    plain: true,
    *check({ lives, trace, planOf, supervisorOf }) {
      for (const siblings of families(lives)) {
        const limit = supervisorOf(parentOf(siblings[0]?.path ?? ''))?.restart.limit;
        const decided: number[] = [];
        for (const { path, entries } of siblings) {
          const plan = planOf(path);
          const own = plan && ('supervisor' in plan ? plan.options?.restart : plan.restart);
          const times = entries.flatMap((entry, at) => {
            const began = entries.slice(0, at).findLast(({ event }) => opens(event));
            const isAsked = commanded(trace, path, ['start', 'restart'], began?.time ?? 0, entry.time);
            return restartIn(entry.event) === undefined || isAsked ? [] : [entry.time];
          });
          if (plan === undefined) continue;
          if (own?.limit === undefined) decided.push(...times);
          else yield* tooMany(path, own.limit, times);
        }
        if (limit !== undefined) yield* tooMany(siblings[0]?.path ?? '', limit, decided);
      }
    },
  },
  {
    sentence:
      'Where a service is to be restarted, the siblings that its strategy names go down, and nobody else does: a service without an end of its own goes down for a restart only with its group.',
    plain: true,
    *check({ lives, trace, planOf, supervisorOf }) {
      for (const { path, era, entries } of lives) {
        const parent = supervisorOf(parentOf(path));
        const plan = planOf(path);
        if (plan === undefined || parent === undefined || 'supervisor' in plan || plan.startTimeout !== undefined)
          continue;
        for (const [at, { event, time }] of entries.entries()) {
          if (!('final' in event) || event.final || endsByItself(plan, trace, path, entries, at)) continue;
          if (commanded(trace, path, ['start', 'restart'], 0, time)) continue;
          const others = lives.filter((each) => each.era === era && each.path !== path);
          const isBefore = (other: string) => {
            const names = parent.services.map(({ name }) => pathIn(parentOf(path), name));
            // an added one stands behind all
            const place = (each: string) => (names.includes(each) ? names.indexOf(each) : Infinity);
            return place(other) <= place(path);
          };
          const isCause = others.some(
            (other) =>
              (parent.strategy === 'one-for-all' || (parent.strategy === 'rest-for-one' && isBefore(other.path))) &&
              other.entries.some((entry) => 'final' in entry.event && !entry.event.final && entry.time <= time),
          );
          if (!isCause) yield `${eventLine(event)} at ${time}`;
        }
      }
    },
  },
  {
    sentence:
      'A group starts again only when all of it are down, in the order of the list, each once, and nobody that is to come back is left behind.',
    plain: true,
    check: groupFaults,
  },
  {
    sentence: 'At an abort those are asked to stop who are last in the list, first, where all stop in that order.',
    plain: true,
    *check({ history, log, plansOf }) {
      const order = pathsOf(history.plan, '');
      if (!isReverse(history.plan) || log.some((entry) => entry.kind === 'command' && entry.command.kind === 'add'))
        return;
      const since = log.findIndex(
        (entry) => entry.kind === 'command' && ['abort', 'shutdown'].includes(entry.command.kind),
      );
      const asked = log.slice(since).flatMap((entry) => (entry.kind === 'aborted' ? [entry.service] : []));
      const places = asked
        .filter((path) => plansOf(path).every((plan) => !('startTimeout' in plan)))
        .map((path) => order.indexOf(path));
      if (since < 0 || log.slice(since).some((entry) => entry.kind === 'begun')) return;
      if (places.some((place, index) => index > 0 && place > (places[index - 1] as number))) yield asked.join();
    },
  },
  {
    sentence: 'What `valuesOf` gives is what the services send, wherever in the tree they stand.',
    plain: true,
    *check({ history, log }) {
      if (history.via !== 'run') return;
      const key = (entry: Extract<Entry, { value: string }>) => `${entry.turn} ${entry.service} ${entry.value}`;
      const sent = log.flatMap((entry) => (entry.kind === 'sent' ? [key(entry)] : []));
      const received = log.flatMap((entry) => (entry.kind === 'received' ? [key(entry)] : []));
      for (const [index, line] of sent.entries())
        if (received[index] !== line) yield `${line}, not ${String(received[index])}`;
      if (received.length !== sent.length) yield `${received.length} values of ${sent.length}`;
    },
  },
  {
    sentence: 'Whoever ends with an error that names services has them below, and they have ended for good.',
    *check({ log }) {
      const finals = new Set<string>();
      for (const entry of log) {
        const error = entry.kind === 'ended' && entry.how.how === 'failed' ? entry.how.error : undefined;
        const above = entry.kind === 'event' ? entry.event.service : '';
        if (entry.kind === 'event' && isFinal(entry.event)) finals.add(above);
        const own =
          error ?? (entry.kind === 'event' && entry.event.status === 'failed' ? entry.event.error : undefined);
        for (const path of namedIn(own)) {
          const isBelow = above === '' || path === above || path.startsWith(`${above}/`);
          if (!isBelow || (path !== above && !finals.has(path))) yield `${labelOf(own)} of ${above || 'the root'}`;
        }
      }
    },
  },
  {
    sentence:
      'Nothing is thrown where nobody can catch it, but for what observers throw, and no timer but the scheduler is used.',
    *check({ trace: { escaped, uncaught, thrownByObservers, realTimers } }) {
      yield* escaped.map((error) => `escaped: ${labelOf(error)}`);
      if (uncaught.length !== thrownByObservers) yield `uncaught: ${uncaught.map(labelOf).join()}`;
      if (realTimers !== thrownByObservers) yield `${realTimers} timers`;
    },
  },
];

/** The first sentence that is not true, and why. */
export function treeContradiction(history: TreeHistory, trace: Trace, isPlain: boolean): string | undefined {
  const story = storyOf(history, trace);
  for (const { sentence, plain, check } of treeInvariants) {
    if (plain && !isPlain) continue;
    const [found] = check(story);
    if (found !== undefined) return `${sentence}\n  But: ${found}`;
  }
  return undefined;
}

// --- what they are made of

const LASTING_PLAN = { runs: [LASTING] };

const REFUSALS: Record<string, readonly string[]> = {
  start: ['UnknownServiceError', 'SupervisorStoppedError'],
  restart: ['UnknownServiceError', 'SupervisorStoppedError'],
  stop: ['UnknownServiceError'],
  remove: ['UnknownServiceError'],
  add: ['DuplicateServiceError', 'SupervisorStoppedError'],
  run: ['SupervisorRunningError', 'RestartLimitError', 'ServiceFailedError', 'ShutdownTimeoutError'],
};

function pathsOf({ services }: TreePlan, within: string): string[] {
  return services.flatMap((each) => {
    const path = pathIn(within, each.name);
    return 'supervisor' in each ? [path, ...pathsOf(each.supervisor, path)] : [path];
  });
}

const isReverse = ({ stopOrder, services }: TreePlan): boolean =>
  stopOrder === 'reverse' && services.every((each) => !('supervisor' in each) || isReverse(each.supervisor));

export function storyOf(history: TreeHistory, trace: Trace): Story {
  const nodes = new Map<string, NodePlan[]>();
  const supervisors = new Map<string, TreePlan[]>([['', [history.plan]]]);
  const walk = (plan: NodePlan, within: string) => {
    const path = pathIn(within, plan.name);
    nodes.set(path, [...(nodes.get(path) ?? []), plan]);
    if (!('supervisor' in plan)) return;
    supervisors.set(path, [...(supervisors.get(path) ?? []), plan.supervisor]);
    for (const each of plan.supervisor.services) walk(each, path);
  };
  for (const each of history.plan.services) walk(each, '');
  for (const entry of trace.log) {
    if (entry.kind === 'command' && entry.command.kind === 'add') walk(entry.command.node, entry.command.to);
  }
  const only = <T>(list: readonly T[] = []) => (list.length === 1 ? list[0] : undefined);
  return {
    history,
    trace,
    log: trace.log,
    lives: livesOf(trace),
    plansOf: (path) => nodes.get(path) ?? [],
    planOf: (path) => only(nodes.get(path)),
    supervisorOf: (path) => only(supervisors.get(path)),
  };
}

function livesOf({ log }: Trace): Life[] {
  const lives: Life[] = [];
  const present = new Map<string, Life>();
  const eras = new Map<string, number>();
  const added = new Set<string>();
  const begins = (supervisor: string) => {
    eras.set(supervisor, (eras.get(supervisor) ?? 0) + 1);
    for (const path of present.keys()) {
      if (supervisor === '' || path.startsWith(`${supervisor}/`)) present.delete(path);
    }
  };
  for (const entry of log) {
    if (entry.kind === 'begun' && !isRefused(log, entry.id)) begins('');
    if (entry.kind === 'command' && entry.command.kind === 'add')
      added.add(pathIn(entry.command.to, entry.command.node.name));
    if (entry.kind !== 'event') continue;
    const { service, restarts, status } = entry.event;
    const last = present.get(service)?.entries.at(-1)?.event;
    if (opens(entry.event) && last?.status !== 'starting') begins(service);
    // another one of the same name
    const isAnother = last && isFinal(last) && restarts === 0 && status !== 'stopping' && added.has(service);
    if (isAnother) present.delete(service);
    let life = present.get(service);
    if (life === undefined) {
      const parent = parentOf(service);
      const era = `${parent} ${eras.get(parent) ?? 0}`;
      // of a run of the root, in which the supervisors have their own
      life = { path: service, entries: [], era: `${eras.get('') ?? 0} ${era}` };
      lives.push(life);
      present.set(service, life);
    }
    life.entries.push(entry);
  }
  return lives;
}

/** Lives in the same run of the same supervisor. */
function families(lives: readonly Life[]): Life[][] {
  const found = new Map<string, Life[]>();
  for (const life of lives) found.set(life.era, [...(found.get(life.era) ?? []), life]);
  return [...found.values()];
}

/** Whether the run that ends with the event number `at` may have ended without being asked. */
function endsByItself(
  plan: LeafPlan,
  { log }: Trace,
  path: string,
  entries: readonly EventEntry[],
  at: number,
): boolean {
  const end = entries[at] as EventEntry;
  const before = log.slice(0, log.indexOf(end));
  const called = before.findLast((entry) => entry.kind === 'called' && entry.service === path);
  const run = called?.kind === 'called' ? (plan.runs[called.nth] ?? LASTING) : LASTING;
  return run.end !== undefined || run.as !== undefined;
}

function* tooMany(
  path: string,
  { restarts, within }: { readonly restarts: number; readonly within: number },
  times: readonly number[],
): Generator<string> {
  for (const time of times) {
    const count = times.filter((other) => other <= time && other > time - within).length;
    if (count > restarts)
      yield `${count} restarts within ${within} at ${time} at ${path}, where ${restarts} are allowed`;
  }
}

/** Services that an error of the library names, by their paths from the root. */
function namedIn(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [];
  if (error.name === 'ShutdownTimeoutError') return (error as Error & { services: string[] }).services;
  if (['RestartLimitError', 'ServiceFailedError'].includes(error.name))
    return [(error as Error & { service: string }).service];
  return [];
}

/**
 * For each turn in which some of a group are started again: who is down then with a word that is not final is to be started in it,
 * unless one of those that are started fails at once.
 */
function* groupFaults({ trace, lives, supervisorOf }: Story): Generator<string> {
  for (const siblings of families(lives)) {
    const within = parentOf(siblings[0]?.path ?? '');
    const plan = supervisorOf(within);
    const isAddedTo = trace.log.some(
      (entry) => entry.kind === 'command' && 'to' in entry.command && entry.command.to === within,
    );
    if (plan === undefined || plan.strategy === 'one-for-one' || isAddedTo) continue;
    const order = plan.services.map(({ name }) => pathIn(within, name));
    // what commands do to a group is for other sentences
    const asked = trace.log.findIndex(
      (entry) => entry.kind === 'command' && 'path' in entry.command && parentOf(entry.command.path) === within,
    );
    const before = asked < 0 ? trace.log : trace.log.slice(0, asked);
    const told = new Set<Entry>(siblings.flatMap(({ entries }) => entries));
    const entries = before.filter((entry) => entry.kind === 'event' && told.has(entry)) as EventEntry[];
    const last = new Map<string, StatusEvent>();
    /** Taken down, or failed, and to come back. */
    const waiting = new Set<string>();
    let cause: { readonly path: string; readonly due: number } | undefined;
    let started: string[] = [];
    let turn = -1;
    const leftBehind = function* (): Generator<string> {
      if (started.length === 0) return;
      for (const path of waiting) yield `${path} is left behind by ${started.join()}`;
    };
    for (const { event, time, turn: now } of entries) {
      const { service } = event;
      const previous = last.get(service);
      if (now !== turn) {
        yield* leftBehind();
        started = [];
      }
      turn = now;
      last.set(service, event);
      if (opens(event) && previous?.status !== 'starting') {
        if (!waiting.delete(service)) continue;
        if (cause && time < cause.due) yield `${eventLine(event)} at ${time}, which is before ${cause.due}`;
        const place = order.indexOf(service);
        if (started.some((other) => order.indexOf(other) >= place)) yield `${service} after ${started.join()}`;
        if (started.length === 0) {
          const range = plan.strategy === 'one-for-all' ? order : order.slice(order.indexOf(cause?.path ?? service));
          for (const path of range) {
            const other = last.get(path);
            if (path !== service && other && isAlive(other.status))
              yield `${service} begins while ${path} is ${other.status}`;
          }
        }
        started.push(service);
      } else if ('final' in event) {
        if (event.final) {
          waiting.delete(service);
          if (cause?.path === service) cause = { path: service, due: 0 };
        } else {
          const wait = restartIn(event);
          // who fails in the start of a group takes it down again
          if (waiting.size === 0 || started.length > 0 || cause === undefined)
            cause = { path: service, due: time + (wait ?? 0) };
          started = [];
          waiting.add(service);
        }
      }
    }
    yield* leftBehind();
  }
}
