import {
  connectable,
  defer,
  delay,
  EMPTY,
  filter,
  finalize,
  fromEvent,
  mergeMap,
  NEVER,
  type Observable,
  Subject,
  Subscription,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import {
  RestartLimitError,
  service,
  type Service,
  type ServiceOptions,
  ShutdownTimeoutError,
  type StatusEvent,
  type Strategy,
  supervise,
  Supervisor,
} from '../lib/index.js';
import { scriptedService, statusMarbles } from '../lib/testing.js';
import { at } from './helpers.js';

interface Frame {
  frame: number;
  notification: { kind: 'N' | 'E' | 'C'; value?: unknown; error?: unknown };
}

/** Frames as lines: `5 N r`. */
function readable(frames: unknown): unknown {
  const list = frames as readonly (Frame | object)[];
  return list.map((each) => {
    if (!('notification' in each)) return each;
    const { kind, value, error } = each.notification;
    return kind === 'E' ? [each.frame, error] : `${each.frame} ${kind} ${String(value)}`;
  });
}

function marbles(test: (helpers: RunHelpers) => void): void {
  new TestScheduler((actual, expected) => {
    expect(readable(actual)).toEqual(readable(expected));
  }).run(test);
}

/** Observes one subscription with a diagram for each service; it is unsubscribed from at the `!` of `stop`. */
function expectSiblings(
  { expectObservable }: RunHelpers,
  supervised$: Observable<StatusEvent>,
  diagrams: Readonly<Record<string, string>>,
  stop?: string,
  error?: unknown,
): void {
  const event$ = connectable(supervised$);
  for (const [path, events] of Object.entries(diagrams)) {
    expectObservable(event$.pipe(statusMarbles(path))).toBe(events, undefined, error);
  }
  at(0, () => {
    const connection = event$.connect();
    if (stop !== undefined) {
      at(stop.trim().indexOf('!'), () => {
        connection.unsubscribe();
      });
    }
  });
}

function abortedAt(ms: number): AbortSignal {
  const controller = new AbortController();
  at(ms, () => {
    controller.abort();
  });
  return controller.signal;
}

/** An Observable service that reads its signal, and ends so many ms after it is aborted: with the error, if there is one. */
function slow(name: string, ms: number, error?: Error, options?: ServiceOptions): Service {
  const run = (signal: AbortSignal) => fromEvent(signal, 'abort').pipe(take(1), delay(ms));
  const failing = (signal: AbortSignal) => run(signal).pipe(mergeMap(() => throwError(() => error)));
  return service(name, ({ signal }) => (error === undefined ? run(signal) : failing(signal)), options);
}

/** A service whose first run takes its whole grace, and whose later ones end at once. */
function deafOnce(name: string, options?: ServiceOptions): Service {
  return service(name, (context) => (context.restarts === 0 ? fromEvent(context.signal, 'never') : NEVER), options);
}

/** A service that fails within the call that starts it, in the runs of these numbers, and is idle in the others. */
function failsAtOnce(name: string, runs: readonly number[], options?: ServiceOptions): Service {
  return service(name, ({ restarts }) => (runs.includes(restarts) ? throwError(() => broken) : NEVER), options);
}

/** What is said, as words, by whom. Subscribed to at once. */
function words(event$: Observable<StatusEvent>) {
  const said: string[] = [];
  const events: StatusEvent[] = [];
  const outcome: { error?: unknown; completed?: true } = {};
  const subscription = event$.subscribe({
    next: (event) => {
      events.push(event);
      said.push(`${event.service} ${event.status}${'final' in event && event.final ? ' for good' : ''}`);
    },
    error: (error: unknown) => (outcome.error = error),
    complete: () => (outcome.completed = true),
  });
  return { said, events, outcome, subscription };
}

const broken = new Error('broken');
const all = { strategy: 'one-for-all', restart: 3 } as const;
const rest = { strategy: 'rest-for-one', restart: 3 } as const;
const idle = (name: string, options?: ServiceOptions) => service(name, NEVER, options);

describe('Group', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  describe('goes down and comes back', () => {
    it('as a whole with one-for-all', () => {
      marbles((helpers) => {
        const a = '   r-c--r---';
        const b = '   r-f--r---';
        const c = '   r-c--r---';
        const stop = '--------!';
        const list = [idle('a'), scriptedService('b', ['--#', '-'], helpers.cold), idle('c')];
        expectSiblings(helpers, supervise(list, all), { a, b, c }, stop);
      });
    });

    it('with those after the failed one alone with rest-for-one', () => {
      marbles((helpers) => {
        const a = '   r--------';
        const b = '   r-f--r---';
        const c = '   r-c--r---';
        const stop = '--------!';
        const list = [idle('a'), scriptedService('b', ['--#', '-'], helpers.cold), idle('c')];
        expectSiblings(helpers, supervise(list, rest), { a, b, c }, stop);
      });
    });

    it('where a service completes that is always restarted, too', () => {
      marbles((helpers) => {
        const a = '   r-c--r---';
        const b = '   r-c--r---';
        const stop = '--------!';
        const list = [idle('a'), scriptedService('b', ['--|', '-'], helpers.cold)];
        expectSiblings(helpers, supervise(list, all), { a, b }, stop);
      });
    });

    it('in reverse order, and in the order of the list', () => {
      const { said, subscription } = words(supervise([idle('a'), failsAtOnce('b', [0]), idle('c'), idle('d')], all));
      // the first start is no different: c and d have not been started when b fails
      expect(said.splice(0)).toEqual(['a running', 'b running', 'b failed', 'a stopped']);
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['a running', 'b running', 'c running', 'd running']);
      subscription.unsubscribe();
      const supervisor = new Supervisor([idle('a'), idle('b'), crashing('c'), idle('d'), idle('e')], all);
      const after = words(supervisor.status$);
      void supervisor.run();
      after.said.length = 0;
      jest.advanceTimersByTime(5);
      expect(after.said).toEqual(['c failed', 'e stopped', 'd stopped', 'b stopped', 'a stopped']);
      after.said.length = 0;
      jest.advanceTimersByTime(3);
      expect(after.said).toEqual(['a running', 'b running', 'c running', 'd running', 'e running']);
      void supervisor.shutdown();
    });

    it('one after another, each when the one before has ended, then all at once', () => {
      marbles((helpers) => {
        const a = '   r-f------r--';
        const b = '   r----x---(cr)';
        const c = '   r-x--c---r--';
        const stop = '-----------!';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), slow('b', 4), slow('c', 3)];
        expectSiblings(helpers, supervise(list, all), { a, b, c }, stop);
      });
    });

    it(`all at once with a stopOrder of 'concurrent'`, () => {
      marbles((helpers) => {
        const a = '   r-f---r-----';
        const b = '   r-x---(cr)--';
        const c = '   r-x--cr-----';
        const stop = '-----------!';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), slow('b', 4), slow('c', 3)];
        expectSiblings(helpers, supervise(list, { ...all, stopOrder: 'concurrent' }), { a, b, c }, stop);
      });
    });

    it('after the delay of the one that failed, counted from its failure', () => {
      marbles((helpers) => {
        const a = '   r-f-----r--';
        const b = '   r-x--c--r--';
        const stop = '----------!';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), slow('b', 3)];
        expectSiblings(helpers, supervise(list, { ...all, restart: 6 }), { a, b }, stop);
      });
    });

    it('after a delay that is an Observable', () => {
      marbles((helpers) => {
        const tick$ = helpers.cold('----x-x');
        const a = '   r-f---r--';
        const b = '   r-c---r--';
        const stop = '--------!';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), idle('b')];
        expectSiblings(helpers, supervise(list, { ...all, restart: { delay: () => tick$ } }), { a, b }, stop);
        helpers.expectSubscriptions(tick$.subscriptions).toBe('--^---!');
      });
    });

    it('with a delay of 0 on a later turn', () => {
      const list = [idle('a'), failsAtOnce('b', [0])];
      const { said, subscription } = words(supervise(list, { ...all, restart: 0 }));
      expect(said.splice(0)).toEqual(['a running', 'b running', 'b failed', 'a stopped']);
      jest.advanceTimersByTime(0);
      expect(said).toEqual(['a running', 'b running']);
      subscription.unsubscribe();
    });

    it('time and again', () => {
      marbles((helpers) => {
        const a = '   r-f--r-f--r-f--r---';
        const b = '   r-c--r-c--r-c--r---';
        const stop = '------------------!';
        const list = [scriptedService('a', ['--#', '--#', '--#', '-'], helpers.cold), idle('b')];
        expectSiblings(helpers, supervise(list, all), { a, b }, stop);
      });
    });

    it('and says of the failed one alone when it restarts', () => {
      const { events, subscription } = words(supervise([idle('a'), crashing('b')], all));
      jest.advanceTimersByTime(8);
      expect(events.slice(2)).toEqual([
        {
          service: 'b',
          status: 'failed',
          time: expect.any(Number) as number,
          restarts: 0,
          final: false,
          restartIn: 3,
          error: broken,
        },
        { service: 'a', status: 'stopped', time: expect.any(Number) as number, restarts: 0, final: false },
        { service: 'a', status: 'running', time: expect.any(Number) as number, restarts: 1 },
        { service: 'b', status: 'running', time: expect.any(Number) as number, restarts: 1 },
      ]);
      subscription.unsubscribe();
    });

    it('without a change to the attempts of the others', () => {
      const asked: string[] = [];
      const counting = (name: string): ServiceOptions => ({
        restart: { delay: (attempt) => asked.push(`${name} ${attempt}`) && 1 },
      });
      marbles((helpers) => {
        const a = '   r--cr--fr--fr---';
        const b = '   r--fr--cr--cr---';
        const stop = '---------------!';
        const list = [
          scriptedService('a', ['-', '---#', '---#', '-'], helpers.cold, counting('a')),
          scriptedService('b', ['---#', '-'], helpers.cold, counting('b')),
        ];
        expectSiblings(helpers, supervise(list, all), { a, b }, stop);
      });
      expect(asked).toEqual(['b 1', 'a 1', 'a 2']);
    });

    it('also where a sibling is starting, not running yet', () => {
      marbles((helpers) => {
        const a = '   r-f--r-----';
        const b = '   s-c--s--r--';
        const stop = '----------!';
        const b$ = scriptedService('b', ['---x', '---x'], helpers.cold, { readyOn: 'value' });
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), b$];
        expectSiblings(helpers, supervise(list, all), { a, b }, stop);
      });
    });
  });

  describe('does nothing', () => {
    it.each<[string, ServiceOptions['restart'], string]>([
      ['is never restarted and fails', 'never', '--#'],
      ['is never restarted and completes', 'never', '--|'],
      ['is restarted on failure and completes', 'on-failure', '--|'],
      ['has a delay of Infinity', { delay: () => Infinity }, '--#'],
      ['has a delay that completes at once', { delay: () => EMPTY }, '--#'],
      ['gives up at its limit', { limit: { restarts: 0, within: 1 }, exhausted: 'give-up' }, '--#'],
    ])('where a service %s: it has ended for good', (_, restart, run) => {
      marbles((helpers) => {
        const a = '   r-------';
        const b = `   r-${run.endsWith('#') ? 'F' : 'C'}-----`;
        const stop = '-------!';
        const list = [idle('a'), scriptedService('b', [run], helpers.cold, { ...(restart && { restart }) })];
        expectSiblings(helpers, supervise(list, { ...all, autoShutdown: 'never' }), { a, b }, stop);
      });
    });

    it('where a service is restarted by hand, which touches it alone', () => {
      const supervisor = new Supervisor([idle('a'), idle('b'), idle('c')], all);
      const { said } = words(supervisor.status$);
      void supervisor.run();
      said.length = 0;
      void supervisor.restart('b');
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['b stopped', 'b running']);
      void supervisor.shutdown();
    });

    it('where a service is stopped or removed by hand', async () => {
      const supervisor = new Supervisor([idle('a'), idle('b'), idle('c')], all);
      const { said } = words(supervisor.status$);
      void supervisor.run();
      said.length = 0;
      await supervisor.stop('a');
      await supervisor.remove('b');
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['a stopped for good', 'b stopped for good']);
      void supervisor.shutdown();
    });
  });

  describe('takes down a sibling', () => {
    it('that waits for its own restart: it waits for that of the group instead', () => {
      marbles((helpers) => {
        const a = '   r---f--r---';
        const b = '   r---c--r---';
        const c = '   r-f----r---';
        const stop = '----------!';
        const list = [
          scriptedService('a', ['----#', '-'], helpers.cold, { restart: 9 }),
          idle('b'),
          scriptedService('c', ['--#', '-'], helpers.cold, { restart: 5 }),
        ];
        // the delay that is pending already stands
        expectSiblings(helpers, supervise(list, rest), { a, b, c }, stop);
      });
    });

    it('that waits for a restart by hand: it comes with the group', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b')], all);
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        // from inside an observer: on a later turn, before which a fails
        if (event.service === 'a' && event.status === 'failed') void supervisor.restart('b');
      });
      void supervisor.run();
      jest.advanceTimersByTime(4);
      said.length = 0;
      jest.advanceTimersByTime(1);
      expect(said.slice(0, 2)).toEqual(['a failed', 'b stopped']);
      jest.advanceTimersByTime(3);
      expect(said.at(-1)).toMatch(/running/);
      expect([...supervisor.statuses().values()].map(({ status }) => status)).toEqual(['running', 'running']);
      void supervisor.shutdown();
    });

    it('not where that has ended for good: it stays down', () => {
      marbles((helpers) => {
        const a = '   r---f--r--';
        const b = '   r-C-------';
        const c = '   r-F-------';
        const d = '   r---c--r--';
        const stop = '---------!';
        const list = [
          scriptedService('a', ['----#', '-'], helpers.cold),
          scriptedService('b', ['--|'], helpers.cold, { restart: 'on-failure' }),
          scriptedService('c', ['--#'], helpers.cold, { restart: 'never' }),
          idle('d'),
        ];
        expectSiblings(helpers, supervise(list, all), { a, b, c, d }, stop);
      });
    });

    it('not where that was stopped by hand before: it stays down', () => {
      marbles((helpers) => {
        const a = '   ----f--r--C';
        const b = '   --C--------';
        const c = '   ----c--r--C';
        const list = [scriptedService('a', ['----#', '-'], helpers.cold), idle('b'), idle('c')];
        const supervisor = new Supervisor(list, all);
        void supervisor.run();
        at(2, () => supervisor.stop('b'));
        at(10, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b, c });
      });
    });

    it('and keeps it down where it is stopped by hand while the group is', () => {
      marbles((helpers) => {
        const a = '   --f--r--C';
        const b = '   --cC-----';
        const c = '   --c--r--C';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), idle('b'), idle('c')];
        const supervisor = new Supervisor(list, all);
        void supervisor.run();
        at(3, () => supervisor.stop('b'));
        at(8, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b, c });
      });
    });

    it('and keeps it down where it is stopped by hand within its grace', () => {
      marbles((helpers) => {
        const a = '   --f----r--C';
        const b = '   --x---C----';
        const c = '   ------cr--C';
        const list = [idle('c'), scriptedService('a', ['--#', '-'], helpers.cold), slow('b', 4)];
        const supervisor = new Supervisor(list, { ...all, restart: 5 });
        void supervisor.run();
        at(3, () => supervisor.stop('b'));
        at(10, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b, c });
      });
    });

    it('and forgets it where it is removed while the group is down', () => {
      marbles((helpers) => {
        const a = '   --f--r--C';
        const b = '   --cC-----';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), idle('b')];
        const supervisor = new Supervisor(list, all);
        void supervisor.run();
        at(3, () => supervisor.remove('b'));
        at(7, () => {
          expect([...supervisor.statuses().keys()]).toEqual(['a']);
        });
        at(8, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
    });

    it('that fails while it goes down: it comes back with the group, by the delay that is pending', () => {
      marbles((helpers) => {
        const a = '   r-f--r---';
        const b = '   r-x-fr---';
        const stop = '--------!';
        const b$ = slow('b', 2, broken, { restart: 100 });
        expectSiblings(helpers, supervise([scriptedService('a', ['--#', '-'], helpers.cold), b$], all), { a, b }, stop);
      });
    });

    it('that fails before it is its turn to go down: it comes back with the group', () => {
      marbles((helpers) => {
        const a = '   r-f----r---';
        const b = '   r--f---r---';
        const c = '   r-x----(cr)';
        const stop = '----------!';
        const list = [
          scriptedService('a', ['--#', '-'], helpers.cold),
          scriptedService('b', ['---#', '-'], helpers.cold, { restart: 100 }),
          slow('c', 5),
        ];
        expectSiblings(helpers, supervise(list, all), { a, b, c }, stop);
      });
    });

    it('that ends for good before it is its turn to go down: it stays down', () => {
      marbles((helpers) => {
        const a = '   r-f----r---';
        const b = '   r--C-------';
        const c = '   r-x----(cr)';
        const stop = '----------!';
        const list = [
          scriptedService('a', ['--#', '-'], helpers.cold),
          scriptedService('b', ['---|'], helpers.cold, { restart: 'on-failure' }),
          slow('c', 5),
        ];
        expectSiblings(helpers, supervise(list, all), { a, b, c }, stop);
      });
    });

    it('that outlives its grace: it is cut, has failed, and comes back with the group', () => {
      marbles((helpers) => {
        const a = '   r-f----r---(C|)';
        const b = '   r-x---fr---(C|)';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), deafOnce('b', { shutdown: 4 })];
        // its timeout is no reason for the supervisor to fail
        expectSiblings(helpers, supervise(list, { ...all, restart: 5, signal: abortedAt(11) }), { a, b });
      });
    });

    it('that outlives its grace, with an event that says so', () => {
      const supervisor = new Supervisor([crashing('a'), deafOnce('b', { shutdown: 4 })], all);
      const { events } = words(supervisor.status$);
      void supervisor.run();
      jest.advanceTimersByTime(9);
      jest.advanceTimersByTime(1); // not inside the failure, but on a later turn
      const cut = events.find(({ service: name, status }) => name === 'b' && status === 'failed');
      expect(cut).toMatchObject({ final: false, error: expect.any(ShutdownTimeoutError) as unknown });
      expect(cut).not.toHaveProperty('restartIn');
      expect(events.slice(-2).map(({ status }) => status)).toEqual(['running', 'running']);
      void supervisor.shutdown();
    });

    it('that is never restarted: it is stopped for good, and stays down', () => {
      marbles((helpers) => {
        const a = '   r-f--r---';
        const b = '   r-C------';
        const c = '   r-c--r---';
        const stop = '--------!';
        const list = [
          scriptedService('a', ['--#', '-'], helpers.cold),
          idle('b', { restart: 'never' }),
          idle('c', { restart: 'on-failure' }),
        ];
        expectSiblings(helpers, supervise(list, all), { a, b, c }, stop);
      });
    });
  });

  describe('while it is down', () => {
    it('is joined by a sibling that fails in the same instant: one restart, counted once', () => {
      marbles((helpers) => {
        const a = '   r-f---r--(F#)';
        const b = '   r-(xf)r--(C#)';
        const limit = { restarts: 1, within: 100 };
        const list = [
          scriptedService('a', ['--#', '---#'], helpers.cold),
          service<unknown>('b', (context) =>
            context.restarts === 0 && isOpen(context.signal) ? helpers.cold('--#') : NEVER,
          ),
        ];
        const event$ = supervise(list, { strategy: 'one-for-all', restart: { delay: 4, limit } });
        const error = new RestartLimitError('a', limit, { cause: 'error' });
        expectSiblings(helpers, event$, { a, b }, undefined, error);
      });
    });

    it.each<[Strategy, string]>([
      ['one-for-all', 'c'],
      ['rest-for-one', 'c'],
    ])('takes no second failure of the same instant for a second restart (%s)', (strategy, sibling) => {
      const crash$ = new Subject<never>();
      const failing = (name: string) =>
        service(name, (context) => (context.restarts === 0 && isOpen(context.signal) ? crash$ : NEVER));
      const supervisor = new Supervisor([failing('a'), failing('b'), idle('c')], { strategy, restart: 3 });
      const { said } = words(supervisor.status$);
      void supervisor.run();
      said.length = 0;
      crash$.error(broken);
      expect(said.splice(0)).toEqual(['a failed', `${sibling} stopped`, 'b stopping', 'b failed']);
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['a running', 'b running', 'c running']);
      jest.advanceTimersByTime(100);
      expect(said).toEqual([]);
      void supervisor.shutdown();
    });

    it('grows to a service before it that fails, and all after that, with rest-for-one; the delay stands', () => {
      marbles((helpers) => {
        const a = '   r----------';
        const b = '   r---f---r--';
        const c = '   r---c---r--';
        const d = '   r-f-----r--';
        const e = '   r-c-----r--';
        const stop = '----------!';
        const list = [
          idle('a'),
          scriptedService('b', ['----#', '-'], helpers.cold),
          idle('c'),
          scriptedService('d', ['--#', '-'], helpers.cold),
          idle('e'),
        ];
        expectSiblings(helpers, supervise(list, { ...rest, restart: 6 }), { a, b, c, d, e }, stop);
      });
    });

    it('grows while it goes down, too: the new ones wait for their turn', () => {
      marbles((helpers) => {
        const a = '   r--f-----r---';
        const b = '   r----x---(cr)';
        const c = '   r-f------r---';
        const d = '   r-x--c---r---';
        const stop = '-----------!';
        const list = [
          scriptedService('a', ['---#', '-'], helpers.cold),
          slow('b', 4),
          scriptedService('c', ['--#', '-'], helpers.cold),
          slow('d', 3),
        ];
        expectSiblings(helpers, supervise(list, rest), { a, b, c, d }, stop);
      });
    });

    it('is not joined by a service before it, with rest-for-one, that ends for good', () => {
      marbles((helpers) => {
        const a = '   r---F-----';
        const b = '   r---------';
        const c = '   r-f----r--';
        const stop = '---------!';
        const list = [
          scriptedService('a', ['----#'], helpers.cold, { restart: 'never' }),
          idle('b'),
          scriptedService('c', ['--#', '-'], helpers.cold),
        ];
        expectSiblings(helpers, supervise(list, { ...rest, restart: 5 }), { a, b, c }, stop);
      });
    });

    it('takes a service that is added, which is idle until then', () => {
      marbles((helpers) => {
        const a = '   --f--r-C';
        const b = '   --c--r-C';
        const c = '   -----r-C';
        const supervisor = new Supervisor([scriptedService('a', ['--#', '-'], helpers.cold), idle('b')], all);
        void supervisor.run();
        at(3, () => {
          supervisor.add(idle('c'));
          expect(supervisor.statuses().get('c')).toMatchObject({ status: 'idle', restarts: 0 });
        });
        at(7, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b, c });
      });
    });

    it('takes down and brings back a service that was added, like any other', () => {
      marbles((helpers) => {
        const a = '   --f--r-----f--r-C';
        const b = '   --x--(cr)--c--r-C';
        const c = '   -----r-----c--r-C';
        const list = [scriptedService('a', ['--#', '------#', '-'], helpers.cold), slowOnce('b', 3)];
        const supervisor = new Supervisor(list, all);
        void supervisor.run();
        at(3, () => {
          supervisor.add(idle('c'));
        });
        at(16, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b, c });
      });
    });

    it.each<[string, 'stop' | 'remove']>([
      ['stopped', 'stop'],
      ['removed', 'remove'],
    ])('comes back as soon as all are down, where the failed one is %s', (_, command) => {
      marbles((helpers) => {
        const a = '   --f-C---';
        const b = '   --c-r--C';
        const supervisor = new Supervisor([scriptedService('a', ['--#'], helpers.cold), idle('b')], {
          ...all,
          restart: 50,
        });
        void supervisor.run();
        at(4, () => supervisor[command]('a'));
        at(7, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
      marbles((helpers) => {
        const a = '   --fC----';
        const b = '   --x--(cr)--C';
        const supervisor = new Supervisor([scriptedService('a', ['--#'], helpers.cold), slowOnce('b', 3)], {
          ...all,
          restart: 50,
        });
        void supervisor.run();
        at(3, () => supervisor[command]('a'));
        at(11, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
    });

    it.each([
      ['completes without a value', '--|'],
      ['errors', '--#'],
    ])('comes back as soon as all are down, where the delay of the failed one %s', (_, delayed) => {
      marbles((helpers) => {
        const a = '   r-f-F-----';
        const b = '   r-c-r-----';
        const c = '   r-c-r-----';
        const stop = '---------!';
        const restart = { delay: () => helpers.cold(delayed) };
        const list = [idle('b'), scriptedService('a', ['--#'], helpers.cold, { restart }), idle('c')];
        expectSiblings(helpers, supervise(list, all), { a, b, c }, stop);
      });
    });

    it('waits for those that are still going down, where the delay of the failed one errors', () => {
      marbles((helpers) => {
        const a = '   r-f-F------';
        const b = '   r-x---(cr)-';
        const stop = '-----------!';
        const restart = { delay: () => helpers.cold('--#') };
        const list = [scriptedService('a', ['--#'], helpers.cold, { restart }), slow('b', 4)];
        expectSiblings(helpers, supervise(list, all), { a, b }, stop);
      });
    });

    it('comes back at once where the failed one is started by hand', () => {
      marbles((helpers) => {
        const a = '   --f-r--C';
        const b = '   --c-r--C';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), idle('b')];
        const supervisor = new Supervisor(list, { ...all, restart: 50 });
        void supervisor.run();
        at(4, () => supervisor.start('a'));
        at(7, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
    });

    it('follows the failed one that is started by hand as soon as all are down', () => {
      marbles((helpers) => {
        const a = '   --f-r------C';
        const b = '   --x---(cr)-C';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), slowOnce('b', 4)];
        const supervisor = new Supervisor(list, { ...all, restart: 50 });
        void supervisor.run();
        at(4, () => supervisor.start('a'));
        at(11, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
    });

    it.each<['start' | 'restart']>([['start'], ['restart']])(
      'does not hold a sibling that is told to %s by hand: it runs now, and not again with the others',
      (command) => {
        marbles((helpers) => {
          const a = '   --f----r-C';
          const b = '   --c-r----C';
          const c = '   --c----r-C';
          const list = [scriptedService('a', ['--#', '-'], helpers.cold), idle('b'), idle('c')];
          const supervisor = new Supervisor(list, { ...all, restart: 5 });
          void supervisor.run();
          at(4, () => supervisor[command]('b'));
          at(9, () => supervisor.shutdown());
          expectSiblings(helpers, supervisor.status$, { a, b, c });
        });
      },
    );

    it('does not hold a sibling that is restarted by hand within its grace', () => {
      marbles((helpers) => {
        const a = '   --f------r-C';
        const b = '   --x--(cr)--C';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), slowOnce('b', 3)];
        const supervisor = new Supervisor(list, { ...all, restart: 7 });
        const { events } = words(supervisor.status$);
        void supervisor.run();
        at(3, () => supervisor.restart('b'));
        at(8, () => {
          expect(events.find(({ service: name, status }) => name === 'b' && status === 'stopped')).toMatchObject({
            final: false,
            restartIn: 0,
          });
        });
        at(11, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
    });

    it('does not hold one that was stopped by hand before, and is started now', () => {
      marbles((helpers) => {
        const a = '   ---f----r-C';
        const b = '   -C---r----C';
        const list = [scriptedService('a', ['---#', '-'], helpers.cold), idle('b')];
        const supervisor = new Supervisor(list, { ...all, restart: 5 });
        void supervisor.run();
        at(1, () => supervisor.stop('b'));
        at(5, () => supervisor.start('b'));
        at(10, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
    });

    it('lets a sibling that was started by hand fail: that joins the group again', () => {
      marbles((helpers) => {
        const a = '   --f-----r-C';
        const b = '   --c-r-f-r-C';
        const list = [
          scriptedService('a', ['--#', '-'], helpers.cold),
          scriptedService('b', ['-', '--#', '-'], helpers.cold),
        ];
        const supervisor = new Supervisor(list, { ...all, restart: 6 });
        void supervisor.run();
        at(4, () => supervisor.start('b'));
        at(10, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b });
      });
    });

    it('does not hold a sibling that an observer restarts before its turn, but takes it down then', () => {
      marbles((helpers) => {
        const a = '   --f------r-C';
        const b = '   --(cr)-c-r-C';
        const c = '   --x----c-r-C';
        const list = [scriptedService('a', ['--#', '-'], helpers.cold), idle('b'), slowOnce('c', 5)];
        const supervisor = new Supervisor(list, { ...all, restart: 7 });
        supervisor.status$.subscribe(({ service: name, status }) => {
          if (name === 'c' && status === 'stopping') void supervisor.restart('b');
        });
        void supervisor.run();
        at(11, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b, c });
      });
    });

    it('lets a sibling that was started by hand be, where another fails', () => {
      marbles((helpers) => {
        const a = '   --f--------r-C';
        const b = '   --c-r--f---r-C';
        const c = '   --c--r-------C';
        const list = [
          scriptedService('a', ['--#', '-'], helpers.cold),
          scriptedService('b', ['-', '---#', '-'], helpers.cold),
          idle('c'),
        ];
        const supervisor = new Supervisor(list, { ...all, restart: 9 });
        void supervisor.run();
        at(4, () => supervisor.start('b'));
        at(5, () => supervisor.start('c'));
        at(13, () => supervisor.shutdown());
        expectSiblings(helpers, supervisor.status$, { a, b, c });
      });
    });
  });

  describe('looks at what observers have done', () => {
    it('with a sibling when they heard of the failure: stopped by hand, it stays down', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b'), idle('c')], all);
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        if (event.status === 'failed') void supervisor.stop('b');
      });
      void supervisor.run();
      said.length = 0;
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['a failed', 'b stopped for good', 'c stopped', 'a running', 'c running']);
      void supervisor.shutdown();
    });

    it('with the failed one when they heard of that: stopped by hand, it takes nobody down', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b')], all);
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        if (event.status === 'failed') void supervisor.stop('a');
      });
      void supervisor.run();
      said.length = 0;
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['a failed', 'a stopped for good']);
      void supervisor.shutdown();
    });

    it('with the failed one when they heard of that: started by hand, it comes back without its delay, all with it', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b')], { ...all, restart: 1000 });
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        if (event.status === 'failed') void supervisor.start('a');
      });
      void supervisor.run();
      said.length = 0;
      jest.advanceTimersByTime(6);
      expect(said).toEqual(['a failed', 'b stopped', 'a running', 'b running']);
      void supervisor.shutdown();
    });

    it('with a sibling when they heard of its stop: stopped by hand, it stays down', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b'), idle('c')], all);
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        if (event.status === 'stopped' && event.service === 'c' && !event.final) void supervisor.stop('c');
      });
      void supervisor.run();
      said.length = 0;
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['a failed', 'c stopped', 'c stopped for good', 'b stopped', 'a running', 'b running']);
      void supervisor.shutdown();
    });

    it('with the failed one when all are down: stopped by hand, it lets the others come back, on a later turn', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b')], { ...all, restart: 50 });
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe(({ service: name, status }) => {
        if (name === 'b' && status === 'stopped') void supervisor.stop('a');
      });
      void supervisor.run();
      said.length = 0;
      jest.advanceTimersByTime(5);
      expect(said.splice(0)).toEqual(['a failed', 'b stopped', 'a stopped for good']);
      jest.advanceTimersByTime(1);
      expect(said).toEqual(['b running']);
      void supervisor.shutdown();
    });

    it('with the supervisor before the others have come back: shut down, it leaves no timer behind', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b')], { ...all, restart: 50 });
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe(({ service: name, status }) => {
        if (name === 'b' && status === 'stopped') void supervisor.stop('a');
      });
      void supervisor.run();
      jest.advanceTimersByTime(5);
      said.length = 0;
      void supervisor.shutdown();
      expect(said).toEqual(['b stopped for good']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('with a service that is to start with it: stopped by hand, it is not started', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b'), idle('c')], all);
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        if (event.status === 'running' && event.service === 'a' && event.restarts === 1) void supervisor.stop('b');
      });
      void supervisor.run();
      jest.advanceTimersByTime(5);
      said.length = 0;
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['a running', 'b stopped for good', 'c running']);
      void supervisor.shutdown();
    });
  });

  describe('while it starts', () => {
    it('goes down again where one fails within its start: those not started yet wait, and start with it', () => {
      const supervisor = new Supervisor([idle('a'), crashing('b', [1]), idle('c')], all);
      const { said, events } = words(supervisor.status$);
      void supervisor.run();
      said.length = 0;
      jest.advanceTimersByTime(5);
      expect(said.splice(0)).toEqual(['b failed', 'c stopped', 'a stopped']);
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['a running', 'b running', 'b failed', 'a stopped']);
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['a running', 'b running', 'c running']);
      expect(events.slice(-3).map(({ restarts }) => restarts)).toEqual([2, 2, 1]);
      jest.advanceTimersByTime(100);
      expect(said).toEqual([]);
      void supervisor.shutdown();
    });

    it('lets those before the one that fails be, with rest-for-one', () => {
      const supervisor = new Supervisor([crashing('a'), idle('b'), failsAtOnce('c', [1]), idle('d')], rest);
      const { said } = words(supervisor.status$);
      void supervisor.run();
      jest.advanceTimersByTime(5);
      said.length = 0;
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['a running', 'b running', 'c running', 'c failed']);
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['c running', 'd running']);
      jest.advanceTimersByTime(100);
      expect(said).toEqual([]);
      void supervisor.shutdown();
    });

    it('counts each restart', () => {
      const limit = { restarts: 2, within: 100 };
      const supervisor = new Supervisor([idle('a'), failsAtOnce('b', [0, 1, 2]), idle('c')], {
        strategy: 'one-for-all',
        restart: { delay: 3, limit },
      });
      const { said } = words(supervisor.status$);
      const run = supervisor.run();
      jest.advanceTimersByTime(5);
      said.length = 0;
      jest.advanceTimersByTime(1);
      expect(said).toEqual(['a running', 'b running', 'b failed for good', 'a stopped for good']);
      return expect(run).rejects.toEqual(new RestartLimitError('b', limit, { cause: broken }));
    });

    it('is no different at the first start', () => {
      const supervisor = new Supervisor([idle('a'), failsAtOnce('b', [0, 1]), idle('c')], all);
      const { said } = words(supervisor.status$);
      void supervisor.run();
      expect(said.splice(0)).toEqual(['a running', 'b running', 'b failed', 'a stopped']);
      expect(supervisor.statuses().get('c')).toMatchObject({ status: 'idle' });
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['a running', 'b running', 'b failed', 'a stopped']);
      jest.advanceTimersByTime(3);
      expect(said.splice(0)).toEqual(['a running', 'b running', 'c running']);
      expect(supervisor.statuses().get('c')).toMatchObject({ status: 'running', restarts: 0 });
      void supervisor.shutdown();
    });

    it('waits for those that go down again', () => {
      marbles((helpers) => {
        const a = '   (rx)---(cr)-';
        const b = '   (rf)---r--';
        const c = '   -------r---';
        const stop = '----------!';
        const list = [slow('a', 7), failsAtOnce('b', [0]), idle('c')];
        expectSiblings(helpers, supervise(list, all), { a, b, c }, stop);
      });
    });

    it('starts none that was waiting where one of those ends the supervisor', () => {
      const list = [idle('a'), failsAtOnce('b', [0], { restart: 'never' }), idle('c')];
      const { said, outcome } = words(supervise(list, { ...all, autoShutdown: 'any-significant' }));
      expect(said.slice(0, 4)).toEqual(['a running', 'b running', 'b failed for good', 'c running']);
      expect(outcome.error).toMatchObject({ name: 'ServiceFailedError', service: 'b' });
    });
  });

  describe('that is aborted', () => {
    it.each([
      ['is up', 1, { a: 'r---x-(C|)', b: 'r-F---|', c: 'rx--C-|' }],
      ['goes down, the first in its grace', 3, { a: 'r----x-(C|)', b: 'r-fC---|', c: 'r-x--C-|' }],
      ['goes down, the last in its grace', 6, { a: 'r----x-(C|)', b: 'r-f---C|', c: 'r-x--cC|' }],
      ['is down, and waits for the delay', 9, { a: 'r----x-c-(C|)', b: 'r-f------(C|)', c: 'r-x--c---(C|)' }],
    ])('while it %s, ends: what waits at once, what runs in reverse order', (_, ms, { a, b, c }) => {
      marbles((helpers) => {
        const list = [slow('a', 2), scriptedService('b', ['--#', '-'], helpers.cold), slow('c', 3)];
        expectSiblings(helpers, supervise(list, { ...all, restart: 9, signal: abortedAt(ms) }), { a, b, c });
      });
    });

    it('while it starts, starts no more', () => {
      const controller = new AbortController();
      const aborting = service('b', ({ restarts }) => {
        if (restarts === 1) controller.abort();
        return restarts === 0 ? crash(5) : NEVER;
      });
      const { said, outcome } = words(
        supervise([idle('a'), aborting, idle('c')], { ...all, signal: controller.signal }),
      );
      jest.advanceTimersByTime(5);
      said.length = 0;
      jest.advanceTimersByTime(3);
      expect(said).toEqual([
        'a running',
        'b running',
        'c stopped for good',
        'b stopped for good',
        'a stopped for good',
      ]);
      expect(outcome).toEqual({ completed: true });
      expect(jest.getTimerCount()).toBe(0);
    });

    it('while it starts for the first time, starts no more', () => {
      const controller = new AbortController();
      const aborting = service('b', () => {
        controller.abort();
        return NEVER;
      });
      const { said, outcome } = words(
        supervise([idle('a'), aborting, idle('c')], { ...all, signal: controller.signal }),
      );
      expect(said).toEqual(['a running', 'b running', 'b stopped for good', 'a stopped for good']);
      expect(outcome).toEqual({ completed: true });
    });

    it('by an observer that hears of the failure, does not go down for it', () => {
      const controller = new AbortController();
      const list = [idle('a'), crashing('b'), idle('c')];
      const { said, outcome } = words(
        supervise(list, { ...all, signal: controller.signal }).pipe(
          tap(({ status }) => {
            if (status === 'failed') controller.abort();
          }),
        ),
      );
      said.length = 0;
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['b failed', 'b stopped for good', 'c stopped for good', 'a stopped for good']);
      expect(outcome).toEqual({ completed: true });
    });

    it('where a sibling is out of its grace then, ends with a ShutdownTimeoutError', () => {
      const controller = new AbortController();
      const list = [crashing('a'), deafOnce('b', { shutdown: 4 })];
      const { said, outcome } = words(supervise(list, { ...all, restart: 100, signal: controller.signal }));
      jest.advanceTimersByTime(6);
      controller.abort();
      jest.advanceTimersByTime(3);
      expect(said.slice(2)).toEqual(['a failed', 'b stopping', 'a stopped for good', 'b failed for good']);
      expect(outcome.error).toEqual(new ShutdownTimeoutError(['b']));
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('that is unsubscribed from', () => {
    it.each([
      ['is up', '-!', { a: 'r', b: 'r', c: 'r' }],
      ['goes down, the first in its grace', '---!', { a: 'r', b: 'r-f', c: 'r-x' }],
      ['goes down, the last in its grace', '------!', { a: 'r----x', b: 'r-f', c: 'r-x--c' }],
      ['is down, and waits for the delay', '---------!', { a: 'r----x-c', b: 'r-f', c: 'r-x--c' }],
      ['has come back', '-------------!', { a: 'r----x-c---r', b: 'r-f--------r', c: 'r-x--c-----r' }],
    ])('while it %s, says no more', (_, stop, diagrams) => {
      marbles((helpers) => {
        const list = [slow('a', 2), scriptedService('b', ['--#', '-'], helpers.cold), slow('c', 3)];
        expectSiblings(helpers, supervise(list, { ...all, restart: 9 }), diagrams, stop);
      });
    });

    it.each([
      ['is up', 1],
      ['goes down, the first in its grace', 6],
      ['goes down, the last in its grace', 9],
      ['is down, and waits for the delay', 12],
      ['has come back', 16],
    ])('while it %s, is cut at once, and leaves nothing behind', (_, ms) => {
      let live = 0;
      const counted = (counting: Service) =>
        service(counting.name, (context) =>
          defer(() => {
            live++;
            return counting.run(context) as Observable<unknown>;
          }).pipe(finalize(() => live--)),
        );
      const list = [counted(slow('a', 2)), counted(crashing('b')), counted(slow('c', 3))];
      const { said, outcome, subscription } = words(supervise(list, { ...all, restart: 9 }));
      jest.advanceTimersByTime(ms);
      const sofar = said.length;
      subscription.unsubscribe();
      expect(live).toBe(0);
      expect(jest.getTimerCount()).toBe(0);
      jest.advanceTimersByTime(100);
      expect(said).toHaveLength(sofar);
      expect(outcome).toEqual({});
    });

    it.each([0, 1])('while it starts, starts no more (start %d)', (start) => {
      const started: string[] = [];
      let subscription: Subscription | undefined = undefined;
      const noting = (name: string) =>
        service(name, ({ restarts }) => {
          started.push(`${name} ${restarts}`);
          return NEVER;
        });
      const unsubscribing = service('b', ({ restarts }) => {
        if (restarts === start) subscription?.unsubscribe();
        return restarts === 0 ? crash(5) : NEVER;
      });
      subscription = new Subscription();
      subscription.add(supervise([noting('a'), unsubscribing, noting('c')], all).subscribe());
      jest.advanceTimersByTime(100);
      expect(started).toEqual(start === 0 ? ['a 0', 'c 0'] : ['a 0', 'c 0', 'a 1']);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('that escalates', () => {
    it.each<Strategy>(['one-for-all', 'rest-for-one'])(
      'stops the others for good, in reverse order (%s)',
      (strategy) => {
        marbles((helpers) => {
          const a = '   r---x-(C#)';
          const b = '   r-F---#';
          const c = '   r-x-C-#';
          const list = [slow('a', 2), scriptedService('b', ['--#'], helpers.cold), slow('c', 2)];
          const limit = { restarts: 0, within: 1 };
          const event$ = supervise(list, { strategy, restart: { limit } });
          const error = new RestartLimitError('b', limit, { cause: 'error' });
          expectSiblings(helpers, event$, { a, b, c }, undefined, error);
        });
      },
    );

    it('has counted the siblings that came back with it as one', () => {
      const limit = { restarts: 2, within: 100 };
      const failing = service('b', () => crash(5));
      const { said, outcome } = words(
        supervise([idle('a'), failing, idle('c')], { strategy: 'one-for-all', restart: { delay: 1, limit } }),
      );
      jest.advanceTimersByTime(100);
      expect(said.filter((each) => each.startsWith('b failed'))).toEqual(['b failed', 'b failed', 'b failed for good']);
      expect(outcome.error).toEqual(new RestartLimitError('b', limit, { cause: broken }));
    });
  });

  it.each<Strategy>(['one-for-all', 'rest-for-one'])('runs no service twice at the same time (%s)', (strategy) => {
    marbles(({ cold }) => {
      // services that are scripted fail the test where their runs overlap
      const runs = (index: number) =>
        Array.from({ length: 40 }, (_, run) => `${'-'.repeat(1 + ((3 * index + 2 * run) % 7))}#`);
      const list = [0, 1, 2, 3].map((index) => scriptedService(`s${index}`, runs(index), cold, { restart: index }));
      const started: Record<string, number> = {};
      const subscription = supervise(list, { strategy })
        .pipe(filter(({ status }) => status === 'running'))
        .subscribe(({ service: name, restarts }) => (started[name] = restarts + 1));
      at(100, () => {
        subscription.unsubscribe();
        expect(Object.keys(started)).toEqual(['s0', 's1', 's2', 's3']);
        for (const runsOfOne of Object.values(started)) expect(runsOfOne).toBeGreaterThan(10);
      });
    });
  });

  it('has room for many: 5,000 services go down and come back without overflowing the stack', () => {
    const list = [crashing('first'), ...Array.from({ length: 5_000 }, (_, index) => idle(`s${index}`))];
    const { said, subscription } = words(supervise(list, all));
    jest.advanceTimersByTime(8);
    expect(said).toHaveLength(3 * 5_001);
    expect(said.slice(5_001, 5_003)).toEqual(['first failed', 's4999 stopped']);
    subscription.unsubscribe();
  });
});

/** Fails after so many ms. */
function crash(ms: number): Observable<never> {
  return timer(ms).pipe(mergeMap(() => throwError(() => broken)));
}

/** A service whose first run fails after 5 ms; those of the numbers that are given fail at once. */
function crashing(name: string, atOnce: readonly number[] = []): Service {
  return service(name, ({ restarts }) => {
    if (restarts === 0) return crash(5);
    return atOnce.includes(restarts) ? throwError(() => broken) : NEVER;
  });
}

/** An Observable service whose first run takes so many ms to end, and whose later ones end at once. */
function slowOnce(name: string, ms: number): Service {
  return service(name, (context) =>
    context.restarts === 0 ? fromEvent(context.signal, 'abort').pipe(take(1), delay(ms)) : NEVER,
  );
}

/** Reads the signal of a run, which is the run's promise to end by it. */
function isOpen(signal: AbortSignal): boolean {
  return !signal.aborted;
}
