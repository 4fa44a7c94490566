import {
  concat,
  delay,
  finalize,
  fromEvent,
  ignoreElements,
  type InteropObservable,
  map,
  mergeMap,
  NEVER,
  observable,
  Observable,
  type ObservableInput,
  of,
  Subject,
  take,
  tap,
  throwError,
  timer,
  UnsubscriptionError,
} from 'rxjs';
import {
  service,
  type ServiceContext,
  type ServiceOptions,
  ShutdownTimeoutError,
  StartTimeoutError,
  type StatusEvent,
  supervise,
  Supervisor,
} from '../lib/index.js';
import { scriptedService, statusMarbles } from '../lib/testing.js';
import { abortedAt, marbles } from './helpers.js';

/** An Observable service that reads its signal, and ends so many ms after it is aborted. */
function slow(name: string, ms: number, options?: ServiceOptions) {
  return service(name, ({ signal }) => fromEvent(signal, 'abort').pipe(take(1), delay(ms), ignoreElements()), options);
}

/** An Observable service that reads its signal, and ends with an error so many ms after it is aborted. */
function failing(name: string, ms: number, error: (signal: AbortSignal) => unknown) {
  return service(name, ({ signal }) =>
    fromEvent(signal, 'abort').pipe(
      mergeMap(() => timer(ms)),
      map(() => {
        throw error(signal);
      }),
    ),
  );
}

/** What an Observable of events said, as letters, and how it ended. */
function watch(event$: Observable<StatusEvent>) {
  const seen = { letters: '', events: [] as StatusEvent[], completed: false, error: undefined as unknown };
  const subscription = event$
    .pipe(
      tap((event) => seen.events.push(event)),
      statusMarbles(),
    )
    .subscribe({
      next: (letter) => (seen.letters += letter),
      error: (error: unknown) => (seen.error = error),
      complete: () => (seen.completed = true),
    });
  return Object.assign(seen, { subscription });
}

function streamOf(...values: number[]) {
  return new ReadableStream<number>({
    start: (stream) => {
      for (const value of values) stream.enqueue(value);
      stream.close();
    },
  });
}

async function* counting(): AsyncGenerator<number> {
  yield await Promise.resolve(1);
  yield 2;
}

describe('Run', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  describe('of what the function returns', () => {
    it.each<[string, () => ObservableInput<number>, number[]]>([
      ['an Observable', () => of(1, 2), [1, 2]],
      ['a Promise', () => Promise.resolve(1), [1]],
      ['an AsyncIterable', counting, [1, 2]],
      ['an Iterable', () => new Set([1, 2]), [1, 2]],
      ['a ReadableStream', () => streamOf(1, 2), [1, 2]],
      [
        'an interop Observable',
        () => ({ [observable]: () => of(1, 2) }) as unknown as InteropObservable<number>,
        [1, 2],
      ],
    ])('plays %s', async (_kind, run, expected) => {
      const playing = service('a', run);
      const supervisor = new Supervisor([playing], { restart: 'never' });
      const values: number[] = [];
      supervisor.valuesOf(playing).subscribe((value) => values.push(value));
      await supervisor.run();
      expect(values).toEqual(expected);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'stopped', final: true });
    });

    it('completes at once where that is nothing', () => {
      const seen = watch(supervise([service('a', () => undefined)], { restart: 'never' }));
      expect(seen.letters).toBe('rC');
      expect(seen.completed).toBe(true);
    });

    const error = new Error('down');

    it.each<[string, () => ObservableInput<never>]>([
      [
        'the function throws',
        () => {
          throw error;
        },
      ],
      ['its Observable errors', () => throwError(() => error)],
      ['its Promise rejects', () => Promise.reject(error)],
      [
        'its AsyncIterable throws',
        () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }) as AsyncIterable<never>,
      ],
      [
        'its Iterable throws',
        () => ({
          [Symbol.iterator]: () => {
            throw error;
          },
        }),
      ],
      [
        'its ReadableStream errors',
        () =>
          new ReadableStream<never>({
            start: (stream) => {
              stream.error(error);
            },
          }),
      ],
    ])('fails with the very error where %s', async (_how, run) => {
      const seen = watch(supervise([service('a', run)], { restart: 'never' }));
      await jest.advanceTimersByTimeAsync(0);
      expect(seen.letters).toBe('rF');
      expect(seen.events[1]).toMatchObject({ status: 'failed', final: true });
      expect(seen.events[1]).toHaveProperty('error', error);
    });

    it('fails with what it rejects with, also where that is no Error', async () => {
      const thrower = service('a', () => Promise.reject(undefined as unknown as Error));
      const seen = watch(supervise([thrower], { restart: 'never' }));
      await jest.advanceTimersByTimeAsync(0);
      expect(seen.events[1]).toStrictEqual({
        service: 'a',
        status: 'failed',
        time: Date.now(),
        restarts: 0,
        final: true,
        error: undefined,
      });
    });

    it('fails with a TypeError where that can be no Observable', () => {
      const seen = watch(supervise([service('a', () => 42 as never)], { restart: 'never' }));
      expect(seen.events[1]).toMatchObject({ status: 'failed', error: expect.any(TypeError) as unknown });
    });

    it('is called anew for each run, as a method of its object', () => {
      class Counter {
        readonly name = 'counter';
        runs = 0;
        run() {
          this.runs++;
          return timer(2);
        }
      }
      const counter = new Counter();
      supervise([counter], { restart: 3 }).subscribe();
      expect(counter.runs).toBe(1);
      jest.advanceTimersByTime(5);
      expect(counter.runs).toBe(2);
    });

    it('subscribes anew to an Observable for each run', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('        --#         ');
        const subscriptions = [
          '                           ^-!         ',
          '                           -----^-!    ',
          '                           ----------^!',
        ];
        expectObservable(supervise([service('a', source$)], { restart: 3 }).pipe(statusMarbles()), '-----------!').toBe(
          'r-f--r-f--r-',
        );
        expectSubscriptions(source$.subscriptions).toBe(subscriptions.map((each) => each.trim()));
      });
    });
  });

  describe('becomes ready', () => {
    it('before its function is called, by default', () => {
      const log: string[] = [];
      const calling = service('a', () => {
        log.push('called');
      });
      supervise([calling], { restart: 'never' }).subscribe(({ status }) => log.push(status));
      expect(log).toEqual(['running', 'called', 'stopped']);
    });

    it.each<[string, string, ServiceOptions['readyOn']]>([
      // marbles of the run, and of its status, where it is restarted after 2 ms
      ['---a-b-#', 'r------f-r', 'start'],
      ['---a-b-#', 's--r---f-s', 'value'],
      ['-------#', 's------f-s', 'value'],
      ['-------|', 's------c-s', 'value'],
      ['---a-b-#', 's------f-s', 'ready'],
    ])(`as %s becomes %s with readyOn '%s'`, (script, events, readyOn = 'start') => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', [script], cold, { readyOn });
        expectObservable(supervise([a], { restart: 2 }).pipe(statusMarbles()), '----------!').toBe(events);
      });
    });

    it(`when it calls ready(), with readyOn 'ready'`, () => {
      marbles(({ expectObservable }) => {
        const a = service('a', ({ ready }) => timer(3, 3).pipe(tap(ready)), { readyOn: 'ready' });
        expectObservable(supervise([a]).pipe(statusMarbles()), '--------!').toBe('s--r----');
      });
    });

    it('within the call of its function, where it says so there', () => {
      const a = service(
        'a',
        ({ ready }) => {
          ready();
          return NEVER;
        },
        { readyOn: 'ready' },
      );
      const b = service('b', concat(of('value'), NEVER), { readyOn: 'value' });
      expect(watch(supervise([a, b])).letters).toBe('srsr');
    });

    it('before its first value is passed on', () => {
      const log: string[] = [];
      const a = service('a', concat(of('value'), NEVER), { readyOn: 'value' });
      const supervisor = new Supervisor([a]);
      supervisor.status$.subscribe(({ status }) => log.push(status));
      supervisor.valuesOf(a).subscribe((value) => log.push(value));
      void supervisor.run();
      expect(log).toEqual(['starting', 'running', 'value']);
      void supervisor.shutdown();
    });
  });

  describe('within its startTimeout', () => {
    it('has to become ready, or it is stopped and fails', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('-----a--');
        const subs1 = '       ^---!';
        const subs2 = '       ------^---!';
        const events = '      s---f-s---f-';
        const stop = '        -----------!';
        const a = service('a', source$, { readyOn: 'value', startTimeout: 4 });
        expectObservable(supervise([a], { restart: 2 }).pipe(statusMarbles()), stop).toBe(events);
        expectSubscriptions(source$.subscriptions).toBe([subs1, subs2]);
      });
    });

    it('or it fails with a StartTimeoutError that says which, and how long it had', () => {
      const seen = watch(supervise([service('a', NEVER, { readyOn: 'value', startTimeout: 4 })], { restart: 2 }));
      jest.advanceTimersByTime(4);
      const [, failed] = seen.events;
      expect(failed).toMatchObject({ status: 'failed', final: false, restartIn: 2 });
      expect(failed).toHaveProperty('error', expect.any(StartTimeoutError));
      expect(failed).toMatchObject({ error: { name: 'StartTimeoutError', service: 'a', startTimeout: 4 } });
      seen.subscription.unsubscribe();
    });

    it('has as long as it takes, by default', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['43200m a'], cold, { readyOn: 'value' });
        expectObservable(supervise([a]).pipe(statusMarbles()), '43201m !').toBe('s 2591999999ms r 59999ms -');
      });
    });

    it.each(['value', 'ready'] as const)(`goes on once it is ready, with readyOn '%s'`, (readyOn) => {
      marbles(({ cold, expectObservable }) => {
        const a = service('a', ({ ready }) => cold('--a---').pipe(tap(ready)), { readyOn, startTimeout: 4 });
        expectObservable(supervise([a]).pipe(statusMarbles()), '---------!').toBe('s-r------');
      });
    });

    it('has nothing to become, where it is ready from the start', () => {
      marbles(({ cold, expectObservable }) => {
        const a = scriptedService('a', ['-'], cold, { readyOn: 'start', startTimeout: 4 });
        expectObservable(supervise([a]).pipe(statusMarbles()), '---------!').toBe('r--------');
      });
    });

    it('or it is given its grace to end, and then fails', () => {
      marbles(({ expectObservable }) => {
        const a = slow('a', 2, { readyOn: 'value', startTimeout: 4 });
        expectObservable(supervise([a], { restart: 3 }).pipe(statusMarbles()), '----------!').toBe('s---x-f--s-');
      });
    });

    it('or it fails for that, also where it then runs out of its grace', () => {
      const seen = watch(supervise([slow('a', 9, { readyOn: 'value', startTimeout: 4, shutdown: 3 })], { restart: 2 }));
      jest.advanceTimersByTime(7);
      expect(seen.letters).toBe('sxf');
      expect(seen.events[2]).toHaveProperty('error', expect.any(StartTimeoutError));
      seen.subscription.unsubscribe();
    });

    it('or it fails for that, also where it then fails with an error of its own', () => {
      const late = service(
        'a',
        ({ signal }) => fromEvent(signal, 'abort').pipe(mergeMap(() => throwError(() => new Error('other')))),
        { readyOn: 'value', startTimeout: 4 },
      );
      const seen = watch(supervise([late], { restart: 2 }));
      jest.advanceTimersByTime(4);
      expect(seen.letters).toBe('sf');
      expect(seen.events[1]).toHaveProperty('error', expect.any(StartTimeoutError));
      seen.subscription.unsubscribe();
    });

    it('or its policy decides what follows', () => {
      const ends: unknown[] = [];
      const when = (end: unknown) => {
        ends.push(end);
        return false;
      };
      const a = service('a', NEVER, { readyOn: 'value', startTimeout: 4, restart: { when } });
      const seen = watch(supervise([a], { autoShutdown: 'never' }));
      jest.advanceTimersByTime(4);
      expect(seen.letters).toBe('sF');
      expect(ends).toEqual([{ kind: 'failed', error: expect.any(StartTimeoutError) as unknown }]);
      seen.subscription.unsubscribe();
    });

    it('does not become running any more once that is over', () => {
      marbles(({ cold, expectObservable }) => {
        const late = service(
          'a',
          ({ signal }) =>
            fromEvent(signal, 'abort').pipe(
              take(1),
              mergeMap(() => cold('-a-|')),
            ),
          { readyOn: 'value', startTimeout: 4 },
        );
        expectObservable(supervise([late], { restart: 2 }).pipe(statusMarbles()), '----------!').toBe('s---x--f-s');
      });
    });
  });

  describe('asked to stop', () => {
    it('is unsubscribed from at once where it is an Observable that has not read its signal', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('--a--a--a');
        const subs = '        ^--!     ';
        const events = '      r--(C|)  ';
        expectObservable(supervise([service('a', source$)], { signal: abortedAt(3) }).pipe(statusMarbles())).toBe(
          events,
        );
        expectSubscriptions(source$.subscriptions).toBe(subs);
      });
    });

    it('ends by itself within its grace where it has read its signal, and is stopping meanwhile', () => {
      marbles(({ expectObservable }) => {
        const a = slow('a', 4);
        expectObservable(supervise([a], { signal: abortedAt(3) }).pipe(statusMarbles())).toBe('r--x---(C|)');
      });
    });

    it('is not said to be stopping where it ends within the abort of its signal', () => {
      marbles(({ expectObservable }) => {
        const a = service('a', ({ signal }) => fromEvent(signal, 'abort').pipe(take(1)));
        expectObservable(supervise([a], { signal: abortedAt(3) }).pipe(statusMarbles())).toBe('r--(C|)');
      });
    });

    it('has its signal aborted before it is said to be stopping', () => {
      const log: string[] = [];
      const controller = new AbortController();
      const a = service('a', ({ signal }) => {
        signal.addEventListener('abort', () => log.push('aborted'));
        return NEVER;
      });
      supervise([a], { signal: controller.signal, shutdown: Infinity }).subscribe(({ status }) => log.push(status));
      controller.abort();
      expect(log).toEqual(['running', 'aborted', 'stopping']);
    });

    it('may still give values in its grace', () => {
      const a = service('a', ({ signal }) =>
        fromEvent(signal, 'abort').pipe(
          take(1),
          mergeMap(() => of('last')),
        ),
      );
      const supervisor = new Supervisor([a]);
      const values: unknown[] = [];
      supervisor.valuesOf(a).subscribe((value) => values.push(value));
      void supervisor.run();
      void supervisor.shutdown();
      expect(values).toEqual(['last']);
    });

    it('is cut, and fails with a ShutdownTimeoutError, where it does not end within its grace', () => {
      const controller = new AbortController();
      const seen = watch(supervise([slow('a', 9, { shutdown: 4 })], { signal: controller.signal }));
      controller.abort();
      jest.advanceTimersByTime(3);
      expect(seen.letters).toBe('rx');
      jest.advanceTimersByTime(1);
      expect(seen.letters).toBe('rxF');
      expect(seen.events[2]).toHaveProperty('error', expect.any(ShutdownTimeoutError));
      expect(seen.events[2]).toMatchObject({ final: true, error: { services: ['a'] } });
    });

    it('has the grace of the supervisor where it has none of its own', () => {
      marbles(({ expectObservable }) => {
        const options = { signal: abortedAt(3), shutdown: 2 };
        const a = slow('a', 9);
        expectObservable(supervise([a], options).pipe(statusMarbles())).toBe(
          'r--x-(F#)',
          undefined,
          new ShutdownTimeoutError(['a']),
        );
      });
    });

    it('has a grace of 5000 ms by default', () => {
      marbles(({ expectObservable }) => {
        const events = 'r--x 4999ms (F#)';
        const error = new ShutdownTimeoutError(['a']);
        const a = slow('a', 9000);
        expectObservable(supervise([a], { signal: abortedAt(3) }).pipe(statusMarbles())).toBe(events, undefined, error);
      });
    });

    it('is waited for without an end where its grace is Infinity', () => {
      marbles(({ expectObservable }) => {
        const a = slow('a', 3_000_000_000, { shutdown: Infinity });
        expectObservable(supervise([a], { signal: abortedAt(3) }).pipe(statusMarbles())).toBe('r--x 2999999999ms (C|)');
      });
    });

    it('is cut at once, and is stopped, where its grace is 0', () => {
      marbles(({ expectObservable }) => {
        const a = slow('a', 4, { shutdown: 0 });
        expectObservable(supervise([a], { signal: abortedAt(3) }).pipe(statusMarbles())).toBe('r--(C|)');
      });
    });

    it('has its signal aborted, also where its grace is 0', () => {
      const controller = new AbortController();
      let signal: AbortSignal | undefined;
      const a = service(
        'a',
        (context) => {
          ({ signal } = context);
          return NEVER;
        },
        { shutdown: 0 },
      );
      supervise([a], { signal: controller.signal }).subscribe();
      controller.abort();
      expect(signal?.aborted).toBe(true);
    });

    it('is stopped also where it is not ready yet', () => {
      marbles(({ expectObservable }) => {
        const a = slow('a', 2, { readyOn: 'value', startTimeout: 4 });
        expectObservable(supervise([a], { signal: abortedAt(3) }).pipe(statusMarbles())).toBe('s--x-(C|)');
      });
    });

    it('does not become running any more', () => {
      marbles(({ cold, expectObservable }) => {
        const a = service(
          'a',
          ({ signal }) =>
            fromEvent(signal, 'abort').pipe(
              take(1),
              mergeMap(() => cold('-a-|')),
            ),
          { readyOn: 'value' },
        );
        expectObservable(supervise([a], { signal: abortedAt(2) }).pipe(statusMarbles())).toBe('s-x--(C|)');
      });
    });

    describe('as a Promise', () => {
      it.each([
        ['has read its signal', (context: ServiceContext) => context.signal],
        ['has not', () => undefined],
      ])('has its grace where it %s', async (_whether, read) => {
        const a = service('a', (context) => {
          read(context);
          return new Promise((resolve) => setTimeout(resolve, 10));
        });
        const controller = new AbortController();
        const seen = watch(supervise([a], { signal: controller.signal }));
        controller.abort();
        expect(seen.letters).toBe('rx');
        await jest.advanceTimersByTimeAsync(10);
        expect(seen.letters).toBe('rxC');
        expect(seen.completed).toBe(true);
      });

      it('is cut where it never settles, and run() rejects', async () => {
        const supervisor = new Supervisor([service('a', () => new Promise(() => undefined))], { shutdown: 20 });
        const seen = watch(supervisor.status$);
        const rejected = expect(supervisor.run()).rejects.toMatchObject({
          name: 'ShutdownTimeoutError',
          services: ['a'],
        });
        void supervisor.shutdown();
        await jest.advanceTimersByTimeAsync(20);
        await rejected;
        expect(seen.letters).toBe('rxF');
      });

      it.each<[string, (settle: { resolve: (value: string) => void; reject: (error: unknown) => void }) => void]>([
        [
          'resolves',
          ({ resolve }) => {
            resolve('late');
          },
        ],
        [
          'rejects',
          ({ reject }) => {
            reject(new Error('late'));
          },
        ],
      ])('is ignored where it %s after it was cut', async (_how, act) => {
        let settle: Parameters<typeof act>[0] | undefined;
        const a = service('a', () => new Promise<string>((resolve, reject) => (settle = { resolve, reject })));
        const supervisor = new Supervisor([a], { shutdown: 20, autoShutdown: 'never' });
        const seen = watch(supervisor.status$);
        const values: string[] = [];
        supervisor.valuesOf(a).subscribe((value) => values.push(value));
        void supervisor.run();
        const stopped = supervisor.stop('a');
        await jest.advanceTimersByTimeAsync(20);
        await stopped;
        if (settle) act(settle);
        await jest.advanceTimersByTimeAsync(1);
        expect(seen.letters).toBe('rxF');
        expect(values).toEqual([]);
        void supervisor.shutdown();
      });

      it('is cut at once where its grace is 0', () => {
        const a = service('a', () => new Promise(() => undefined), { shutdown: 0 });
        const controller = new AbortController();
        const seen = watch(supervise([a], { signal: controller.signal }));
        controller.abort();
        expect(seen.letters).toBe('rC');
        expect(seen.completed).toBe(true);
      });
    });

    describe('while its function is being called', () => {
      it('has its signal aborted when that has returned', () => {
        let signal: AbortSignal | undefined;
        const supervisor: Supervisor = new Supervisor([
          service('a', (context) => {
            ({ signal } = context);
            void supervisor.stop('a');
            return NEVER;
          }),
        ]);
        void supervisor.run();
        expect(supervisor.statuses().get('a')?.status).toBe('stopped');
        expect(signal?.aborted).toBe(true);
        void supervisor.shutdown();
      });

      it('is stopped when that has returned, and what it returned is not subscribed to', () => {
        const log: string[] = [];
        const supervisor: Supervisor = new Supervisor([
          service('a', () => {
            void supervisor.stop('a');
            log.push('returns');
            return new Observable(() => {
              log.push('subscribed');
            });
          }),
        ]);
        supervisor.status$.subscribe(({ status }) => log.push(status));
        void supervisor.run();
        expect(log).toEqual(['running', 'returns', 'stopped']);
        void supervisor.shutdown();
      });

      it('is given its grace after that, where it is a Promise', async () => {
        const supervisor: Supervisor = new Supervisor([
          service('a', () => {
            void supervisor.stop('a');
            return new Promise((resolve) => setTimeout(resolve, 10));
          }),
        ]);
        const seen = watch(supervisor.status$);
        void supervisor.run();
        expect(seen.letters).toBe('rx');
        await jest.advanceTimersByTimeAsync(10);
        expect(seen.letters).toBe('rxC');
        void supervisor.shutdown();
      });

      it('fails where it then throws', () => {
        const error = new Error('down');
        const supervisor: Supervisor = new Supervisor([
          service('a', () => {
            void supervisor.stop('a');
            throw error;
          }),
        ]);
        const seen = watch(supervisor.status$);
        void supervisor.run();
        expect(seen.letters).toBe('rF');
        expect(seen.events[1]).toHaveProperty('error', error);
        void supervisor.shutdown();
      });

      it('ends a source that emits synchronously for ever', () => {
        const endless = service(
          'a',
          new Observable<number>((subscriber) => {
            for (let n = 1; !subscriber.closed && n < 1000; n++) subscriber.next(n);
          }),
        );
        const supervisor = new Supervisor([endless]);
        const seen = watch(supervisor.status$);
        const values: number[] = [];
        supervisor.valuesOf(endless).subscribe((value) => {
          values.push(value);
          if (value === 3) void supervisor.stop('a');
        });
        void supervisor.run();
        expect(values).toEqual([1, 2, 3]);
        expect(seen.letters).toBe('rC');
        void supervisor.shutdown();
      });

      it('ends a source that has read its signal, and emits synchronously until that is aborted', () => {
        const endless = service('a', ({ signal }) => {
          return new Observable<number>((subscriber) => {
            for (let n = 1; !signal.aborted && n < 1000; n++) subscriber.next(n);
            subscriber.complete();
          });
        });
        const supervisor = new Supervisor([endless]);
        const seen = watch(supervisor.status$);
        const values: number[] = [];
        supervisor.valuesOf(endless).subscribe((value) => {
          values.push(value);
          if (value === 3) void supervisor.stop('a');
        });
        void supervisor.run();
        expect(values).toEqual([1, 2, 3]);
        expect(seen.letters).toBe('rC');
        void supervisor.shutdown();
      });

      it('is stopped when that has returned, also where it has read its signal', () => {
        const supervisor: Supervisor = new Supervisor([
          service('a', ({ signal }) => {
            void supervisor.stop('a');
            return fromEvent(signal, 'never');
          }),
        ]);
        const seen = watch(supervisor.status$);
        void supervisor.run();
        expect(seen.letters).toBe('rC');
        void supervisor.shutdown();
      });

      it('is not called at all where the stop is asked for when it is said to be running', () => {
        const called = jest.fn(() => NEVER);
        const supervisor = new Supervisor([service('a', called)]);
        const seen = watch(supervisor.status$);
        supervisor.status$.subscribe(({ status }) => {
          if (status === 'running') void supervisor.stop('a');
        });
        void supervisor.run();
        expect(called).not.toHaveBeenCalled();
        expect(seen.letters).toBe('rC');
        void supervisor.shutdown();
      });
    });
  });

  describe('ending while it is stopping', () => {
    it.each<[string, (signal: AbortSignal) => unknown]>([
      ['an AbortError', () => new DOMException('aborted', 'AbortError')],
      ['an AbortError that is no DOMException', () => Object.assign(new Error('aborted'), { name: 'AbortError' })],
      [`the signal's reason`, ({ reason }) => reason as unknown],
    ])('with %s is stopped', (_what, error) => {
      const controller = new AbortController();
      const seen = watch(supervise([failing('a', 2, error)], { signal: controller.signal }));
      controller.abort(new Error('the reason'));
      jest.advanceTimersByTime(2);
      expect(seen.letters).toBe('rxC');
      expect(seen.completed).toBe(true);
    });

    it(`with the signal's reason is stopped, also where that is no object`, () => {
      const controller = new AbortController();
      const seen = watch(
        supervise([failing('a', 0, ({ reason }) => reason as unknown)], { signal: controller.signal }),
      );
      controller.abort('enough');
      jest.advanceTimersByTime(0);
      expect(seen.letters).toBe('rxC');
    });

    it('with undefined is failed, where there is no signal with a reason', async () => {
      let reject: (() => void) | undefined;
      const supervisor = new Supervisor([service('a', () => new Promise((_resolve, fail) => (reject = fail)))]);
      const seen = watch(supervisor.status$);
      void supervisor.run();
      void supervisor.stop('a');
      reject?.();
      await jest.advanceTimersByTimeAsync(0);
      expect(seen.letters).toBe('rxF');
      expect(seen.events[2]).toHaveProperty('error', undefined);
      void supervisor.shutdown();
    });

    it('with any other error is failed, and is not retried; run() resolves', async () => {
      const error = new Error('port in use');
      const supervisor = new Supervisor([failing('a', 2, () => error)], { restart: 'always' });
      const seen = watch(supervisor.status$);
      const ended = supervisor.run();
      void supervisor.shutdown();
      jest.advanceTimersByTime(2);
      await expect(ended).resolves.toBeUndefined();
      expect(seen.letters).toBe('rxF');
      expect(seen.events[2]).toHaveProperty('error', error);
    });

    it('with any other error is failed, and is not retried, also where it is stopped by hand', () => {
      const supervisor = new Supervisor([failing('a', 2, () => new Error('port in use'))], { restart: 0 });
      const seen = watch(supervisor.status$);
      void supervisor.run();
      void supervisor.stop('a');
      jest.advanceTimersByTime(100);
      expect(seen.letters).toBe('rxF');
      void supervisor.shutdown();
    });

    it('is stopped, not final, where a restart follows', () => {
      const supervisor = new Supervisor([slow('a', 2)]);
      const seen = watch(supervisor.status$);
      void supervisor.run();
      void supervisor.restart('a');
      jest.advanceTimersByTime(3);
      expect(seen.letters).toBe('rxcr');
      expect(seen.events[2]).toMatchObject({ status: 'stopped', final: false, restartIn: 0 });
      void supervisor.shutdown();
    });
  });

  describe('with an AbortError', () => {
    it.each([
      ['an AbortError', () => new DOMException('aborted', 'AbortError')],
      ['a TimeoutError', () => new DOMException('timed out', 'TimeoutError')],
    ])('of its own making has failed (%s)', (_name, error) => {
      marbles(({ expectObservable }) => {
        const a = service(
          'a',
          timer(2).pipe(
            map(() => {
              throw error();
            }),
          ),
        );
        expectObservable(supervise([a], { restart: 3 }).pipe(statusMarbles()), '-------!').toBe('r-f--r-');
      });
    });

    it(`of its own making has failed, also where its signal was read`, () => {
      marbles(({ expectObservable }) => {
        const a = service('a', ({ signal }) =>
          timer(2).pipe(
            tap(() => {
              signal.throwIfAborted();
            }),
            mergeMap(() => throwError(() => new DOMException('aborted', 'AbortError'))),
          ),
        );
        expectObservable(supervise([a], { restart: 3 }).pipe(statusMarbles()), '-------!').toBe('r-f--r-');
      });
    });
  });

  describe('as an AsyncIterable or a stream', () => {
    it('is stopped by return(), and has run its finally before it is said to be stopped', async () => {
      const log: string[] = [];
      const wake = new Subject<void>();
      async function* feed() {
        try {
          for (let n = 0; ; n++) {
            await new Promise<void>((resolve) => wake.pipe(take(1)).subscribe(resolve));
            yield n;
          }
        } finally {
          await new Promise((resolve) => setTimeout(resolve, 10));
          log.push('finally');
        }
      }
      const controller = new AbortController();
      supervise([service('a', feed)], { signal: controller.signal }).subscribe(({ status }) => log.push(status));
      await jest.advanceTimersByTimeAsync(0);
      wake.next();
      await jest.advanceTimersByTimeAsync(0);
      controller.abort();
      wake.next();
      await jest.advanceTimersByTimeAsync(10);
      expect(log).toEqual(['running', 'stopping', 'finally', 'stopped']);
    });

    it('has its grace until return() settles, though it has not read its signal', async () => {
      const iterable = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise<never>(() => undefined),
          return: () => new Promise<never>(() => undefined),
        }),
      };
      const controller = new AbortController();
      const seen = watch(supervise([service('a', () => iterable, { shutdown: 20 })], { signal: controller.signal }));
      controller.abort();
      await jest.advanceTimersByTimeAsync(19);
      expect(seen.letters).toBe('rx');
      await jest.advanceTimersByTimeAsync(1);
      expect(seen.letters).toBe('rxF');
      expect(seen.error).toBeInstanceOf(ShutdownTimeoutError);
    });

    it.each<[string, () => Promise<never>]>([
      [
        'throws',
        () => {
          throw new Error('locked');
        },
      ],
      ['rejects', () => Promise.reject(new Error('locked'))],
    ])('fails with what return() %s with', async (_how, end) => {
      const iterable = {
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined), return: end }),
      };
      const controller = new AbortController();
      const seen = watch(supervise([service('a', () => iterable)], { signal: controller.signal }));
      controller.abort();
      await jest.advanceTimersByTimeAsync(0);
      expect(seen.letters).toBe('rxF');
      expect(seen.events[2]).toHaveProperty('error.message', 'locked');
      expect(seen.completed).toBe(true);
    });

    it('is dropped at once where it has no return()', () => {
      const iterable = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
      const controller = new AbortController();
      const seen = watch(supervise([service('a', () => iterable)], { signal: controller.signal }));
      controller.abort();
      expect(seen.letters).toBe('rC');
    });

    it('is stopped by cancel() as a stream, and has its grace until that settles', async () => {
      const log: string[] = [];
      const stream = () =>
        new ReadableStream<never>({
          cancel: async () => {
            await new Promise((resolve) => setTimeout(resolve, 10));
            log.push('cancelled');
          },
        });
      const controller = new AbortController();
      supervise([service('a', stream)], { signal: controller.signal }).subscribe(({ status }) => log.push(status));
      controller.abort();
      await jest.advanceTimersByTimeAsync(10);
      expect(log).toEqual(['running', 'stopping', 'cancelled', 'stopped']);
    });

    it('fails with what cancel() rejects with', async () => {
      const stream = () => new ReadableStream<never>({ cancel: () => Promise.reject(new Error('locked')) });
      const controller = new AbortController();
      const seen = watch(supervise([service('a', stream)], { signal: controller.signal }));
      controller.abort();
      await jest.advanceTimersByTimeAsync(0);
      expect(seen.letters).toBe('rxF');
      expect(seen.events[2]).toHaveProperty('error.message', 'locked');
    });

    it('is asked for no more values once it is stopping', async () => {
      const returned = jest.fn(() => Promise.resolve({ done: true as const, value: undefined }));
      const next = jest.fn(() => new Promise<never>(() => undefined));
      const controller = new AbortController();
      const iterable = { [Symbol.asyncIterator]: () => ({ next, return: returned }) };
      supervise([service('a', () => iterable)], { signal: controller.signal }).subscribe();
      controller.abort();
      await jest.advanceTimersByTimeAsync(0);
      expect(next).toHaveBeenCalledTimes(1);
      expect(returned).toHaveBeenCalledTimes(1);
    });

    it('is closed where its supervisor is unsubscribed from', async () => {
      const returned = jest.fn(() => Promise.resolve({ done: true as const, value: undefined }));
      const iterable = {
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined), return: returned }),
      };
      supervise([service('a', () => iterable)])
        .subscribe()
        .unsubscribe();
      await jest.advanceTimersByTimeAsync(0);
      expect(returned).toHaveBeenCalledTimes(1);
    });
  });

  describe('teardown', () => {
    const boom = new Error('cannot close');
    const explode = () => {
      throw boom;
    };

    it.each<[string, string, Observable<unknown>]>([
      ['failed', 'of a source that errors later', timer(2).pipe(mergeMap(() => throwError(() => new Error('down'))))],
      ['failed', 'of a source that errors at once', throwError(() => new Error('down'))],
      ['stopped', 'of a source that completes later', timer(2)],
      ['stopped', 'of a source that completes at once', of(1)],
    ])('comes before %s is said (%s)', (status, _of, source$) => {
      const log: string[] = [];
      const a = service('a', source$.pipe(finalize(() => log.push('free'))));
      supervise([a], { autoShutdown: 'never', restart: 'never' }).subscribe((event) => log.push(event.status));
      jest.advanceTimersByTime(2);
      expect(log).toEqual(['running', 'free', status]);
    });

    it('comes before stopped is said, where the service is stopped', () => {
      const log: string[] = [];
      const supervisor = new Supervisor([service('a', NEVER.pipe(finalize(() => log.push('free'))))]);
      supervisor.status$.subscribe(({ status }) => log.push(status));
      void supervisor.run();
      void supervisor.stop('a');
      expect(log).toEqual(['running', 'free', 'stopped']);
      void supervisor.shutdown();
    });

    it('comes before failed is said, where the service is cut', () => {
      const log: string[] = [];
      const a = service('a', ({ signal }) => {
        signal.addEventListener('abort', () => log.push('aborted'));
        return NEVER.pipe(finalize(() => log.push('free')));
      });
      const supervisor = new Supervisor([a], { shutdown: 3 });
      supervisor.status$.subscribe(({ status }) => log.push(status));
      void supervisor.run();
      void supervisor.stop('a');
      jest.advanceTimersByTime(3);
      expect(log).toEqual(['running', 'aborted', 'stopping', 'free', 'failed']);
      void supervisor.shutdown();
    });

    it.each<[string, Observable<unknown>]>([
      ['completes later', timer(2)],
      ['completes at once', of(1)],
    ])('that throws makes a run that %s fail with that error', (_how, source$) => {
      const warn = jest.fn();
      const logger = { debug: jest.fn(), info: jest.fn(), warn, error: jest.fn() };
      const a = service('a', source$.pipe(finalize(explode)));
      const seen = watch(supervise([a], { logger, restart: 3 }));
      jest.advanceTimersByTime(2);
      expect(seen.letters).toBe('rf');
      expect(seen.events[1]).toHaveProperty('error', boom);
      expect(warn).toHaveBeenCalledTimes(1);
      jest.advanceTimersByTime(3);
      expect(seen.letters.startsWith('rfr')).toBe(true);
      seen.subscription.unsubscribe();
    });

    it('that throws makes a run that is stopped fail with that error', () => {
      const supervisor = new Supervisor([service('a', NEVER.pipe(finalize(explode)))]);
      const seen = watch(supervisor.status$);
      void supervisor.run();
      void supervisor.stop('a');
      expect(seen.letters).toBe('rF');
      expect(seen.events[1]).toHaveProperty('error', boom);
      void supervisor.shutdown();
    });

    it('that throws makes a run fail that is stopped while it is subscribed to', () => {
      const source$ = new Observable<string>((subscriber) => {
        subscriber.next('value');
        return explode;
      });
      const a = service('a', source$);
      const supervisor = new Supervisor([a]);
      const seen = watch(supervisor.status$);
      supervisor.valuesOf(a).subscribe(() => void supervisor.stop('a'));
      void supervisor.run();
      expect(seen.letters).toBe('rF');
      expect(seen.events[1]).toHaveProperty('error', boom);
      void supervisor.shutdown();
    });

    it('that throws is logged where another has thrown before, while it is subscribed to', () => {
      const [first, second] = [new Error('first'), new Error('second')];
      const source$ = new Observable<string>((subscriber) => {
        subscriber.add(() => {
          throw first;
        });
        subscriber.next('value');
        return () => {
          throw second;
        };
      });
      const a = service('a', source$);
      const warn = jest.fn();
      const logger = { debug: jest.fn(), info: jest.fn(), warn, error: jest.fn() };
      const supervisor = new Supervisor([a], { logger });
      const seen = watch(supervisor.status$);
      supervisor.valuesOf(a).subscribe(() => void supervisor.stop('a'));
      void supervisor.run();
      expect(seen.letters).toBe('rF');
      expect(seen.events[1]).toHaveProperty('error', first);
      expect(warn).toHaveBeenCalledWith({ service: 'a', error: second }, expect.any(String));
      void supervisor.shutdown();
    });

    it('of several that throw makes the run fail with an UnsubscriptionError of all', () => {
      const supervisor = new Supervisor([service('a', NEVER.pipe(finalize(explode), finalize(explode)))]);
      const seen = watch(supervisor.status$);
      void supervisor.run();
      void supervisor.stop('a');
      expect(seen.events[1]).toHaveProperty('error', expect.any(UnsubscriptionError));
      expect(seen.events[1]).toHaveProperty('error.errors', [boom, boom]);
      void supervisor.shutdown();
    });

    it.each<[string, Observable<unknown>]>([
      ['later', timer(2).pipe(mergeMap(() => throwError(() => new Error('down'))))],
      ['at once', throwError(() => new Error('down'))],
    ])('that throws is logged where the run has failed already (%s)', (_when, source$) => {
      const warn = jest.fn();
      const logger = { debug: jest.fn(), info: jest.fn(), warn, error: jest.fn() };
      const a = service('a', source$.pipe(finalize(explode)));
      const seen = watch(supervise([a], { logger, restart: 3 }));
      jest.advanceTimersByTime(2);
      expect(seen.letters).toBe('rf');
      expect(seen.events[1]).toHaveProperty('error.message', 'down');
      expect(warn).toHaveBeenCalledWith({ service: 'a', error: boom }, expect.any(String));
      seen.subscription.unsubscribe();
    });

    it('that throws is logged where the run is out of its grace', () => {
      const warn = jest.fn();
      const logger = { debug: jest.fn(), info: jest.fn(), warn, error: jest.fn() };
      const a = service('a', ({ signal }) => fromEvent(signal, 'never').pipe(finalize(explode)), { shutdown: 3 });
      const supervisor = new Supervisor([a], { logger });
      const seen = watch(supervisor.status$);
      void supervisor.run();
      void supervisor.stop('a');
      jest.advanceTimersByTime(3);
      expect(seen.events[2]).toHaveProperty('error', expect.any(ShutdownTimeoutError));
      expect(warn).toHaveBeenCalledWith({ service: 'a', error: boom }, expect.any(String));
      void supervisor.shutdown();
    });

    it('may ask for a stop, which is then no reason for an AbortError to be none', () => {
      const error = new DOMException('aborted', 'AbortError');
      const a = service('a', () =>
        timer(2)
          .pipe(mergeMap(() => throwError(() => error)))
          .pipe(finalize(stop)),
      );
      const supervisor = new Supervisor([a], { restart: 3 });
      function stop() {
        void supervisor.stop('a');
      }
      const seen = watch(supervisor.status$);
      void supervisor.run();
      jest.advanceTimersByTime(10);
      expect(seen.letters).toBe('rF');
      expect(seen.events[1]).toHaveProperty('error', error);
      void supervisor.shutdown();
    });
  });
});
