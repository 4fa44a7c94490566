import { EMPTY, mergeMap, NEVER, Observable, of, throwError, timer } from 'rxjs';
import {
  type Backoff,
  ofService,
  type RestartMode,
  type RestartOptions,
  service,
  type StatusEvent,
  supervise,
  Supervisor,
  type Termination,
} from '../lib/index.js';
import { scriptedService, statusMarbles } from '../lib/testing.js';
import { abortedAt, at, marbles } from './helpers.js';

/** The events of a supervisor, which runs from when they are subscribed to. */
function eventsOf(supervisor: Supervisor): Observable<StatusEvent> {
  return new Observable((subscriber) => {
    subscriber.add(supervisor.status$.subscribe(subscriber));
    void supervisor.run();
  });
}

/** What happens, collected; it is subscribed to at once. */
function collect(event$: Observable<StatusEvent>) {
  const events: StatusEvent[] = [];
  const outcome: { error?: unknown; completed?: true } = {};
  const subscription = event$.subscribe({
    next: (event) => events.push(event),
    error: (error: unknown) => (outcome.error = error),
    complete: () => (outcome.completed = true),
  });
  return {
    events,
    outcome,
    subscription,
    statuses: () => events.map(({ status }) => status),
    last: () => events.at(-1),
  };
}

const down = new Error('down');
const failing = (name = 'a', restart?: RestartMode | number | RestartOptions) =>
  service(name, () => throwError(() => down), restart === undefined ? {} : { restart });

/** A delay function that remembers what it was asked. */
function asked(answer: ReturnType<Backoff> | ((attempt: number) => ReturnType<Backoff>)) {
  const calls: { attempt: number; end: Termination; previous: number | undefined }[] = [];
  const delay: Backoff = (attempt, end, previous) => {
    calls.push({ attempt, end, previous });
    return typeof answer === 'function' ? (answer as (attempt: number) => number)(attempt) : answer;
  };
  return { delay, calls, attempts: () => calls.map(({ attempt }) => attempt) };
}

describe('Child', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  describe('events', () => {
    it('are one for each change', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#', '---|', '--'], cold);
        const events = '                 r-f--r--c--r---';
        const stop = '                   --------------!';
        expectObservable(supervise([a], { restart: 3 }).pipe(statusMarbles()), stop).toBe(events);
      });
    });

    it('say when, after how many restarts, and what follows', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#', '---|'], cold);
        const policy = { when: ({ kind }: Termination) => kind === 'failed', delay: 3 };
        expectObservable(supervise([a], { restart: policy })).toBe('1-2--3--(4|)', {
          1: { service: 'a', status: 'running', time: 0, restarts: 0 },
          2: { service: 'a', status: 'failed', time: 2, restarts: 0, final: false, restartIn: 3, error: 'error' },
          3: { service: 'a', status: 'running', time: 5, restarts: 1 },
          4: { service: 'a', status: 'stopped', time: 8, restarts: 1, final: true },
        });
      });
    });

    it('have no restartIn where the delay is no number', () => {
      const { events, subscription } = collect(supervise([failing()], { restart: { delay: () => NEVER } }));
      expect(events[1]).toStrictEqual({
        service: 'a',
        status: 'failed',
        time: Date.now(),
        restarts: 0,
        final: false,
        error: down,
      });
      subscription.unsubscribe();
    });
  });

  describe('restart policy', () => {
    it.each<[RestartMode, string, string]>([
      // mode, status of a run that fails after 2 ms, status of one that completes then
      ['always', 'r-f--r-f', 'r-c--r-c'],
      ['on-failure', 'r-f--r-f', 'r-C-----'],
      ['never', 'r-F-----', 'r-C-----'],
    ])(`'%s' makes a failure %s, and a completion %s`, (when, failed, completed) => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#'], cold);
        const b = scriptedService('b', ['--|'], cold);
        const options = { restart: { when, delay: 3 }, autoShutdown: 'never' } as const;
        expectObservable(supervise([a], options).pipe(statusMarbles()), '--------!').toBe(failed);
        expectObservable(supervise([b], options).pipe(statusMarbles()), '--------!').toBe(completed);
      });
    });

    it(`as a word alone is its 'when'`, () => {
      const { events } = collect(supervise([failing()], { restart: 'never', autoShutdown: 'never' }));
      expect(events[1]).toMatchObject({ status: 'failed', final: true });
    });

    it('as a number alone is its delay', () => {
      const { events, subscription } = collect(supervise([failing('a', 10)]));
      expect(events[1]).toMatchObject({ status: 'failed', final: false, restartIn: 10 });
      subscription.unsubscribe();
    });

    it('is to restart always, after an exponential delay with full jitter, by default', () => {
      const many = Array.from({ length: 100 }, (_, index) => service(`s${index}`, () => undefined));
      const { events, subscription } = collect(supervise(many));
      const delays = () => events.splice(0).flatMap((event) => ('restartIn' in event ? (event.restartIn ?? []) : []));
      const first = delays();
      expect(Math.max(...first)).toBeLessThan(100);
      expect(Math.max(...first)).toBeGreaterThan(50);
      expect(Math.min(...first)).toBeLessThan(50);
      jest.advanceTimersByTime(100);
      const second = delays();
      expect(Math.max(...second)).toBeGreaterThan(100);
      subscription.unsubscribe();
    });

    it('of a service wins over that of the supervisor, field by field', () => {
      const a = service('a', () => undefined, { restart: { when: 'on-failure' } });
      const b = service('b', () => throwError(() => down), { restart: { when: 'on-failure' } });
      const c = service('c', () => throwError(() => down), { restart: 3 });
      const { events, subscription } = collect(supervise([a, b, c], { restart: { delay: 7, when: 'always' } }));
      expect(events.filter(({ status }) => status !== 'running')).toMatchObject([
        { service: 'a', status: 'stopped', final: true },
        { service: 'b', status: 'failed', final: false, restartIn: 7 },
        { service: 'c', status: 'failed', final: false, restartIn: 3 },
      ]);
      subscription.unsubscribe();
    });

    it('may be a function that is asked at each end, with how it ended', () => {
      const ends: Termination[] = [];
      const when = (end: Termination) => {
        ends.push(end);
        return ends.length < 3;
      };
      marbles(({ cold, expectObservable, flush }) => {
        const a = scriptedService('a', ['--#', '-|'], cold);
        expectObservable(supervise([a], { restart: { when, delay: 2 } }).pipe(statusMarbles())).toBe('r-f-rc-r(C|)');
        flush();
        expect(ends).toEqual([{ kind: 'failed', error: 'error' }, { kind: 'completed' }, { kind: 'completed' }]);
      });
    });
  });

  describe('delay', () => {
    it('is asked for with 1, 2, 3, how the run ended, and the delay before', () => {
      const { delay, calls } = asked((attempt) => attempt * 2);
      const { subscription } = collect(supervise([failing()], { restart: { delay } }));
      jest.advanceTimersByTime(2 + 4);
      const end = { kind: 'failed', error: down };
      expect(calls).toEqual([
        { attempt: 1, end, previous: undefined },
        { attempt: 2, end, previous: 2 },
        { attempt: 3, end, previous: 4 },
      ]);
      subscription.unsubscribe();
    });

    it('is asked for without the delay before where that was no number', () => {
      const { delay, calls } = asked((attempt) => (attempt === 2 ? timer(5) : 5));
      const { subscription } = collect(supervise([failing()], { restart: { delay } }));
      jest.advanceTimersByTime(11);
      expect(calls.map(({ previous }) => previous)).toEqual([undefined, 5, undefined]);
      subscription.unsubscribe();
    });

    it.each<[string, number[], string, string]>([
      ['has not forgotten', [1, 2, 3, 4], '--------#', 'ends after 8 ms'],
      ['has forgotten', [1, 2, 1, 2], '---------#', 'ends after 9 ms'],
      ['has forgotten', [1, 2, 1, 2], '----------#', 'ends after 10 ms'],
    ])('%s earlier attempts (%j) with a resetAfter of 9, where a run (%s) %s', (_what, attempts, script) => {
      marbles(({ cold, flush }) => {
        const { delay, calls } = asked(1);
        const a = scriptedService('a', ['-#', '-#', script, '-#', '-'], cold);
        const running = supervise([a], { restart: { delay, resetAfter: 9 } }).subscribe();
        at(40, () => {
          running.unsubscribe();
        });
        flush();
        expect(calls.map(({ attempt }) => attempt)).toEqual(attempts);
        expect(calls.map(({ previous }) => previous)).toEqual(attempts.map((n) => (n === 1 ? undefined : 1)));
      });
    });

    it.each([
      [59_999, [1, 2]],
      [60_000, [1, 1]],
    ])('starts over after a run of a minute by default (%d ms: %j)', (lasted, attempts) => {
      marbles(({ cold, flush }) => {
        const answered = asked(1);
        const a = scriptedService('a', ['-#', `${lasted}ms #`, '-'], cold);
        const running = supervise([a], { restart: { delay: answered.delay } }).subscribe();
        at(70_000, () => {
          running.unsubscribe();
        });
        flush();
        expect(answered.attempts()).toEqual(attempts);
      });
    });

    it('never starts over by itself with a resetAfter of Infinity', () => {
      marbles(({ cold, flush }) => {
        const answered = asked(1);
        const a = scriptedService('a', ['-#', '100m #', '-'], cold);
        const running = supervise([a], { restart: { delay: answered.delay, resetAfter: Infinity } }).subscribe();
        at(7_000_000, () => {
          running.unsubscribe();
        });
        flush();
        expect(answered.attempts()).toEqual([1, 2]);
      });
    });

    it.each(['restart', 'start', 'stop'] as const)(`starts over after a command ('%s')`, (command) => {
      const answered = asked(5);
      const supervisor = new Supervisor([failing()], { restart: { delay: answered.delay } });
      void supervisor.run();
      jest.advanceTimersByTime(5);
      void supervisor[command]('a');
      if (command === 'stop') void supervisor.start('a');
      jest.advanceTimersByTime(5);
      expect(answered.attempts()).toEqual([1, 2, 1, 2]);
      expect(answered.calls.map(({ previous }) => previous)).toEqual([undefined, 5, undefined, 5]);
      void supervisor.shutdown();
    });

    it('starts over after a restart of a live service', () => {
      marbles(({ cold, flush }) => {
        const answered = asked(1);
        const a = scriptedService('a', ['-#', '-#', '------', '-#', '-#', '-'], cold);
        const supervisor = new Supervisor([a], { restart: { delay: answered.delay } });
        void supervisor.run();
        at(6, () => supervisor.restart('a'));
        at(20, () => supervisor.shutdown());
        flush();
        expect(answered.attempts()).toEqual([1, 2, 1, 2]);
      });
    });

    it('of Infinity means that there is no restart', () => {
      for (const delay of [Infinity, () => Infinity]) {
        const { events, outcome } = collect(supervise([failing()], { restart: { delay } }));
        expect(events[1]).toMatchObject({ status: 'failed', final: true });
        expect(events[1]).not.toHaveProperty('restartIn');
        expect(outcome).toHaveProperty('error.cause', down);
      }
    });

    it.each([2 ** 31 - 1, 2 ** 31, 2 ** 33 + 0.5])('of %d ms is waited for', (delay) => {
      const { events, statuses, subscription } = collect(supervise([failing()], { restart: { delay: () => delay } }));
      expect(events[1]).toMatchObject({ restartIn: delay });
      jest.advanceTimersByTime(delay - 1);
      expect(statuses()).toEqual(['running', 'failed']);
      jest.advanceTimersByTime(2);
      expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
      subscription.unsubscribe();
    });

    const cause = new Error('a cause of its own');
    const plain = () => new Error('no idea');

    it('that throws ends the service for good with that error, and sets its cause', () => {
      const thrown = plain();
      const delay = () => {
        throw thrown;
      };
      const { events } = collect(supervise([failing()], { restart: { delay } }));
      expect(events).toMatchObject([{ status: 'running' }, { status: 'failed', final: true }]);
      expect(events[1]).toHaveProperty('error', thrown);
      expect(thrown.cause).toBe(down);
    });

    it('that throws an error with a cause, or no Error, leaves it as it is', () => {
      for (const thrown of [new Error('no idea', { cause }), 'no idea']) {
        const delay = () => {
          throw thrown as Error;
        };
        const { events } = collect(supervise([failing()], { restart: { delay } }));
        expect(events[1]).toHaveProperty('error', thrown);
        if (thrown instanceof Error) expect(thrown.cause).toBe(cause);
      }
    });

    it('that throws after a completion makes the service failed, with no cause', () => {
      const thrown = plain();
      const delay = () => {
        throw thrown;
      };
      const { events } = collect(supervise([service('a', () => undefined)], { restart: { delay } }));
      expect(events[1]).toMatchObject({ status: 'failed', final: true, error: thrown });
      expect('cause' in thrown).toBe(false);
    });

    it(`of which 'when' throws ends the service alike`, () => {
      const thrown = plain();
      const when = () => {
        throw thrown;
      };
      const { events } = collect(supervise([failing()], { restart: { when } }));
      expect(events[1]).toMatchObject({ status: 'failed', final: true, error: thrown });
      expect(thrown.cause).toBe(down);
    });

    it.each([
      [NaN, RangeError],
      [-1, RangeError],
      ['soon', TypeError],
      [undefined, TypeError],
      [null, TypeError],
      [true, TypeError],
      [{}, TypeError],
    ])('that answers %p ends the service for good with a %p', (answer, type) => {
      const { events } = collect(supervise([failing()], { restart: { delay: () => answer as never } }));
      expect(events[1]).toMatchObject({ status: 'failed', final: true, error: expect.any(type) as unknown });
      expect(events[1]).toHaveProperty('error.cause', down);
    });
  });

  describe('delay Observable', () => {
    it('restarts at its first value, and is not listened to any more', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const delay$ = cold('           ---a---a');
        const waits = '               --^--!';
        const events = '              r-f--r---';
        const stop = '                --------!';
        const a = scriptedService('a', ['--#', '-'], cold);
        expectObservable(supervise([a], { restart: { delay: () => delay$ } }).pipe(statusMarbles()), stop).toBe(events);
        expectSubscriptions(delay$.subscriptions).toBe(waits);
      });
    });

    it('may be a Promise', async () => {
      const { statuses, subscription } = collect(
        supervise([failing()], { restart: { delay: (attempt) => (attempt === 1 ? Promise.resolve() : NEVER) } }),
      );
      expect(statuses()).toEqual(['running', 'failed']);
      await jest.advanceTimersByTimeAsync(1);
      expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
      subscription.unsubscribe();
    });

    it('that completes empty says the end of the run again, as final', () => {
      marbles(({ cold, expectObservable }) => {
        const delay$ = cold('           ---|');
        const failed = '              r-f--F---';
        const completed = '           r-c--C---';
        const stop = '                --------!';
        const a = scriptedService('a', ['--#'], cold);
        const b = scriptedService('b', ['--|'], cold);
        const options = { restart: { delay: () => delay$ }, autoShutdown: 'never' } as const;
        expectObservable(supervise([a], options).pipe(statusMarbles()), stop).toBe(failed);
        expectObservable(supervise([b], options).pipe(statusMarbles()), stop).toBe(completed);
      });
    });

    it('that completes empty says the very error of the run again', () => {
      const { events } = collect(
        supervise([failing()], { restart: { delay: () => timer(3).pipe(mergeMap(() => EMPTY)) } }),
      );
      jest.advanceTimersByTime(3);
      expect(events.slice(1)).toStrictEqual([
        { service: 'a', status: 'failed', time: Date.now() - 3, restarts: 0, final: false, error: down },
        { service: 'a', status: 'failed', time: Date.now(), restarts: 0, final: true, error: down },
      ]);
    });

    it('that completes empty at once leaves one thing to say, the final end', () => {
      const { events } = collect(supervise([failing()], { restart: { delay: () => EMPTY }, autoShutdown: 'never' }));
      expect(events).toMatchObject([{ status: 'running' }, { status: 'failed', final: true, error: down }]);
    });

    it('that errors is the failure of the service, and final', () => {
      const broken = new Error('no clock');
      const delay = () => timer(3).pipe(mergeMap(() => throwError(() => broken)));
      const { events } = collect(supervise([failing()], { restart: { delay }, autoShutdown: 'never' }));
      jest.advanceTimersByTime(3);
      expect(events).toMatchObject([
        { status: 'running' },
        { status: 'failed', final: false, error: down },
        { status: 'failed', final: true, error: broken },
      ]);
      expect(broken.cause).toBe(down);
    });

    it('that errors is the failure also of a service that had completed', () => {
      marbles(({ cold, expectObservable }) => {
        const delay$ = cold('           ---#');
        const events = '              r-c--F---';
        const a = scriptedService('a', ['--|'], cold);
        const options = { restart: { delay: () => delay$ }, autoShutdown: 'never' } as const;
        expectObservable(supervise([a], options).pipe(statusMarbles()), '--------!').toBe(events);
      });
    });

    it('that errors at once leaves one thing to say, that error', () => {
      const broken = new Error('no clock');
      const delay = () => throwError(() => broken);
      const { events } = collect(supervise([failing()], { restart: { delay }, autoShutdown: 'never' }));
      expect(events).toMatchObject([{ status: 'running' }, { status: 'failed', final: true, error: broken }]);
    });

    it('that errors in the call of subscribe is an error like any', () => {
      const broken = new Error('no clock');
      const delay = () =>
        new Observable(() => {
          throw broken;
        });
      const { events } = collect(supervise([failing()], { restart: { delay }, autoShutdown: 'never' }));
      expect(events).toMatchObject([{ status: 'running' }, { status: 'failed', final: true, error: broken }]);
    });
  });

  describe('restart', () => {
    it.each<[string, number | Backoff]>([
      ['a delay of 0', 0],
      ['a delay Observable that emits at once', () => of('now')],
    ])('never happens inside the failure, but on a later turn (%s)', (_which, delay) => {
      const { statuses, subscription } = collect(supervise([failing()], { restart: { delay } }));
      expect(statuses()).toEqual(['running', 'failed']);
      jest.advanceTimersToNextTimer();
      expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
      subscription.unsubscribe();
    });

    it('never happens in the same turn, but on a later one, where the delay is a Promise that is kept already', async () => {
      const delay = (attempt: number) => (attempt < 3 ? Promise.resolve() : NEVER);
      const { statuses, subscription } = collect(supervise([failing()], { restart: { delay } }));
      for (let microtask = 0; microtask < 20; microtask++) await Promise.resolve();
      expect(statuses()).toEqual(['running', 'failed']);
      jest.advanceTimersToNextTimer();
      expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
      subscription.unsubscribe();
    });

    it('waits for the scheduler also where the delay Observable emits inside an observer', () => {
      const go = new Observable<void>((subscriber) => {
        supervisor.valuesOf(b).subscribe(() => {
          subscriber.next();
        });
      });
      const a = service('a', () => throwError(() => down), { restart: { delay: () => go } });
      const b = service('b', timer(3));
      const supervisor = new Supervisor([a, b], { restart: { delay: () => NEVER } });
      const { statuses } = collect(supervisor.status$.pipe(ofService('a')));
      void supervisor.run();
      jest.advanceTimersByTime(3);
      expect(statuses()).toEqual(['running', 'failed']);
      jest.advanceTimersByTime(1);
      expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
      void supervisor.shutdown();
    });

    it('that was pending is cancelled by a stop, and the service is stopped for good', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#'], cold);
        const supervisor = new Supervisor([a], { restart: 5 });
        at(4, () => supervisor.stop('a'));
        expectObservable(eventsOf(supervisor).pipe(statusMarbles()), '-----------!').toBe('r-f-C------');
      });
    });

    it('that was pending is cancelled by an abort, and the service is stopped for good', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#'], cold);
        const stream$ = supervise([a], { restart: 5, signal: abortedAt(4) });
        expectObservable(stream$.pipe(statusMarbles())).toBe('r-f-(C|)');
      });
    });

    it('that was pending is cancelled with its delay Observable', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const delay$ = cold('           ------a');
        const waits = '               --^-!    ';
        const events = '              r-f-(C|) ';
        const a = scriptedService('a', ['--#'], cold);
        const stream$ = supervise([a], { restart: { delay: () => delay$ }, signal: abortedAt(4) });
        expectObservable(stream$.pipe(statusMarbles())).toBe(events);
        expectSubscriptions(delay$.subscriptions).toBe(waits);
      });
    });

    it('that was pending is cancelled by an unsubscribe, without a word', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const delay$ = cold('           ------a');
        const waits = '               --^-!    ';
        const events = '              r-f--    ';
        const stop = '                ----!    ';
        const a = scriptedService('a', ['--#'], cold);
        expectObservable(supervise([a], { restart: { delay: () => delay$ } }).pipe(statusMarbles()), stop).toBe(events);
        expectSubscriptions(delay$.subscriptions).toBe(waits);
      });
    });

    it('is cancelled also where the stop is asked for by the delay function itself', () => {
      const delay = () => {
        void supervisor.stop('a');
        return 3;
      };
      const supervisor: Supervisor = new Supervisor([failing()], { restart: { delay } });
      const { statuses } = collect(supervisor.status$);
      void supervisor.run();
      jest.advanceTimersByTime(100);
      expect(statuses()).toEqual(['running', 'failed']);
      expect(supervisor.statuses().get('a')).toMatchObject({ final: true });
      void supervisor.shutdown();
    });

    it('is cancelled also where the stop is asked for when the failure is told', () => {
      const supervisor = new Supervisor([failing()], { restart: 3 });
      const { events } = collect(supervisor.status$);
      supervisor.status$.subscribe(({ status }) => {
        if (status === 'failed') void supervisor.stop('a');
      });
      void supervisor.run();
      jest.advanceTimersByTime(100);
      expect(events).toMatchObject([
        { status: 'running' },
        { status: 'failed', final: false },
        { status: 'stopped', final: true },
      ]);
      void supervisor.shutdown();
    });

    it('is cancelled also where the stop is asked for while the delay Observable is subscribed to', () => {
      const delay = () =>
        new Observable(() => {
          void supervisor.stop('a');
        });
      const supervisor: Supervisor = new Supervisor([failing()], { restart: { delay } });
      const { events } = collect(supervisor.status$);
      void supervisor.run();
      jest.advanceTimersByTime(100);
      expect(events.at(-1)).toMatchObject({ final: true });
      expect(events.filter(({ status }) => status === 'running')).toHaveLength(1);
      void supervisor.shutdown();
    });
  });

  describe('restart by hand', () => {
    it('is stopped, not final, then running, in one instant where the run ends at once', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['-'], cold);
        const supervisor = new Supervisor([a]);
        at(3, () => supervisor.restart('a'));
        expectObservable(eventsOf(supervisor), '--------!').toBe('1--(23)', {
          1: { service: 'a', status: 'running', time: 0, restarts: 0 },
          2: { service: 'a', status: 'stopped', time: 3, restarts: 0, final: false, restartIn: 0 },
          3: { service: 'a', status: 'running', time: 3, restarts: 1 },
        });
      });
    });

    it('waits for the end of the run within its grace', () => {
      marbles(({ cold, expectObservable }) => {
        const events = '              r--x--(cr)';
        const a = service(
          'a',
          ({ signal }) =>
            new Observable((subscriber) => {
              signal.addEventListener('abort', () => {
                subscriber.add(cold('     ---|').subscribe(subscriber));
              });
            }),
        );
        const supervisor = new Supervisor([a]);
        at(3, () => supervisor.restart('a'));
        expectObservable(eventsOf(supervisor).pipe(statusMarbles()), '--------!').toBe(events);
      });
    });

    it('follows also where its policy would not restart the service', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['-'], cold);
        const supervisor = new Supervisor([a], { restart: 'never' });
        at(3, () => supervisor.restart('a'));
        expectObservable(eventsOf(supervisor).pipe(statusMarbles()), '--------!').toBe('r--(cr)');
      });
    });

    it('follows also where the run fails while it is stopping', () => {
      const ending = service(
        'a',
        ({ signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              reject(down);
            });
          }),
      );
      const supervisor = new Supervisor([ending], { restart: 'never' });
      const { events } = collect(supervisor.status$);
      void supervisor.run();
      void supervisor.restart('a');
      return jest.advanceTimersByTimeAsync(1).then(() => {
        expect(events).toMatchObject([
          { status: 'running' },
          { status: 'stopping' },
          { status: 'failed', error: down, final: false, restartIn: 0 },
          { status: 'running', restarts: 1 },
        ]);
        void supervisor.shutdown();
      });
    });

    it.each(['start', 'restart'] as const)('of a waiting service runs it now (%s)', (command) => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#', '-'], cold);
        const supervisor = new Supervisor([a], { restart: 9 });
        at(4, () => supervisor[command]('a'));
        expectObservable(eventsOf(supervisor).pipe(statusMarbles()), '---------------!').toBe('r-f-r----------');
      });
    });

    it.each(['start', 'restart'] as const)('of an ended service runs it now (%s)', (command) => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#', '-'], cold);
        const supervisor = new Supervisor([a], { restart: 'never', autoShutdown: 'never' });
        at(4, () => supervisor[command]('a'));
        expectObservable(eventsOf(supervisor).pipe(statusMarbles()), '---------------!').toBe('r-F-r----------');
      });
    });

    it('adds to the restarts, as a start does', () => {
      const supervisor = new Supervisor([service('a', NEVER)]);
      const { last } = collect(supervisor.status$);
      void supervisor.run();
      void supervisor.restart('a');
      expect(last()).toMatchObject({ status: 'running', restarts: 1 });
      void supervisor.stop('a');
      void supervisor.start('a');
      expect(last()).toMatchObject({ status: 'running', restarts: 2 });
      void supervisor.shutdown();
    });

    it('of a service with a delay Observable stops listening to that', () => {
      marbles(({ cold, flush, expectSubscriptions }) => {
        const delay$ = cold('           ------a');
        const waits = '               --^-!    ';
        const a = scriptedService('a', ['--#', '-'], cold);
        const supervisor = new Supervisor([a], { restart: { delay: () => delay$ } });
        void supervisor.run();
        at(4, () => supervisor.restart('a'));
        at(20, () => supervisor.shutdown());
        expectSubscriptions(delay$.subscriptions).toBe(waits);
        flush();
        expect(supervisor.statuses().get('a')).toMatchObject({ restarts: 1 });
      });
    });
  });

  describe('asked to start or restart from inside other code', () => {
    it.each(['start', 'restart'] as const)(
      'runs on a later turn where an observer of the failure asks (%s)',
      (command) => {
        const supervisor = new Supervisor([failing()], { restart: 'never', autoShutdown: 'never' });
        const { statuses } = collect(supervisor.status$);
        supervisor.status$.subscribe(({ status }) => {
          if (status === 'failed') void supervisor[command]('a');
        });
        void supervisor.run();
        expect(statuses()).toEqual(['running', 'failed']);
        jest.advanceTimersToNextTimer();
        expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
        void supervisor.shutdown();
      },
    );

    it('runs on a later turn where an observer of the wait asks', () => {
      const supervisor = new Supervisor([failing()], { restart: 1000 });
      const { statuses } = collect(supervisor.status$);
      supervisor.status$.subscribe(({ status }) => {
        if (status === 'failed') void supervisor.start('a');
      });
      void supervisor.run();
      expect(statuses()).toEqual(['running', 'failed']);
      jest.advanceTimersToNextTimer();
      expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
      void supervisor.shutdown();
    });

    it('runs on a later turn where the failing function itself asks', () => {
      const a = service('a', () => {
        void supervisor.restart('a');
        throw down;
      });
      const supervisor: Supervisor = new Supervisor([a], { restart: 1000 });
      const { statuses } = collect(supervisor.status$);
      void supervisor.run();
      expect(statuses()).toEqual(['running', 'failed']);
      jest.advanceTimersToNextTimer();
      expect(statuses()).toEqual(['running', 'failed', 'running', 'failed']);
      void supervisor.shutdown();
    });

    it('runs on a later turn where a teardown asks', () => {
      let runs = 0;
      const source$ = new Observable((subscriber) => {
        if (++runs > 1) return;
        subscriber.add(timer(2).subscribe(subscriber));
        return () => void supervisor.start('a');
      });
      const options = { restart: 'never', autoShutdown: 'never' } as const;
      const supervisor: Supervisor = new Supervisor([service('a', source$)], options);
      const { statuses } = collect(supervisor.status$);
      void supervisor.run();
      jest.advanceTimersByTime(2);
      expect(statuses()).toEqual(['running', 'stopped']);
      jest.advanceTimersByTime(1);
      expect(statuses()).toEqual(['running', 'stopped', 'running']);
      void supervisor.shutdown();
    });

    it('runs on a later turn where an observer of another service asks for a restart', () => {
      const supervisor = new Supervisor([service('a', NEVER), service('b', NEVER)]);
      const { statuses } = collect(supervisor.status$.pipe(ofService('a')));
      supervisor.status$.pipe(ofService('b')).subscribe(({ status }) => {
        if (status === 'running') void supervisor.restart('a');
      });
      void supervisor.run();
      expect(statuses()).toEqual(['running', 'stopped']);
      jest.advanceTimersByTime(1);
      expect(statuses()).toEqual(['running', 'stopped', 'running']);
      void supervisor.shutdown();
    });

    it.each(['start', 'restart'] as const)(
      'runs in its turn where it has not been started yet (%s)',
      async (command) => {
        const resolved = jest.fn();
        const a = service('a', () => {
          void supervisor[command]('b').then(resolved);
          return NEVER;
        });
        const supervisor: Supervisor = new Supervisor([a, service('b', NEVER)]);
        const { events } = collect(supervisor.status$);
        void supervisor.run();
        await jest.advanceTimersByTimeAsync(1);
        expect(events).toMatchObject([
          { service: 'a', status: 'running', restarts: 0 },
          { service: 'b', status: 'running', restarts: 0 },
        ]);
        expect(resolved).toHaveBeenCalledTimes(1);
        void supervisor.shutdown();
      },
    );

    it('runs on a later turn where an observer of running asks for a restart', () => {
      const supervisor = new Supervisor([service('a', NEVER)]);
      const { statuses } = collect(supervisor.status$);
      supervisor.status$.subscribe(({ status, restarts }) => {
        if (status === 'running' && restarts === 0) void supervisor.restart('a');
      });
      void supervisor.run();
      expect(statuses()).toEqual(['running', 'stopped']);
      jest.advanceTimersByTime(1);
      expect(statuses()).toEqual(['running', 'stopped', 'running']);
      void supervisor.shutdown();
    });
  });
});
