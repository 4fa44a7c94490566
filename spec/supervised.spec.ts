import {
  config,
  fromEvent,
  mergeMap,
  NEVER,
  Observable,
  of,
  take,
  throwError,
  timer,
  VirtualTimeScheduler,
} from 'rxjs';
import {
  RestartLimitError,
  StartTimeoutError,
  type StatusEvent,
  supervised,
  type SupervisedOptions,
} from '../lib/index.js';
import { abortedAt, marbles } from './helpers.js';

describe('supervised', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('passes values through, and restarts the source', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('-a-b#        ');
      const run1 = '        ^---!        ';
      const run2 = '        ------^---!  ';
      const run3 = '        ------------^!';
      const result = '      -a-b---a-b---';
      const stop = '        -------------!';
      expectObservable(source$.pipe(supervised({ restart: 2 })), stop).toBe(result);
      expectSubscriptions(source$.subscriptions).toBe([run1, run2, run3]);
    });
  });

  it('passes values through unchanged', () => {
    const value = { deep: [1] };
    const values: unknown[] = [];
    of(value)
      .pipe(supervised({ restart: 'never' }))
      .subscribe((each) => values.push(each));
    expect(values[0]).toBe(value);
  });

  it('subscribes to nothing before it is subscribed to, and anew for each subscriber', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('-a');
      const result$ = source$.pipe(supervised());
      expectObservable(result$, '---^--!').toBe('----a--');
      expectObservable(result$, '-^-!   ').toBe('--a----');
      expectSubscriptions(source$.subscriptions).toBe(['-^-!', '---^--!']);
    });
  });

  it('errors with the very error of the source where that ends for good', () => {
    const down = new Error('down');
    for (const restart of ['never', { limit: { restarts: 0, within: 1 }, exhausted: 'give-up' }] as const) {
      let error: unknown;
      throwError(() => down)
        .pipe(supervised({ restart }))
        .subscribe({ error: (thrown: unknown) => (error = thrown) });
      expect(error).toBe(down);
    }
  });

  it('completes where the source completes for good', () => {
    marbles(({ cold, expectObservable }) => {
      const source$ = cold('-a|');
      expectObservable(source$.pipe(supervised({ restart: 'on-failure' }))).toBe('-a|');
    });
  });

  it('errors with a RestartLimitError where the limit escalates', () => {
    marbles(({ cold, expectObservable }) => {
      const limit = { restarts: 1, within: 100 };
      const source$ = cold('-a-#    ');
      const result = '      -a---a-# ';
      const error = new RestartLimitError('source', limit, { cause: 'error' });
      expectObservable(source$.pipe(supervised({ restart: { delay: 1, limit } }))).toBe(
        result.trim(),
        undefined,
        error,
      );
    });
  });

  describe('aborted', () => {
    it('unsubscribes from the source and completes', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('-a-b-c');
        const run = '         ^---! ';
        const result = '      -a-b| ';
        expectObservable(source$.pipe(supervised({ signal: abortedAt(4) }))).toBe(result);
        expectSubscriptions(source$.subscriptions).toBe(run);
      });
    });

    it('completes also while it waits for a restart', () => {
      marbles(({ cold, expectObservable }) => {
        const source$ = cold('-a#');
        expectObservable(source$.pipe(supervised({ restart: 5, signal: abortedAt(4) }))).toBe('-a--|');
      });
    });

    it('before it is subscribed to completes at once, and does not subscribe', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('-a-b-c');
        expectObservable(source$.pipe(supervised({ signal: AbortSignal.abort() }))).toBe('|');
        expectSubscriptions(source$.subscriptions).toBe([]);
      });
    });
  });

  it('unsubscribes from the source where it is unsubscribed from, also at its first value', () => {
    const seen: number[] = [];
    let closed = false;
    const endless$ = new Observable<number>((subscriber) => {
      for (let n = 0; !subscriber.closed && n < 1000; n++) subscriber.next(n);
      return () => (closed = true);
    });
    endless$.pipe(supervised(), take(2)).subscribe((n) => seen.push(n));
    expect(seen).toEqual([0, 1]);
    expect(closed).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  describe('options', () => {
    it(`name the source 'source' in the events by default`, () => {
      const events: StatusEvent[] = [];
      of(1)
        .pipe(supervised({ restart: 'never', onStatus: (event) => events.push(event) }))
        .subscribe();
      const time = Date.now();
      expect(events).toStrictEqual([
        { service: 'source', status: 'running', time, restarts: 0 },
        { service: 'source', status: 'stopped', time, restarts: 0, final: true },
      ]);
    });

    it('name it otherwise', () => {
      const names: string[] = [];
      of(1)
        .pipe(supervised({ name: 'prices', restart: 'never', onStatus: ({ service }) => names.push(service) }))
        .subscribe();
      expect(names).toEqual(['prices', 'prices']);
    });

    it('say when it is running (readyOn), and within which time (startTimeout)', () => {
      const log: unknown[] = [];
      const onStatus = (event: StatusEvent) =>
        log.push([event.status, event.time, ...('error' in event ? [event.error] : [])]);
      marbles(({ cold, expectObservable, flush }) => {
        const options: SupervisedOptions = { readyOn: 'value', startTimeout: 4, restart: 2, onStatus };
        const source$ = cold('---a---#');
        expectObservable(source$.pipe(supervised(options)), '--------!').toBe('---a----');
        expectObservable(cold('-').pipe(supervised({ ...options, restart: 'never' }))).toBe(
          '----#',
          undefined,
          new StartTimeoutError('source', 4),
        );
        flush();
        expect(log).toEqual([
          ['starting', 0],
          ['starting', 0],
          ['running', 3],
          ['failed', 4, expect.any(StartTimeoutError)],
          ['failed', 7, 'error'],
        ]);
      });
    });

    it('give it a grace (shutdown), which an Observable does not need', () => {
      marbles(({ cold, expectObservable }) => {
        const source$ = cold('-');
        expectObservable(source$.pipe(supervised({ shutdown: Infinity, signal: abortedAt(2) }))).toBe('--|');
      });
    });

    it('take a scheduler, whose time it keeps', () => {
      const scheduler = new VirtualTimeScheduler();
      const times: number[] = [];
      timer(2, scheduler)
        .pipe(supervised({ restart: 5, scheduler, onStatus: ({ time }) => times.push(time) }), take(2))
        .subscribe();
      scheduler.flush();
      expect(times).toEqual([0, 2, 7]);
    });

    it('take a logger', () => {
      const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
      of(1)
        .pipe(supervised({ restart: 'never', logger }))
        .subscribe();
      expect(logger.debug).toHaveBeenCalledTimes(2);
      expect(logger.debug).toHaveBeenCalledWith(expect.objectContaining({ service: 'source' }), expect.any(String));
    });

    it('may be undefined one by one', () => {
      const options = { name: undefined, restart: undefined, shutdown: undefined, signal: undefined };
      expect(() => supervised(options as unknown as SupervisedOptions)).not.toThrow();
    });
  });

  it('reports what onStatus throws, and goes on', () => {
    const uncaught: unknown[] = [];
    config.onUnhandledError = (error) => uncaught.push(error);
    const boom = new Error('observer');
    const values: number[] = [];
    let completed = false;
    const onStatus = () => {
      throw boom;
    };
    of(1, 2)
      .pipe(supervised({ restart: 'never', onStatus }))
      .subscribe({ next: (value) => values.push(value), complete: () => (completed = true) });
    expect(values).toEqual([1, 2]);
    expect(completed).toBe(true);
    jest.advanceTimersByTime(1);
    config.onUnhandledError = null;
    expect(uncaught).toEqual([boom, boom]);
  });

  it('leaves nothing behind', () => {
    const controller = new AbortController();
    const add = jest.spyOn(controller.signal, 'addEventListener');
    const remove = jest.spyOn(controller.signal, 'removeEventListener');
    const running = timer(2)
      .pipe(
        mergeMap(() => throwError(() => new Error('down'))),
        supervised({ restart: 5, signal: controller.signal }),
      )
      .subscribe();
    jest.advanceTimersByTime(3);
    running.unsubscribe();
    expect(jest.getTimerCount()).toBe(0);
    expect(remove).toHaveBeenCalledTimes(add.mock.calls.length);
    expect(add).toHaveBeenCalledTimes(1);
  });

  describe('checks at the call', () => {
    it.each<[string, unknown]>([
      ['name', ''],
      ['name', 'a/b'],
      ['restart.delay', { delay: -1 }],
      ['limit.restarts', { limit: { restarts: 1.5, within: 1 } }],
      ['limit.within', { limit: { restarts: 1, within: 0 } }],
      ['shutdown', NaN],
      ['readyOn', 'soon'],
      ['startTimeout', -1],
      ['scheduler', {}],
      ['logger', {}],
      ['signal', {}],
      ['onStatus', 'console'],
    ])('the option %s (%p)', (name, value) => {
      const option = /^(restart|limit)\./.test(name) ? 'restart' : name;
      expect(() => supervised({ [option]: value })).toThrow(`\`${name}\``);
    });

    it('that the options are an object', () => {
      expect(() => supervised(null as unknown as SupervisedOptions)).toThrow(TypeError);
    });
  });

  it('is what it is typed to be, an operator on any source', () => {
    const never$: Observable<never> = NEVER.pipe(supervised());
    const event$: Observable<Event> = fromEvent(new EventTarget(), 'x').pipe(supervised<Event>());
    expect([never$, event$]).toEqual([expect.any(Observable), expect.any(Observable)]);
  });
});
