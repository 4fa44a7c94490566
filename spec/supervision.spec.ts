import {
  delay,
  finalize,
  fromEvent,
  ignoreElements,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
  timer,
} from 'rxjs';
import {
  type Logger,
  RestartLimitError,
  type RestartOptions,
  service,
  type ServiceOptions,
  ShutdownTimeoutError,
  type StatusEvent,
  supervise,
  type SuperviseOptions,
  Supervisor,
} from '../lib/index.js';
import { scriptedService, statusMarbles } from '../lib/testing.js';
import { abortedAt, at, marbles } from './helpers.js';

/** An Observable service that reads its signal, and ends so many ms after it is aborted. */
function slow(name: string, ms: number, options?: ServiceOptions) {
  return service(name, ({ signal }) => fromEvent(signal, 'abort').pipe(take(1), delay(ms)), options);
}

/** An Observable service that takes its whole grace. */
function deaf(name: string, options?: ServiceOptions) {
  return service(name, ({ signal }) => fromEvent(signal, 'never'), options);
}

/** What happens, in words, and how it ends; subscribed to at once. */
function words(event$: Observable<StatusEvent>) {
  const said: string[] = [];
  const outcome: { error?: unknown; completed?: true } = {};
  const subscription = event$.subscribe({
    next: ({ service: name, status }) => said.push(`${name} ${status}`),
    error: (error: unknown) => (outcome.error = error),
    complete: () => (outcome.completed = true),
  });
  return { said, outcome, subscription };
}

const down = new Error('down');

describe('Supervision', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('restarts a service alone, and lets the others be', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('-------');
      const run = '         ^-----!';
      const eventsA = '     r-f--r-';
      const eventsB = '     r------';
      const stop = '        ------!';
      const pair = () => [service('a', cold('--#')), service('b', source$)];
      const options = { restart: 3, strategy: 'one-for-one' } as const;
      expectObservable(supervise(pair(), options).pipe(statusMarbles('a')), stop).toBe(eventsA);
      expectObservable(supervise(pair(), options).pipe(statusMarbles('b')), stop).toBe(eventsB);
      expectSubscriptions(source$.subscriptions).toBe([run, run]);
    });
  });

  describe('stops', () => {
    it('one after another, the last in the list first, by default', () => {
      marbles(({ expectObservable }) => {
        const eventsA = 'r------x-(C|)';
        const eventsB = 'r----x-C-|   ';
        const eventsC = 'r--x-C---|   ';
        const list = () => [slow('a', 2), slow('b', 2), slow('c', 2)];
        const event$ = () => supervise(list(), { signal: abortedAt(3) });
        expectObservable(event$().pipe(statusMarbles('a'))).toBe(eventsA);
        expectObservable(event$().pipe(statusMarbles('b'))).toBe(eventsB);
        expectObservable(event$().pipe(statusMarbles('c'))).toBe(eventsC);
      });
    });

    it(`all at once, the last in the list first, with a stopOrder of 'concurrent'`, () => {
      const controller = new AbortController();
      const list = [slow('a', 1), slow('b', 3), slow('c', 2)];
      const { said, outcome } = words(supervise(list, { signal: controller.signal, stopOrder: 'concurrent' }));
      said.length = 0;
      controller.abort();
      expect(said).toEqual(['c stopping', 'b stopping', 'a stopping']);
      jest.advanceTimersByTime(2);
      expect(said.slice(3)).toEqual(['a stopped', 'c stopped']);
      expect(outcome).toEqual({});
      jest.advanceTimersByTime(1);
      expect(said.slice(5)).toEqual(['b stopped']);
      expect(outcome).toEqual({ completed: true });
    });

    it('those that wait at once, the last in the list first, before the first that runs is asked to', () => {
      const controller = new AbortController();
      const failing = (name: string) => service(name, () => throwError(() => down));
      const list = [slow('a', 2), failing('b'), slow('c', 2), failing('d')];
      const { said } = words(supervise(list, { signal: controller.signal, restart: 100 }));
      said.length = 0;
      controller.abort();
      expect(said).toEqual(['d stopped', 'b stopped', 'c stopping']);
    });

    it('and passes over those that have ended', () => {
      const controller = new AbortController();
      const list = [service('a', NEVER), service('b', of(1)), service('c', NEVER)];
      const { said, outcome } = words(supervise(list, { signal: controller.signal, restart: 'never' }));
      said.length = 0;
      controller.abort();
      expect(said).toEqual(['c stopped', 'a stopped']);
      expect(outcome).toEqual({ completed: true });
    });

    it.each(['reverse', 'concurrent'] as const)('10,000 services without overflowing the stack (%s)', (stopOrder) => {
      const controller = new AbortController();
      const list = Array.from({ length: 10_000 }, (_, index) => service(`s${index}`, NEVER));
      const { said, outcome } = words(supervise(list, { signal: controller.signal, stopOrder }));
      controller.abort();
      expect(said).toHaveLength(20_000);
      expect(said.slice(10_000, 10_002)).toEqual(['s9999 stopped', 's9998 stopped']);
      expect(outcome).toEqual({ completed: true });
    });

    it('what ends by itself meanwhile for good', () => {
      marbles(({ cold, expectObservable }) => {
        const eventsA = '   r----F-|   ';
        const eventsB = '   r--x---(C|)';
        const a = () => service('a', cold('-----#'));
        const options = () => ({ signal: abortedAt(3), restart: 1 });
        expectObservable(supervise([a(), slow('b', 4)], options()).pipe(statusMarbles('a'))).toBe(eventsA);
        expectObservable(supervise([a(), slow('b', 4)], options()).pipe(statusMarbles('b'))).toBe(eventsB);
      });
    });

    it('and asks no policy about what ends by itself meanwhile', () => {
      const [when, backoff] = [jest.fn(() => true), jest.fn(() => 1)];
      const controller = new AbortController();
      const list = [service('a', timer(5), { restart: { when, delay: backoff } }), slow('b', 9)];
      const { said } = words(supervise(list, { signal: controller.signal }));
      controller.abort();
      jest.advanceTimersByTime(9);
      expect(said).toContain('a stopped');
      expect(when).not.toHaveBeenCalled();
      expect(backoff).not.toHaveBeenCalled();
    });

    it('what completes by itself meanwhile for good', () => {
      marbles(({ cold, expectObservable }) => {
        const list = [service('a', cold('-----|')), slow('b', 4)];
        const options = { signal: abortedAt(3), restart: 1 };
        expectObservable(supervise(list, options).pipe(statusMarbles('a'))).toBe('r----C-|');
      });
    });

    it('what a restart by hand was to follow for good', () => {
      const supervisor = new Supervisor([slow('a', 5)]);
      const { said } = words(supervisor.status$);
      void supervisor.run();
      void supervisor.restart('a');
      void supervisor.shutdown();
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['a running', 'a stopping', 'a stopped']);
      expect(supervisor.statuses().get('a')).toMatchObject({ final: true });
    });

    it('only once', () => {
      const aborted = jest.fn();
      const supervisor = new Supervisor([
        service('a', ({ signal }) => {
          signal.addEventListener('abort', aborted);
          return NEVER;
        }),
      ]);
      const { said } = words(supervisor.status$);
      void supervisor.run();
      void supervisor.shutdown();
      void supervisor.shutdown();
      expect(aborted).toHaveBeenCalledTimes(1);
      expect(said).toEqual(['a running', 'a stopping']);
      jest.advanceTimersByTime(0);
    });

    it('for the first reason that it was given', () => {
      const controller = new AbortController();
      const reasons: unknown[] = [];
      const a = service('a', ({ signal }) => {
        signal.addEventListener('abort', () => reasons.push(signal.reason));
        return fromEvent(signal, 'abort').pipe(take(1));
      });
      const supervisor = new Supervisor([a, slow('b', 5)]);
      void supervisor.run({ signal: controller.signal });
      controller.abort('enough');
      void supervisor.shutdown();
      jest.advanceTimersByTime(5);
      expect(reasons).toEqual(['enough']);
    });

    it.each(['reverse', 'concurrent'] as const)(
      'and ends with one ShutdownTimeoutError of all that were out of grace, when all have stopped (%s)',
      (stopOrder) => {
        const controller = new AbortController();
        const list = [slow('a', 8), deaf('b', { shutdown: 2 }), deaf('c', { shutdown: 3 })];
        const { said, outcome } = words(supervise(list, { signal: controller.signal, stopOrder }));
        controller.abort();
        jest.advanceTimersByTime(7);
        expect(outcome).toEqual({});
        expect(said.filter((each) => each.endsWith('failed')).sort()).toEqual(['b failed', 'c failed']);
        jest.advanceTimersByTime(8);
        expect(said.at(-1)).toBe('a stopped');
        expect(outcome.error).toBeInstanceOf(ShutdownTimeoutError);
        const { services } = outcome.error as ShutdownTimeoutError;
        expect([...services].sort()).toEqual(['b', 'c']);
      },
    );
  });

  describe('restart limit', () => {
    const restart = (limit: RestartOptions['limit'], more: RestartOptions = {}): RestartOptions => ({
      delay: 1,
      ...(limit && { limit }),
      ...more,
    });
    const giveUp = { exhausted: 'give-up' } as const;

    it('allows so many restarts, and gives up at the next', () => {
      marbles(({ cold, expectObservable }) => {
        const events = '                 r-fr-fr-F--';
        const a = scriptedService('a', ['--#'], cold);
        const options = { restart: restart({ restarts: 2, within: 100 }, giveUp), autoShutdown: 'never' } as const;
        expectObservable(supervise([a], options).pipe(statusMarbles()), '----------!').toBe(events);
      });
    });

    it('allows none with 0 restarts', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#'], cold);
        const options = { restart: restart({ restarts: 0, within: 1 }, giveUp), autoShutdown: 'never' } as const;
        expectObservable(supervise([a], options).pipe(statusMarbles()), '----------!').toBe('r-F-------');
      });
    });

    it.each([
      // restarts are decided at 2, 5, 8: the window of the third reaches back to 8 - within, which is not in it
      [3, 'r-fr-fr-fr-'],
      [4, 'r-fr-F-----'],
    ])('counts what is in a window that slides (%d ms)', (within, events) => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--#'], cold);
        const options = { restart: restart({ restarts: 1, within }, giveUp), autoShutdown: 'never' } as const;
        expectObservable(supervise([a], options).pipe(statusMarbles()), '----------!').toBe(events);
      });
    });

    it('of the supervisor is one budget of all its services', () => {
      marbles(({ cold, expectObservable }) => {
        const eventsA = '       r-fr------';
        const eventsB = '       r---F-----';
        const options = { restart: restart({ restarts: 1, within: 100 }, giveUp), autoShutdown: 'never' } as const;
        const pair = () => [scriptedService('a', ['--#', '-'], cold), scriptedService('b', ['----#'], cold)];
        expectObservable(supervise(pair(), options).pipe(statusMarbles('a')), '---------!').toBe(eventsA);
        expectObservable(supervise(pair(), options).pipe(statusMarbles('b')), '---------!').toBe(eventsB);
      });
    });

    it('of a service replaces that of the supervisor, and counts its own restarts alone', () => {
      marbles(({ cold, expectObservable }) => {
        const eventsA = '       r-fr-fr---';
        const eventsB = '       r-----fr--';
        const eventsC = '       r-------F-';
        const options = { restart: restart({ restarts: 1, within: 100 }, giveUp), autoShutdown: 'never' } as const;
        const list = () => [
          scriptedService('a', ['--#', '--#', '-'], cold, { restart: { limit: { restarts: 2, within: 100 } } }),
          scriptedService('b', ['------#', '-'], cold),
          scriptedService('c', ['--------#'], cold),
        ];
        expectObservable(supervise(list(), options).pipe(statusMarbles('a')), '---------!').toBe(eventsA);
        expectObservable(supervise(list(), options).pipe(statusMarbles('b')), '---------!').toBe(eventsB);
        expectObservable(supervise(list(), options).pipe(statusMarbles('c')), '---------!').toBe(eventsC);
      });
    });

    it('does not count runs that end without a restart', () => {
      marbles(({ cold, expectObservable }) => {
        const list = [
          scriptedService('a', ['--#'], cold, { restart: 'never' }),
          scriptedService('b', ['--#'], cold, { restart: { delay: () => Infinity } }),
          scriptedService('c', ['----#', '-'], cold),
        ];
        const options = { restart: restart({ restarts: 1, within: 100 }), autoShutdown: 'never' } as const;
        expectObservable(supervise(list, options).pipe(statusMarbles('c')), '--------!').toBe('r---fr--');
      });
    });

    it('does not count restarts by hand', () => {
      marbles(({ cold, expectObservable }) => {
        const events = '                 --(cr)-----fr-F-';
        const a = scriptedService('a', ['-', '---------#', '--#'], cold);
        const supervisor = new Supervisor([a], {
          restart: restart({ restarts: 1, within: 100 }, giveUp),
          autoShutdown: 'never',
        });
        void supervisor.run();
        at(2, () => supervisor.restart('a'));
        const letters$ = supervisor.status$.pipe(statusMarbles());
        expectObservable(letters$, '---------------!').toBe(events);
      });
    });

    it('counts a restart when it is decided, also where it is cancelled later', () => {
      const supervisor = new Supervisor([service('a', () => throwError(() => down))], {
        restart: restart({ restarts: 1, within: 100 }, { delay: 50, ...giveUp }),
        autoShutdown: 'never',
      });
      const { said } = words(supervisor.status$);
      void supervisor.run();
      void supervisor.stop('a');
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'stopped', final: true });
      void supervisor.start('a');
      expect(said).toEqual(['a running', 'a failed', 'a stopped', 'a running', 'a failed']);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'failed', final: true });
      void supervisor.shutdown();
    });

    it('is not forgotten with the backoff, where a command restarts the service', () => {
      const limit = { restarts: 1, within: 100 };
      const a = service('a', () => throwError(() => down), { restart: { limit, ...giveUp } });
      const supervisor = new Supervisor([a], { restart: 10, autoShutdown: 'never' });
      void supervisor.run();
      expect(supervisor.statuses().get('a')).toMatchObject({ final: false });
      void supervisor.restart('a');
      expect(supervisor.statuses().get('a')).toMatchObject({ final: true });
      void supervisor.shutdown();
    });

    it(`given up ends the service, and the others go on, with 'give-up'`, () => {
      marbles(({ cold, expectObservable }) => {
        const eventsA = '       r-F------';
        const eventsB = '       r-----f--';
        const stop = '          --------!';
        const list = () => [
          scriptedService('a', ['--#'], cold, { restart: { limit: { restarts: 0, within: 1 } } }),
          scriptedService('b', ['------#', '-'], cold, { restart: 5 }),
        ];
        const options = { restart: { exhausted: 'give-up' } } as const;
        expectObservable(supervise(list(), options).pipe(statusMarbles('a')), stop).toBe(eventsA);
        expectObservable(supervise(list(), options).pipe(statusMarbles('b')), stop).toBe(eventsB);
      });
    });

    it('given up is stopped, and final, where the last run completed', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['--|'], cold);
        const options = { restart: restart({ restarts: 1, within: 100 }, giveUp), autoShutdown: 'never' } as const;
        expectObservable(supervise([a], options).pipe(statusMarbles()), '--------!').toBe('r-cr-C---');
      });
    });

    it('escalates by default: the others are stopped in reverse order, and the supervisor fails', () => {
      const limit = { restarts: 0, within: 1 };
      const failing = service('b', timer(1).pipe(map(fail)));
      const list = [slow('a', 2), failing, slow('c', 2), service('d', NEVER)];
      const { said, outcome } = words(supervise(list, { restart: { limit } }));
      said.length = 0;
      jest.advanceTimersByTime(1);
      expect(said).toEqual(['b failed', 'd stopped', 'c stopping']);
      jest.advanceTimersByTime(2);
      expect(said.slice(3)).toEqual(['c stopped', 'a stopping']);
      expect(outcome).toEqual({});
      jest.advanceTimersByTime(2);
      expect(said.slice(5)).toEqual(['a stopped']);
      expect(outcome.error).toBeInstanceOf(RestartLimitError);
      expect(outcome.error).toMatchObject({ service: 'b', limit, cause: down });
    });

    it('escalates with a final event', () => {
      const events: StatusEvent[] = [];
      const a = service('a', () => throwError(() => down));
      supervise([a], { restart: { limit: { restarts: 0, within: 1 } } }).subscribe({
        next: (event) => events.push(event),
        error: () => undefined,
      });
      expect(events[1]).toMatchObject({ status: 'failed', final: true, error: down });
    });

    it('escalates without a cause where the last run completed', () => {
      const { outcome } = words(supervise([service('a', of(1))], { restart: { limit: { restarts: 0, within: 1 } } }));
      expect(outcome.error).toBeInstanceOf(RestartLimitError);
      expect(outcome.error).not.toHaveProperty('cause');
    });

    it('escalates also while the services are started: those after are not', () => {
      const failing = service('a', () => throwError(() => down));
      const called = jest.fn(() => NEVER);
      const list = [failing, service('b', called)];
      const { said, outcome } = words(supervise(list, { restart: { limit: { restarts: 0, within: 1 } } }));
      expect(said).toEqual(['a running', 'a failed']);
      expect(called).not.toHaveBeenCalled();
      expect(outcome.error).toBeInstanceOf(RestartLimitError);
    });

    it('is the error that the supervisor ends with, also where a service is out of its grace then', () => {
      const list = [deaf('a', { shutdown: 2 }), service('b', () => throwError(() => down))];
      const { said, outcome } = words(supervise(list, { restart: { limit: { restarts: 0, within: 1 } } }));
      jest.advanceTimersByTime(2);
      expect(said.at(-1)).toBe('a failed');
      expect(outcome.error).toBeInstanceOf(RestartLimitError);
    });
  });

  describe('autoShutdown', () => {
    const never = { restart: 'never' } as const;

    it.each<[SuperviseOptions['autoShutdown'], string, string]>([
      // status of a, which completes after 2 ms, and of b, which completes after 5
      ['all-significant', 'r-C--|   ', 'r----(C|)'],
      ['any-significant', 'r-(C|)   ', 'r-(C|)   '],
      ['never', '          r-C------', 'r----C---'],
      [undefined, '       r-C--|   ', 'r----(C|)'],
    ])(`'%s'`, (autoShutdown, eventsA, eventsB) => {
      marbles(({ cold, expectObservable }) => {
        const options = autoShutdown === undefined ? never : { ...never, autoShutdown };
        const list = () => [service('a', cold('--|')), service('b', cold('-----|'))];
        expectObservable(supervise(list(), options).pipe(statusMarbles('a')), '---------!').toBe(eventsA);
        expectObservable(supervise(list(), options).pipe(statusMarbles('b')), '---------!').toBe(eventsB);
      });
    });

    it('does not wait for insignificant services, and stops them then', () => {
      marbles(({ cold, expectObservable }) => {
        const eventsA = '          r-C-|   ';
        const eventsB = '          r-x-(C|)';
        const list = () => [service('a', cold('--|')), slow('b', 2, { significant: false })];
        expectObservable(supervise(list(), never).pipe(statusMarbles('a'))).toBe(eventsA);
        expectObservable(supervise(list(), never).pipe(statusMarbles('b'))).toBe(eventsB);
      });
    });

    it.each(['all-significant', 'any-significant'] as const)(
      'does not end where an insignificant service ends (%s)',
      (autoShutdown) => {
        marbles(({ cold, expectObservable }) => {
          const list = [service('a', cold('--|'), { significant: false }), service('b', cold('------'))];
          const event$ = supervise(list, { ...never, autoShutdown });
          expectObservable(event$.pipe(statusMarbles('a')), '-----!').toBe('r-C--');
        });
      },
    );

    it('does not end where all services are insignificant', () => {
      marbles(({ cold, expectObservable }) => {
        const list = [service('a', cold('--|'), { significant: false })];
        expectObservable(supervise(list, never).pipe(statusMarbles('a')), '-----!').toBe('r-C--');
      });
    });

    it('ends where the delay of the last service completes empty', () => {
      const delays = { delay: () => timer(3).pipe(ignoreElements()) };
      const { said, outcome } = words(supervise([service('a', () => throwError(() => down))], { restart: delays }));
      expect(outcome).toEqual({});
      jest.advanceTimersByTime(3);
      expect(said).toEqual(['a running', 'a failed', 'a failed']);
      expect(outcome.error).toMatchObject({ name: 'ServiceFailedError', service: 'a', cause: down });
    });

    it('does not end where a service waits for its restart', () => {
      marbles(({ cold, expectObservable }) => {
        const event$ = supervise([service('a', cold('--|'))], { restart: 3 });
        expectObservable(event$.pipe(statusMarbles('a')), '------!').toBe('r-c--r-');
      });
    });

    it('is judged when all services have been started', () => {
      const list = [service('a', of(1)), service('b', of(1))];
      for (const autoShutdown of ['all-significant', 'any-significant'] as const) {
        const { said, outcome } = words(supervise(list, { ...never, autoShutdown }));
        expect(said).toEqual(['a running', 'a stopped', 'b running', 'b stopped']);
        expect(outcome).toEqual({ completed: true });
      }
    });

    it('ends with a ServiceFailedError of the first significant service that failed', () => {
      const failing = (name: string, ms: number, options?: ServiceOptions) =>
        service(name, timer(ms).pipe(mergeMap(() => throwError(() => new Error(`of ${name}`)))), options);
      const list = [failing('a', 5), failing('b', 3), failing('c', 2, { significant: false }), service('d', timer(1))];
      const { said, outcome } = words(supervise(list, never));
      jest.advanceTimersByTime(4);
      expect(outcome).toEqual({});
      jest.advanceTimersByTime(1);
      expect(said.at(-1)).toBe('a failed');
      expect(outcome.error).toMatchObject({ name: 'ServiceFailedError', service: 'b', cause: { message: 'of b' } });
    });

    it('waits for a service that was stopped by hand, until it is started and ends', () => {
      const b = new Subject<never>();
      const supervisor = new Supervisor([service('a', timer(2)), service('b', b)], never);
      const ended = jest.fn();
      void supervisor.run().then(ended);
      void supervisor.stop('b');
      jest.advanceTimersByTime(2);
      return Promise.resolve().then(async () => {
        expect(supervisor.statuses().get('a')).toMatchObject({ status: 'stopped', final: true });
        await jest.advanceTimersByTimeAsync(100);
        expect(ended).not.toHaveBeenCalled();
        void supervisor.start('b');
        b.complete();
        await jest.advanceTimersByTimeAsync(0);
        expect(ended).toHaveBeenCalledTimes(1);
      });
    });

    it('waits for a service that had ended and was started again', async () => {
      const [a, b] = [new Subject<never>(), new Subject<never>()];
      const source = { a: a as Observable<unknown> };
      const supervisor = new Supervisor([service('a', () => source.a), service('b', b)], never);
      const ended = jest.fn();
      void supervisor.run().then(ended);
      a.complete();
      source.a = timer(9);
      void supervisor.start('a');
      b.complete();
      await jest.advanceTimersByTimeAsync(8);
      expect(ended).not.toHaveBeenCalled();
      await jest.advanceTimersByTimeAsync(1);
      expect(ended).toHaveBeenCalledTimes(1);
    });

    it('forgets the failure of a service that was started again', async () => {
      const [a, b] = [new Subject<never>(), new Subject<never>()];
      const source = { a: a as Observable<unknown> };
      const supervisor = new Supervisor([service('a', () => source.a), service('b', b)], never);
      const ended = supervisor.run();
      a.error(down);
      source.a = timer(1);
      void supervisor.start('a');
      b.complete();
      await jest.advanceTimersByTimeAsync(1);
      await expect(ended).resolves.toBeUndefined();
    });

    it('does not end where an observer of the last end starts the service again', () => {
      const supervisor = new Supervisor([service('a', ({ restarts }) => (restarts === 0 ? of(1) : NEVER))], never);
      const { said } = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        if (event.status === 'stopped' && event.restarts === 0) void supervisor.start('a');
      });
      void supervisor.run();
      jest.advanceTimersByTime(1);
      expect(said).toEqual(['a running', 'a stopped', 'a running']);
      void supervisor.shutdown();
    });
  });

  describe('events', () => {
    it('are one object for all observers, plain and JSON-safe', () => {
      const supervisor = new Supervisor([service('a', of(1))], { restart: 'never' });
      const [one, two]: StatusEvent[][] = [[], []];
      supervisor.status$.subscribe((event) => one?.push(event));
      supervisor.status$.subscribe((event) => two?.push(event));
      void supervisor.run();
      expect(one).toHaveLength(2);
      one?.forEach((event, index) => {
        expect(two?.[index]).toBe(event);
      });
      expect(JSON.parse(JSON.stringify(one))).toEqual(one);
      expect(Object.getPrototypeOf(one?.[0])).toBe(Object.prototype);
    });

    it('reach all observers in the order in which things happened, also where an observer causes the next', () => {
      const supervisor = new Supervisor([service('a', NEVER), service('b', NEVER)]);
      const first = words(supervisor.status$);
      supervisor.status$.subscribe((event) => {
        if (event.service === 'a' && event.status === 'running') void supervisor.stop('a');
      });
      const last = words(supervisor.status$);
      void supervisor.run();
      expect(first.said).toEqual(['a running', 'a stopped', 'b running']);
      expect(last.said).toEqual(first.said);
      void supervisor.shutdown();
    });

    it('that an observer causes come after the present one, and after the call that caused them', () => {
      const log: string[] = [];
      const supervisor = new Supervisor([service('a', NEVER), service('b', NEVER)]);
      supervisor.status$.subscribe(({ service: name, status }) => {
        log.push(`${name} ${status}`);
        if (name === 'b' && status === 'running') {
          void supervisor.stop('a');
          log.push('asked');
        }
      });
      void supervisor.run();
      expect(log).toEqual(['a running', 'b running', 'asked', 'a stopped']);
      void supervisor.shutdown();
    });
  });

  describe('logger', () => {
    function recorded() {
      const lines: [string, unknown][] = [];
      const at = (level: string) => (data: object) => {
        const { status, error } = data as { status?: string; error?: unknown };
        lines.push([level, status ?? error]);
      };
      const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
      return { lines, logger };
    }

    it('gets every event as debug, with the event as data', () => {
      const debug = jest.fn();
      const { logger } = recorded();
      const events: StatusEvent[] = [];
      const a = service('a', of(1));
      supervise([a], { restart: 'never', logger: { ...logger, debug } }).subscribe((event) => events.push(event));
      expect(debug.mock.calls).toEqual([
        [events[0], 'a: running'],
        [events[1], 'a: stopped'],
      ]);
    });

    it('gets a failure that is restarted as warn, and a final failure as error', () => {
      const { logger, lines } = recorded();
      const limit = { restarts: 1, within: 100 };
      const a = service('a', () => throwError(() => down));
      words(supervise([a], { logger, restart: { delay: 1, limit } }));
      jest.advanceTimersByTime(1);
      expect(lines).toEqual([
        ['debug', 'running'],
        ['debug', 'failed'],
        ['warn', 'failed'],
        ['debug', 'running'],
        ['debug', 'failed'],
        ['error', 'failed'],
      ]);
    });

    it('gets a service out of its grace as error, also where it runs again', () => {
      const { logger, lines } = recorded();
      const supervisor = new Supervisor([deaf('a', { shutdown: 2 })], { logger });
      void supervisor.run();
      void supervisor.restart('a');
      lines.length = 0;
      jest.advanceTimersByTime(2);
      expect(lines.slice(0, 2)).toEqual([
        ['debug', 'failed'],
        ['error', 'failed'],
      ]);
      void supervisor.shutdown();
    });

    it('gets a teardown error that is swallowed as warn', () => {
      const { logger, lines } = recorded();
      const boom = new Error('cannot close');
      const a = service(
        'a',
        throwError(() => down).pipe(
          finalize(() => {
            throw boom;
          }),
        ),
      );
      words(supervise([a], { logger, restart: 5 })).subscription.unsubscribe();
      expect(lines).toContainEqual(['warn', boom]);
    });

    it('may throw, and disturbs nothing', () => {
      const fail = () => {
        throw new Error('disk full');
      };
      const logger: Logger = { debug: fail, info: fail, warn: fail, error: fail };
      const a = service('a', () => throwError(() => down));
      const { said, subscription } = words(supervise([a, service('b', NEVER)], { logger, restart: 1000 }));
      expect(said).toEqual(['a running', 'a failed', 'b running']);
      subscription.unsubscribe();
    });

    it('may call commands', () => {
      const { logger } = recorded();
      const debug = ({ status }: { status?: string }) => {
        if (status === 'failed') void supervisor.stop('a');
      };
      const supervisor: Supervisor = new Supervisor([service('a', () => throwError(() => down)), service('b', NEVER)], {
        logger: { ...logger, debug },
        restart: 1000,
      });
      const { said } = words(supervisor.status$);
      void supervisor.run();
      expect(said).toEqual(['a running', 'a failed', 'a stopped', 'b running']);
      void supervisor.shutdown();
    });
  });

  describe('leaves nothing behind', () => {
    const options = { restart: { delay: 50 }, shutdown: 20 };
    const failing = () => service('a', () => throwError(() => down));
    const late = () => service('a', NEVER, { readyOn: 'value', startTimeout: 30 });
    const cases: [string, () => ReturnType<typeof service>, number][] = [
      ['a restart is pending', failing, 1],
      ['a service is starting', late, 1],
      ['a service runs', () => slow('a', 5), 0],
    ];

    it.each(cases)('where it is unsubscribed from while %s', (_what, make, timers) => {
      const { subscription } = words(supervise([make()], options));
      expect(jest.getTimerCount()).toBe(timers);
      subscription.unsubscribe();
      expect(jest.getTimerCount()).toBe(0);
    });

    it.each(cases)('where it is aborted while %s', (_what, make) => {
      const controller = new AbortController();
      const add = jest.spyOn(controller.signal, 'addEventListener');
      const remove = jest.spyOn(controller.signal, 'removeEventListener');
      const { outcome } = words(supervise([make()], { ...options, signal: controller.signal }));
      controller.abort();
      jest.advanceTimersByTime(5);
      expect(outcome).toEqual({ completed: true });
      expect(jest.getTimerCount()).toBe(0);
      expect(add).toHaveBeenCalledTimes(1);
      expect(remove).toHaveBeenCalledTimes(1);
    });

    it('where it ends in the midst of a grace', () => {
      const controller = new AbortController();
      const { subscription, said } = words(supervise([deaf('a')], { ...options, signal: controller.signal }));
      controller.abort();
      expect(said).toEqual(['a running', 'a stopping']);
      expect(jest.getTimerCount()).toBe(1);
      subscription.unsubscribe();
      expect(jest.getTimerCount()).toBe(0);
    });

    it('where a service is stopped whose delay Observable has emitted at once', () => {
      const supervisor = new Supervisor([failing()], { restart: { delay: () => of('now') } });
      void supervisor.run();
      expect(jest.getTimerCount()).toBe(1);
      void supervisor.stop('a');
      expect(jest.getTimerCount()).toBe(0);
      void supervisor.shutdown();
    });

    it('where a delay Observable emits after it has stopped the service', () => {
      const delays = () =>
        new Observable<void>((subscriber) => {
          void supervisor.stop('a');
          subscriber.next();
        });
      const supervisor: Supervisor = new Supervisor([failing()], { restart: { delay: delays } });
      void supervisor.run();
      expect(supervisor.statuses().get('a')).toMatchObject({ final: true });
      expect(jest.getTimerCount()).toBe(0);
      void supervisor.shutdown();
    });

    it('of a delay, where an observer starts the service before', () => {
      const a = service('a', ({ restarts }) => (restarts === 0 ? throwError(() => down) : NEVER));
      const supervisor = new Supervisor([a], { restart: 1000 });
      supervisor.status$.subscribe(({ status }) => {
        if (status === 'failed') void supervisor.start('a');
      });
      void supervisor.run();
      jest.advanceTimersByTime(1);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 1 });
      expect(jest.getTimerCount()).toBe(0);
      void supervisor.shutdown();
    });

    it('where a service ends within its grace', () => {
      const a = service('a', ({ signal }) => fromEvent(signal, 'abort').pipe(take(1)));
      const controller = new AbortController();
      const { outcome } = words(supervise([a], { signal: controller.signal }));
      controller.abort();
      expect(outcome).toEqual({ completed: true });
      expect(jest.getTimerCount()).toBe(0);
    });

    it('where a service becomes ready, or ends, before its startTimeout', () => {
      const ready = service('a', timer(1), { readyOn: 'value', startTimeout: 30 });
      const dead = service('b', timer(1).pipe(map(fail)), { readyOn: 'ready', startTimeout: 30 });
      const { said } = words(supervise([ready, dead], { restart: 'never', autoShutdown: 'never' }));
      jest.advanceTimersByTime(1);
      expect(said).toContain('a stopped');
      expect(said).toContain('b failed');
      expect(jest.getTimerCount()).toBe(0);
    });

    it('where it ends by itself', () => {
      const controller = new AbortController();
      const add = jest.spyOn(controller.signal, 'addEventListener');
      const remove = jest.spyOn(controller.signal, 'removeEventListener');
      const { outcome } = words(supervise([service('a', of(1))], { restart: 'never', signal: controller.signal }));
      expect(outcome).toEqual({ completed: true });
      expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('of the sources of its services, and of their delays', () => {
      marbles(({ hot, expectObservable, expectSubscriptions }) => {
        const source$ = hot('--#------');
        const delay$ = hot(' ------a--');
        const other$ = hot(' ---------');
        const sourceRun = '  ^-!      ';
        const delayRun = '   --^--!   ';
        const otherRun = '   ^----!   ';
        const list = [service('a', source$), service('b', other$)];
        const event$ = supervise(list, { restart: { delay: () => delay$ }, signal: abortedAt(5) });
        expectObservable(event$.pipe(statusMarbles('b'))).toBe('r----(C|)');
        expectSubscriptions(source$.subscriptions).toBe(sourceRun);
        expectSubscriptions(delay$.subscriptions).toBe(delayRun);
        expectSubscriptions(other$.subscriptions).toBe(otherRun);
      });
    });
  });
});

function fail(): never {
  throw down;
}
