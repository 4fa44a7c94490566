import { NEVER, Observable, of, Subject, throwError, timer } from 'rxjs';
import { type Logger, service, type ServiceContext, type ServiceOptions, supervise, Supervisor } from '../lib/index.js';
import { statusMarbles } from '../lib/testing.js';
import { marbles } from './helpers.js';

/** A service that goes on for ever, and the contexts that its runs were given. */
function recorded(options?: ServiceOptions) {
  const contexts: ServiceContext[] = [];
  const recording = service(
    'a',
    (context) => {
      contexts.push(context);
      return NEVER;
    },
    options,
  );
  return { recording, contexts };
}

function contextAt(contexts: readonly ServiceContext[], index: number): ServiceContext {
  const context = contexts[index];
  if (context === undefined) throw new Error(`There was no run ${index}`);
  return context;
}

describe('RunContext', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('has the name of the service', () => {
    const { recording, contexts } = recorded();
    supervise([recording]).subscribe().unsubscribe();
    expect(contextAt(contexts, 0).name).toBe('a');
  });

  it('counts the restarts, from 0 in the first run, also those by hand', async () => {
    const restarts: number[] = [];
    const supervisor = new Supervisor(
      [
        service('a', (context) => {
          restarts.push(context.restarts);
          return context.restarts === 2 ? NEVER : throwError(() => new Error('down'));
        }),
      ],
      { restart: 10 },
    );
    const ended = supervisor.run();
    await jest.advanceTimersByTimeAsync(20);
    void supervisor.restart('a');
    expect(restarts).toEqual([0, 1, 2, 3]);
    void supervisor.shutdown();
    await ended;
  });

  describe('signal', () => {
    it('is made when it is first read, and is the same one from then on', () => {
      const Original = AbortController;
      const made = jest.spyOn(globalThis, 'AbortController').mockImplementation(() => new Original());
      const { recording, contexts } = recorded();
      const running = supervise([recording]).subscribe();
      expect(made).not.toHaveBeenCalled();
      const context = contextAt(contexts, 0);
      expect(context.signal).toBe(context.signal);
      expect(made).toHaveBeenCalledTimes(1);
      expect(context.signal.aborted).toBe(false);
      running.unsubscribe();
    });

    it('is another one in each run', () => {
      marbles(({ cold, expectObservable, flush }) => {
        const signals: AbortSignal[] = [];
        const reading = service('a', ({ signal }) => {
          signals.push(signal);
          return cold('--#');
        });
        expectObservable(supervise([reading], { restart: 3 }).pipe(statusMarbles()), '------!').toBe('r-f--r-');
        flush();
        expect(new Set(signals).size).toBe(2);
      });
    });

    it('is aborted when the service is asked to stop, with the reason of the abort', () => {
      const controller = new AbortController();
      const { recording, contexts } = recorded();
      supervise([recording], { signal: controller.signal }).subscribe();
      const { signal } = contextAt(contexts, 0);
      controller.abort('enough');
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toBe('enough');
    });

    it('has an AbortError as its reason where the service is stopped by hand', () => {
      const { recording, contexts } = recorded();
      const supervisor = new Supervisor([recording]);
      void supervisor.run();
      const { signal } = contextAt(contexts, 0);
      void supervisor.stop('a');
      expect(signal.reason).toMatchObject({ name: 'AbortError' });
      void supervisor.shutdown();
    });

    it('has an AbortError as its reason where the supervisor is shut down', () => {
      const { recording, contexts } = recorded();
      const supervisor = new Supervisor([recording]);
      void supervisor.run();
      const { signal } = contextAt(contexts, 0);
      void supervisor.shutdown();
      expect(signal.reason).toMatchObject({ name: 'AbortError' });
    });

    it('is aborted already where it is first read after the service was asked to stop', () => {
      const controller = new AbortController();
      let signal: AbortSignal | undefined;
      const closing = service('a', (context) => {
        const iterator: AsyncIterableIterator<never> = {
          [Symbol.asyncIterator]: () => iterator,
          next: () => new Promise(() => undefined),
          return: () => {
            signal = context.signal;
            return new Promise(() => undefined);
          },
        };
        return iterator;
      });
      const running = supervise([closing], { signal: controller.signal }).subscribe();
      controller.abort('enough');
      expect(signal?.aborted).toBe(true);
      expect(signal?.reason).toBe('enough');
      running.unsubscribe();
    });

    it('is aborted already where it is first read after the end of the run', () => {
      const contexts: ServiceContext[] = [];
      const over = service('a', (context) => {
        contexts.push(context);
        return of(1);
      });
      supervise([over], { restart: 'never' }).subscribe();
      expect(contextAt(contexts, 0).signal.aborted).toBe(true);
    });

    it('is not aborted yet while the function is called in which the stop is asked for', () => {
      const aborted: boolean[] = [];
      const supervisor: Supervisor = new Supervisor([
        service('a', ({ signal }) => {
          void supervisor.stop('a');
          aborted.push(signal.aborted);
          return new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              aborted.push(signal.aborted);
              resolve(undefined);
            });
          });
        }),
      ]);
      void supervisor.run();
      expect(aborted).toEqual([false, true]);
      void supervisor.shutdown();
    });
  });

  describe('ready', () => {
    it('says that the service is running, called on its own too', () => {
      marbles(({ expectObservable }) => {
        const a = service('a', ({ ready }) => new Observable(() => timer(3).subscribe(ready)), { readyOn: 'ready' });
        expectObservable(supervise([a]).pipe(statusMarbles()), '------!').toBe('s--r---');
      });
    });

    it('says it once', () => {
      const { recording, contexts } = recorded({ readyOn: 'ready' });
      const letters: string[] = [];
      const running = supervise([recording])
        .pipe(statusMarbles())
        .subscribe((letter) => letters.push(letter));
      contextAt(contexts, 0).ready();
      contextAt(contexts, 0).ready();
      expect(letters).toEqual(['s', 'r']);
      running.unsubscribe();
    });

    it.each(['start', 'value'] as const)(`says nothing where readyOn is '%s'`, (readyOn) => {
      const { recording, contexts } = recorded({ readyOn });
      const letters: string[] = [];
      const running = supervise([recording])
        .pipe(statusMarbles())
        .subscribe((letter) => letters.push(letter));
      contextAt(contexts, 0).ready();
      expect(letters).toEqual([readyOn === 'start' ? 'r' : 's']);
      running.unsubscribe();
    });

    it('says nothing after the service was asked to stop, and after its end', () => {
      const controller = new AbortController();
      const letters: string[] = [];
      const sources = new Subject<never>();
      const contexts: ServiceContext[] = [];
      const reading = service(
        'a',
        (context) => {
          contexts.push(context);
          expect(context.signal.aborted).toBe(false);
          return sources;
        },
        { readyOn: 'ready' },
      );
      supervise([reading], { signal: controller.signal })
        .pipe(statusMarbles())
        .subscribe((letter) => letters.push(letter));
      controller.abort();
      contextAt(contexts, 0).ready();
      sources.complete();
      contextAt(contexts, 0).ready();
      expect(letters).toEqual(['s', 'x', 'C']);
    });

    it('of an earlier run says nothing of a later one', () => {
      const { recording, contexts } = recorded({ readyOn: 'ready' });
      const supervisor = new Supervisor([recording]);
      void supervisor.run();
      void supervisor.restart('a');
      contextAt(contexts, 0).ready();
      expect(supervisor.statuses().get('a')?.status).toBe('starting');
      contextAt(contexts, 1).ready();
      expect(supervisor.statuses().get('a')?.status).toBe('running');
      void supervisor.shutdown();
    });
  });

  describe('logger', () => {
    const levels = ['debug', 'info', 'warn', 'error'] as const;

    it.each(levels)(`adds the service's path to the data of %s`, (level) => {
      const logger = { debug: jest.fn(), info: jest.fn(), warn: jest.fn(), error: jest.fn() };
      const { recording, contexts } = recorded();
      const running = supervise([recording], { logger }).subscribe();
      contextAt(contexts, 0).logger[level]({ size: 1 }, 'hello');
      expect(logger[level]).toHaveBeenLastCalledWith({ service: 'a', size: 1 }, 'hello');
      running.unsubscribe();
    });

    it.each(levels)('is silent by default (%s)', (level) => {
      const print = jest.spyOn(console, level).mockReturnValue();
      const { recording, contexts } = recorded();
      const running = supervise([recording]).subscribe();
      contextAt(contexts, 0).logger[level]({ size: 1 }, 'hello');
      expect(contextAt(contexts, 0).logger).toBeDefined();
      expect(print).not.toHaveBeenCalled();
      running.unsubscribe();
    });

    it('swallows what the logger throws', () => {
      const fail = () => {
        throw new Error('disk full');
      };
      const logger: Logger = { debug: fail, info: fail, warn: fail, error: fail };
      const { recording, contexts } = recorded();
      const running = supervise([recording], { logger }).subscribe();
      expect(() => {
        contextAt(contexts, 0).logger.info({}, 'hello');
      }).not.toThrow();
      running.unsubscribe();
    });
  });
});
