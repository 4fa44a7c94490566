import {
  config,
  delay,
  EMPTY,
  finalize,
  fromEvent,
  NEVER,
  Observable,
  take,
  throwError,
  timer,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  DuplicateServiceError,
  RestartLimitError,
  type Service,
  service,
  ServiceFailedError,
  ShutdownTimeoutError,
  type StatusEvent,
  supervise,
  type SuperviseOptions,
} from '../lib/index.js';
import { statusMarbles } from '../lib/testing.js';
import { abortedAt, marbles } from './helpers.js';

/** Services that go on for ever and write down what becomes of their runs. */
function recorded(names: readonly string[]) {
  const log: string[] = [];
  const services = names.map((name) =>
    service(name, ({ signal }) => {
      log.push(`${name} starts`);
      signal.addEventListener('abort', () => log.push(`${name} aborted`));
      return NEVER.pipe(finalize(() => log.push(`${name} ends`)));
    }),
  );
  return { services, log };
}

describe('supervise', () => {
  it('starts nothing before it is subscribed to', () => {
    const { services, log } = recorded(['a']);
    const event$ = supervise(services);
    expect(log).toEqual([]);
    event$.subscribe().unsubscribe();
    expect(log).toEqual(['a starts', 'a aborted', 'a ends']);
  });

  it('starts the services in their order, within the subscribing', () => {
    const { services, log } = recorded(['a', 'b', 'c']);
    const running = supervise(services).subscribe(({ service: name, status }) => log.push(`${name} ${status}`));
    const expected = ['a running', 'a starts', 'b running', 'b starts', 'c running', 'c starts'];
    expect(log).toEqual(expected);
    running.unsubscribe();
  });

  it('skips falsy entries', () => {
    const { services, log } = recorded(['a', 'b']);
    const [a, b] = services;
    supervise([false, a, null, undefined, 0, 0n, '', b]).subscribe().unsubscribe();
    expect(log.slice(0, 2)).toEqual(['a starts', 'b starts']);
  });

  it('takes any iterable of services', () => {
    const { services, log } = recorded(['a', 'b']);
    supervise(new Set(services)).subscribe().unsubscribe();
    expect(log.slice(0, 2)).toEqual(['a starts', 'b starts']);
  });

  it('makes a supervisor of its own for each subscription', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('--#        ');
      const stop1 = '       ^------!   ';
      const events1 = '     r-f--r-    ';
      const stop2 = '       ---^------!';
      const events2 = '     ---r-f--r--';
      const limit = { restarts: 1, within: 100 };
      const event$ = supervise([service('a', source$)], { restart: { delay: 3, limit } }).pipe(statusMarbles());
      expectObservable(event$, stop1).toBe(events1);
      expectObservable(event$, stop2).toBe(events2);
      expectSubscriptions(source$.subscriptions).toBe(['^-!', '---^-!', '-----^-!', '--------^-!']);
    });
  });

  describe('unsubscribed from', () => {
    it('aborts and cuts each run, last first, within the call, without a word', () => {
      const { services, log } = recorded(['a', 'b', 'c']);
      const events: string[] = [];
      const running = supervise(services).subscribe(({ status }) => events.push(status));
      log.length = 0;
      running.unsubscribe();
      expect(log).toEqual(['c aborted', 'c ends', 'b aborted', 'b ends', 'a aborted', 'a ends']);
      expect(events).toEqual(['running', 'running', 'running']);
    });

    it('reaches every run, also where teardowns throw, and logs what they throw', () => {
      const boom = new Error('cannot close');
      const ends: string[] = [];
      const warn = jest.fn();
      const logger = { debug: jest.fn(), info: jest.fn(), warn, error: jest.fn() };
      const throwing = ['a', 'b', 'c'].map((name) =>
        service(
          name,
          NEVER.pipe(
            finalize(() => {
              ends.push(name);
              throw boom;
            }),
          ),
        ),
      );
      const running = supervise(throwing, { logger }).subscribe();
      expect(() => {
        running.unsubscribe();
      }).not.toThrow();
      expect(ends).toEqual(['c', 'b', 'a']);
      expect(warn.mock.calls.map(([data]: unknown[]) => data)).toEqual([
        { service: 'c', error: boom },
        { service: 'b', error: boom },
        { service: 'a', error: boom },
      ]);
    });

    it('at the first event starts nothing', () => {
      const { services, log } = recorded(['a', 'b']);
      supervise(services).pipe(take(1)).subscribe();
      expect(log).toEqual([]);
    });

    it('at the event of the second service has started, and ends, the first', () => {
      const { services, log } = recorded(['a', 'b', 'c']);
      supervise(services).pipe(take(2)).subscribe();
      expect(log).toEqual(['a starts', 'a aborted', 'a ends']);
    });

    it('inside the function of a service aborts that too, and does not subscribe to what it returns', () => {
      const log: string[] = [];
      const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
      new Observable<StatusEvent>((subscriber) => {
        const a = service('a', ({ signal }) => {
          signal.addEventListener('abort', () => log.push('aborted'));
          subscriber.complete();
          return new Observable(() => {
            log.push('subscribed');
          });
        });
        const b = service('b', () => {
          log.push('b starts');
        });
        supervise([a, b], { logger }).subscribe(subscriber);
      }).subscribe();
      expect(log).toEqual(['aborted']);
      expect(logger.debug).toHaveBeenCalledTimes(1); // running, and nothing after
    });

    it('closes what its function has returned then, where that is an iterator', () => {
      const returned = jest.fn(() => Promise.resolve({ done: true as const, value: undefined }));
      const next = jest.fn(() => new Promise<never>(() => undefined));
      new Observable<StatusEvent>((subscriber) => {
        const a = service('a', () => {
          subscriber.complete();
          return { [Symbol.asyncIterator]: () => ({ next, return: returned }) };
        });
        supervise([a]).subscribe(subscriber);
      }).subscribe();
      expect(returned).toHaveBeenCalledTimes(1);
      expect(next).not.toHaveBeenCalled();
    });

    it('after its end does nothing', () => {
      const { services, log } = recorded(['a']);
      const controller = new AbortController();
      const running = supervise(services, { signal: controller.signal, shutdown: 0 }).subscribe();
      controller.abort();
      const before = [...log];
      running.unsubscribe();
      expect(before).toEqual(['a starts', 'a aborted', 'a ends']);
      expect(log).toEqual(before);
    });

    it('in the midst of a graceful stop cuts what is left', () => {
      const { services, log } = recorded(['a', 'b']);
      const controller = new AbortController();
      const events: string[] = [];
      const running = supervise(services, { signal: controller.signal, shutdown: Infinity }).subscribe((event) =>
        events.push(`${event.service} ${event.status}`),
      );
      controller.abort();
      running.unsubscribe();
      expect(events).toEqual(['a running', 'b running', 'b stopping']);
      expect(log).toEqual(['a starts', 'b starts', 'b aborted', 'b ends', 'a aborted', 'a ends']);
    });
  });

  describe('aborted', () => {
    it('stops gracefully, tells of it, and completes', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('------');
        const run = '         ^----!';
        const eventsA = '     r----(C|)';
        const eventsB = '     r--x-(C|)';
        const a = service('a', source$);
        const b = service('b', ({ signal }) => fromEvent(signal, 'abort').pipe(take(1), delay(2)));
        const supervised = (path: string) => supervise([a, b], { signal: abortedAt(3) }).pipe(statusMarbles(path));
        expectObservable(supervised('a')).toBe(eventsA);
        expectObservable(supervised('b')).toBe(eventsB);
        expectSubscriptions(source$.subscriptions).toBe([run, run]);
      });
    });

    it('before it is subscribed to starts nothing and completes', () => {
      const { services, log } = recorded(['a']);
      supervise(services, { signal: AbortSignal.abort() }).subscribe({
        next: ({ status }) => log.push(status),
        complete: () => log.push('complete'),
      });
      expect(log).toEqual(['complete']);
    });

    it('between two subscriptions does not start the second', () => {
      const { services, log } = recorded(['a']);
      const controller = new AbortController();
      const event$ = supervise(services, { signal: controller.signal, shutdown: 0 });
      event$.subscribe();
      controller.abort();
      log.length = 0;
      event$.subscribe({ complete: () => log.push('complete') });
      expect(log).toEqual(['complete']);
    });

    it('inside an observer tells of what it stops, and then completes', () => {
      const scheduler = new VirtualTimeScheduler();
      const controller = new AbortController();
      const log: string[] = [];
      const list = [service('a', NEVER), service('b', timer(2, scheduler))];
      supervise(list, { restart: 9, scheduler, signal: controller.signal }).subscribe({
        next: ({ service: name, status }) => {
          log.push(`${name} ${status}`);
          if (status === 'stopped') controller.abort();
        },
        complete: () => log.push('complete'),
      });
      scheduler.flush();
      expect(log).toEqual(['a running', 'b running', 'b stopped', 'b stopped', 'a stopped', 'complete']);
    });

    it('inside the function of a service does not start those after it', () => {
      const controller = new AbortController();
      const log: string[] = [];
      const a = service('a', () => {
        controller.abort();
        return NEVER;
      });
      const b = service('b', () => {
        log.push('b starts');
      });
      supervise([a, b], { signal: controller.signal }).subscribe({
        next: ({ service: name, status }) => log.push(`${name} ${status}`),
        complete: () => log.push('complete'),
      });
      expect(log).toEqual(['a running', 'a stopped', 'complete']);
    });

    it('after its end does nothing', () => {
      const controller = new AbortController();
      const log: string[] = [];
      supervise([service('a', EMPTY)], { signal: controller.signal, restart: 'never' }).subscribe({
        next: ({ status }) => log.push(status),
        complete: () => log.push('complete'),
      });
      controller.abort();
      expect(log).toEqual(['running', 'stopped', 'complete']);
    });
  });

  describe('ends', () => {
    const down = new Error('down');

    it('at once where there are no services', () => {
      marbles(({ expectObservable }) => {
        expectObservable(supervise([])).toBe('|');
        expectObservable(supervise([false], { autoShutdown: 'any-significant' })).toBe('|');
      });
    });

    it('not at once where there are no services, but autoShutdown says never', () => {
      marbles(({ expectObservable }) => {
        expectObservable(supervise([], { autoShutdown: 'never', signal: abortedAt(3) })).toBe('---|');
      });
    });

    it.each<[string, SuperviseOptions['restart'], new (...args: never[]) => Error]>([
      ['a service that failed for good', 'never', ServiceFailedError],
      ['a restart limit', { limit: { restarts: 0, within: 1 } }, RestartLimitError],
    ])('with the error of %s', (_what, restart, type) => {
      let error: unknown;
      supervise([service('a', () => throwError(() => down))], restart === undefined ? {} : { restart }).subscribe({
        error: (thrown: unknown) => (error = thrown),
      });
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ service: 'a', cause: down });
    });

    it('with a ShutdownTimeoutError where a service was out of its grace', () => {
      marbles(({ expectObservable }) => {
        const a = service('a', ({ signal }) => fromEvent(signal, 'never'));
        expectObservable(supervise([a], { signal: abortedAt(3), shutdown: 2 }).pipe(statusMarbles())).toBe(
          'r--x-(F#)',
          undefined,
          new ShutdownTimeoutError(['a']),
        );
      });
    });
  });

  it('disturbs nothing, and reports it, where an observer throws', () => {
    jest.useFakeTimers();
    const uncaught: unknown[] = [];
    config.onUnhandledError = (error) => uncaught.push(error);
    const boom = new Error('observer');
    const { services, log } = recorded(['a', 'b']);
    const running = supervise(services).subscribe(() => {
      throw boom;
    });
    expect(log).toEqual(['a starts', 'b starts']);
    expect(uncaught).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(uncaught).toEqual([boom, boom]);
    running.unsubscribe();
    config.onUnhandledError = null;
    jest.useRealTimers();
  });

  it('keeps the time of its scheduler', () => {
    const scheduler = new VirtualTimeScheduler();
    const times: number[] = [];
    supervise([service('a', timer(2, scheduler))], { restart: 5, scheduler })
      .pipe(take(4))
      .subscribe(({ time }) => times.push(time));
    scheduler.flush();
    expect(times).toEqual([0, 2, 7, 9]);
  });

  describe('checks at the call', () => {
    const a = service('a', NEVER);

    it('that names are unique', () => {
      expect(() => supervise([a, service('b', NEVER), service('a', NEVER)])).toThrow(DuplicateServiceError);
      expect(() => supervise([a, a])).toThrow(expect.objectContaining({ service: 'a' }) as Error);
    });

    it.each<[string, unknown, typeof TypeError | typeof RangeError]>([
      ['name', '', TypeError],
      ['name', 'a/b', TypeError],
      ['strategy', 'all-for-one', TypeError],
      ['restart.when', 'sometimes', TypeError],
      ['shutdown', -1, RangeError],
      ['shutdown', NaN, RangeError],
      ['shutdown', '5s', TypeError],
      ['stopOrder', 'forward', TypeError],
      ['autoShutdown', true, TypeError],
      ['scheduler', {}, TypeError],
      ['logger', { info: () => undefined }, TypeError],
      ['signal', {}, TypeError],
      ['signal', 'SIGINT', TypeError],
    ])('the option %s (%p)', (name, value, type) => {
      const [option = ''] = name.split('.');
      const call = () => supervise([a], { [option]: value });
      expect(call).toThrow(type);
      expect(call).toThrow(`\`${name}\``);
    });

    it.each<[string, unknown]>([
      ['null', null],
      ['a string', 'fast'],
    ])('that the options are an object (%s)', (_what, options) => {
      expect(() => supervise([a], options as SuperviseOptions)).toThrow(TypeError);
    });

    it.each<[string, unknown]>([
      ['services', a],
      ['services', null],
      ['services[1]', [a, { name: 'b' }]],
      ['services[1]', [a, NEVER]],
      ['services[1].name', [a, { name: 'b/c', run: () => NEVER }]],
      ['shutdown', [{ name: 'b', run: () => NEVER, options: { shutdown: -1 } }]],
    ])('the %s of a list that is none (%#)', (name, services) => {
      expect(() => supervise(services as Service[])).toThrow(`\`${name}\``);
    });

    it('not the keys that it does not know', () => {
      expect(() => supervise([a], { color: 'red' } as SuperviseOptions)).not.toThrow();
    });
  });
});
