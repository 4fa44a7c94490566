import {
  config,
  delay,
  finalize,
  fromEvent,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  throwError,
  timer,
} from 'rxjs';
import {
  DuplicateServiceError,
  ofService,
  type Service,
  service,
  type ServiceOptions,
  type StatusEvent,
  Supervisor,
  SupervisorRunningError,
  type SupervisorOptions,
  SupervisorStoppedError,
  UnknownServiceError,
} from '../lib/index.js';
import { outcome } from './helpers.js';

/** An Observable service that reads its signal, and ends so many ms after it is aborted. */
function slow(name: string, ms: number, options?: ServiceOptions) {
  return service(name, ({ signal }) => fromEvent(signal, 'abort').pipe(take(1), delay(ms)), options);
}

/** An Observable service that takes its whole grace. */
function deaf(name: string, options?: ServiceOptions) {
  return service(name, ({ signal }) => fromEvent(signal, 'never'), options);
}

/** What a supervisor says, in words. */
function words(supervisor: Supervisor): string[] {
  const said: string[] = [];
  supervisor.status$.subscribe((event) => said.push(`${event.service} ${event.status}`));
  return said;
}

/** Lets promises settle, without time going on. */
async function settle(): Promise<void> {
  await jest.advanceTimersByTimeAsync(0);
}

const down = new Error('down');
const never = { restart: 'never' } as const;

describe('Supervisor', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it(`has the name 'supervisor', or another`, () => {
    expect(new Supervisor([]).name).toBe('supervisor');
    expect(new Supervisor([], { name: 'tree' }).name).toBe('tree');
  });

  it('checks its services and options at the call', () => {
    const a = service('a', NEVER);
    expect(() => new Supervisor([a, a])).toThrow(DuplicateServiceError);
    expect(() => new Supervisor(undefined as unknown as Service[])).toThrow('`services`');
    expect(() => new Supervisor([a], { shutdown: -1 })).toThrow(RangeError);
    expect(() => new Supervisor([a], null as unknown as SupervisorOptions)).toThrow(TypeError);
  });

  it('skips falsy entries', () => {
    const supervisor = new Supervisor([false, service('a', NEVER), null, undefined, 0, '']);
    expect([...supervisor.statuses().keys()]).toEqual(['a']);
  });

  describe('run', () => {
    it('starts the services in their order, within the call', () => {
      const supervisor = new Supervisor([service('a', NEVER), service('b', NEVER)]);
      const said = words(supervisor);
      void supervisor.run();
      expect(said).toEqual(['a running', 'b running']);
      void supervisor.shutdown();
    });

    it('resolves once all services have ended after an abort', async () => {
      const controller = new AbortController();
      const supervisor = new Supervisor([slow('a', 5), slow('b', 5)]);
      const ended = outcome(supervisor.run({ signal: controller.signal }));
      controller.abort();
      await jest.advanceTimersByTimeAsync(9);
      expect(ended.is).toBe('pending');
      await jest.advanceTimersByTimeAsync(1);
      expect(ended.is).toBe('resolved');
    });

    it('resolves once its significant services have ended', async () => {
      const supervisor = new Supervisor([service('a', timer(5))], never);
      const ended = outcome(supervisor.run());
      await jest.advanceTimersByTimeAsync(4);
      expect(ended.is).toBe('pending');
      await jest.advanceTimersByTimeAsync(1);
      expect(ended.is).toBe('resolved');
    });

    it('resolves after an abort though services have failed for good before', async () => {
      const supervisor = new Supervisor([service('a', () => throwError(() => down)), service('b', NEVER)], never);
      const ended = supervisor.run();
      void supervisor.shutdown();
      await expect(ended).resolves.toBeUndefined();
    });

    it.each<[string, SupervisorOptions, object]>([
      ['ServiceFailedError', never, { service: 'a', cause: down }],
      ['RestartLimitError', { restart: { limit: { restarts: 0, within: 1 } } }, { service: 'a', cause: down }],
    ])('rejects with the %s that ended it', async (name, options, fields) => {
      const supervisor = new Supervisor([service('a', () => throwError(() => down))], options);
      await expect(supervisor.run()).rejects.toMatchObject({ name, ...fields });
    });

    it('rejects with a ShutdownTimeoutError that names all services that were out of their grace', async () => {
      const controller = new AbortController();
      const list = [deaf('a'), slow('b', 1), deaf('c')];
      const supervisor = new Supervisor(list, { shutdown: 10, stopOrder: 'concurrent' });
      const ended = outcome(supervisor.run({ signal: controller.signal }));
      controller.abort();
      await jest.advanceTimersByTimeAsync(10);
      expect(ended.error).toMatchObject({ name: 'ShutdownTimeoutError' });
      expect(ended.error).toHaveProperty('services', expect.arrayContaining(['a', 'c']));
      expect(ended.error).toHaveProperty('services.length', 2);
    });

    it('already aborted starts nothing, and resolves', async () => {
      const supervisor = new Supervisor([service('a', NEVER)]);
      const said = words(supervisor);
      await expect(supervisor.run({ signal: AbortSignal.abort() })).resolves.toBeUndefined();
      expect(said).toEqual([]);
      expect(supervisor.statuses().get('a')?.status).toBe('idle');
    });

    it('is not disturbed by an abort after its end', async () => {
      const controller = new AbortController();
      const supervisor = new Supervisor([service('a', of(1))], never);
      await supervisor.run({ signal: controller.signal });
      const said = words(supervisor);
      controller.abort();
      expect(said).toEqual([]);
    });

    it('rejects with a SupervisorRunningError while it runs, also while it is stopping', async () => {
      const supervisor = new Supervisor([slow('a', 5)], { name: 'tree' });
      void supervisor.run();
      await expect(supervisor.run()).rejects.toThrow(SupervisorRunningError);
      void supervisor.shutdown();
      await expect(supervisor.run()).rejects.toMatchObject({ supervisor: 'tree' });
      expect(supervisor.statuses().get('a')?.status).toBe('stopping');
    });

    it('can be called again after its end, with all services fresh', async () => {
      const delays: number[] = [];
      const backoff = (attempt: number) => {
        delays.push(attempt);
        return 5;
      };
      const failing = service('a', () => throwError(() => down));
      const supervisor = new Supervisor([failing, service('b', NEVER)], { restart: { delay: backoff } });
      const events: StatusEvent[] = [];
      supervisor.status$.pipe(ofService('a')).subscribe((event) => events.push(event));
      for (let run = 0; run < 2; run++) {
        const ended = supervisor.run();
        void supervisor.stop('b');
        await jest.advanceTimersByTimeAsync(5);
        expect(supervisor.statuses().get('b')?.status).toBe('stopped');
        await supervisor.shutdown();
        await ended;
      }
      expect(delays).toEqual([1, 2, 1, 2]);
      expect(events.map(({ restarts }) => restarts)).toEqual([0, 0, 1, 1, 1, 0, 0, 1, 1, 1]);
    });

    it('can be called again after it was ended by an error, with its limit fresh', async () => {
      const limit = { restarts: 1, within: 1000 };
      const supervisor = new Supervisor([service('a', () => throwError(() => down))], { restart: { delay: 1, limit } });
      const said = words(supervisor);
      for (let run = 0; run < 2; run++) {
        const ended = outcome(supervisor.run());
        await jest.advanceTimersByTimeAsync(1);
        expect(ended.error).toMatchObject({ name: 'RestartLimitError' });
      }
      expect(said.filter((each) => each === 'a running')).toHaveLength(4);
    });

    it('can be called again as soon as it has ended', async () => {
      const supervisor = new Supervisor([service('a', of(1))], never);
      const said = words(supervisor);
      await supervisor.run().then(() => supervisor.run());
      expect(said).toEqual(['a running', 'a stopped', 'a running', 'a stopped']);
    });

    it('of no services waits for an abort', async () => {
      const controller = new AbortController();
      const ended = outcome(new Supervisor([]).run({ signal: controller.signal }));
      await jest.advanceTimersByTimeAsync(1000);
      expect(ended.is).toBe('pending');
      controller.abort();
      await settle();
      expect(ended.is).toBe('resolved');
    });

    it.each([
      ['signal', { signal: 'SIGINT' }],
      ['options', null],
    ])('rejects with a TypeError where %s is wrong', async (name, options) => {
      const ended = outcome(new Supervisor([]).run(options as never));
      await settle();
      expect(ended.error).toBeInstanceOf(TypeError);
      expect(ended.error).toHaveProperty('message', expect.stringContaining(`\`${name}\``));
    });

    it('leaves no abort listener behind', async () => {
      const controller = new AbortController();
      const add = jest.spyOn(controller.signal, 'addEventListener');
      const remove = jest.spyOn(controller.signal, 'removeEventListener');
      await new Supervisor([service('a', of(1))], never).run({ signal: controller.signal });
      expect(add).toHaveBeenCalledTimes(1);
      expect(remove).toHaveBeenCalledTimes(1);
    });
  });

  describe.each(['shutdown', Symbol.asyncDispose] as const)('%p', (method) => {
    it('stops all services gracefully, and resolves when they have ended', async () => {
      const supervisor = new Supervisor([slow('a', 5), slow('b', 5)]);
      const said = words(supervisor);
      const ended = outcome(supervisor.run());
      said.length = 0;
      const shut = outcome(supervisor[method]());
      await jest.advanceTimersByTimeAsync(9);
      expect([ended.is, shut.is]).toEqual(['pending', 'pending']);
      await jest.advanceTimersByTimeAsync(1);
      expect([ended.is, shut.is]).toEqual(['resolved', 'resolved']);
      expect(said).toEqual(['b stopping', 'b stopped', 'a stopping', 'a stopped']);
    });

    it('resolves at once where it does not run', async () => {
      await expect(new Supervisor([service('a', NEVER)])[method]()).resolves.toBeUndefined();
    });

    it('resolves also where a service is out of its grace, which is for run() to say', async () => {
      const supervisor = new Supervisor([deaf('a')], { shutdown: 5 });
      const ended = outcome(supervisor.run());
      const shut = outcome(supervisor[method]());
      await jest.advanceTimersByTimeAsync(5);
      expect(ended.is).toBe('rejected');
      expect(shut.is).toBe('resolved');
    });

    it('may be called while it is stopping', async () => {
      const supervisor = new Supervisor([slow('a', 5)]);
      void supervisor.run();
      const shut = [outcome(supervisor[method]()), outcome(supervisor[method]())];
      await jest.advanceTimersByTimeAsync(5);
      expect(shut).toEqual([{ is: 'resolved' }, { is: 'resolved' }]);
    });
  });

  it('is ended by `await using`', async () => {
    const said: string[] = [];
    {
      const a = service('a', ({ signal }) => fromEvent(signal, 'abort').pipe(take(1)));
      await using supervisor = new Supervisor([a]);
      supervisor.status$.subscribe(({ status }) => said.push(status));
      void supervisor.run();
      expect(said).toEqual(['running']);
    }
    expect(said).toEqual(['running', 'stopped']);
  });

  describe('statuses', () => {
    it('are idle before the first run, in the order of the list', () => {
      const supervisor = new Supervisor([service('b', NEVER), service('a', NEVER)]);
      expect([...supervisor.statuses()]).toEqual([
        ['b', { service: 'b', status: 'idle', time: Date.now(), restarts: 0 }],
        ['a', { service: 'a', status: 'idle', time: Date.now(), restarts: 0 }],
      ]);
    });

    it('are the latest event of each service', async () => {
      const supervisor = new Supervisor([service('a', NEVER), service('b', of(1))], never);
      const latest = new Map<string, StatusEvent>();
      supervisor.status$.subscribe((event) => latest.set(event.service, event));
      void supervisor.run();
      expect(supervisor.statuses()).toEqual(latest);
      expect(supervisor.statuses().get('b')).toBe(latest.get('b'));
      await supervisor.shutdown();
      expect(supervisor.statuses()).toEqual(latest);
    });

    it('keep the latest event also where the supervisor starts anew', async () => {
      let supervisor: Supervisor | undefined = undefined;
      const seen: unknown[] = [];
      const a = service('a', () => {
        seen.push(supervisor?.statuses().get('b')?.status);
        return NEVER;
      });
      supervisor = new Supervisor([a, service('b', NEVER)]);
      for (let run = 0; run < 2; run++) {
        void supervisor.run();
        await supervisor.shutdown();
      }
      expect(seen).toEqual(['idle', 'stopped']);
    });

    it('are the same object until something changes, and never change afterwards', () => {
      const supervisor = new Supervisor([service('a', NEVER)]);
      const before = supervisor.statuses();
      expect(supervisor.statuses()).toBe(before);
      void supervisor.run();
      const after = supervisor.statuses();
      expect(after).not.toBe(before);
      expect(supervisor.statuses()).toBe(after);
      expect(before.get('a')?.status).toBe('idle');
      void supervisor.shutdown();
    });

    it('reflect the events that were delivered so far, inside an observer', () => {
      const supervisor = new Supervisor([service('a', NEVER)]);
      const log: unknown[] = [];
      supervisor.status$.subscribe(({ status }) => {
        if (status === 'running') void supervisor.stop('a');
        log.push([status, supervisor.statuses().get('a')?.status]);
      });
      void supervisor.run();
      expect(log).toEqual([
        ['running', 'running'],
        ['stopped', 'stopped'],
      ]);
      void supervisor.shutdown();
    });

    it('may be behind the real state inside an observer, which is what commands look at', () => {
      const supervisor = new Supervisor([service('a', NEVER)]);
      const said = words(supervisor);
      supervisor.status$.pipe(take(1)).subscribe(() => {
        void supervisor.stop('a');
        expect(supervisor.statuses().get('a')?.status).toBe('running');
        void supervisor.start('a');
      });
      void supervisor.run();
      jest.advanceTimersByTime(1);
      expect(said).toEqual(['a running', 'a stopped', 'a running']);
      void supervisor.shutdown();
    });

    it('come as statuses$, now and then after each change', () => {
      const supervisor = new Supervisor([service('a', of(1))], never);
      const seen: unknown[] = [];
      const maps: unknown[] = [];
      supervisor.statuses$.subscribe((statuses) => {
        seen.push(statuses.get('a')?.status);
        maps.push(statuses === supervisor.statuses());
      });
      void supervisor.run();
      expect(seen).toEqual(['idle', 'running', 'stopped']);
      expect(maps).toEqual([true, true, true]);
      supervisor.statuses$.pipe(take(1)).subscribe((statuses) => seen.push(statuses.get('a')?.status));
      expect(seen.at(-1)).toBe('stopped');
    });

    it('have no event of idle', () => {
      const supervisor = new Supervisor([service('a', of(1))], never);
      const said = words(supervisor);
      void supervisor.run();
      expect(said).toEqual(['a running', 'a stopped']);
    });
  });

  describe('status$', () => {
    it('is hot, and never completes or errors', async () => {
      const supervisor = new Supervisor([service('a', () => throwError(() => down))], never);
      const [early, late]: string[][] = [[], []];
      const ends = jest.fn();
      supervisor.status$.subscribe({ next: ({ status }) => early?.push(status), complete: ends, error: ends });
      await expect(supervisor.run()).rejects.toThrow();
      supervisor.status$.subscribe(({ status }) => late?.push(status));
      expect(early).toEqual(['running', 'failed']);
      expect(late).toEqual([]);
      expect(ends).not.toHaveBeenCalled();
    });

    it('disturbs nothing, and reports it, where an observer throws', () => {
      const uncaught: unknown[] = [];
      config.onUnhandledError = (error) => uncaught.push(error);
      const supervisor = new Supervisor([service('a', NEVER), service('b', NEVER)]);
      const boom = new Error('observer');
      supervisor.status$.subscribe(() => {
        throw boom;
      });
      const said = words(supervisor);
      void supervisor.run();
      expect(said).toEqual(['a running', 'b running']);
      expect(uncaught).toEqual([]);
      jest.advanceTimersByTime(1);
      config.onUnhandledError = null;
      expect(uncaught).toEqual([boom, boom]);
      void supervisor.shutdown();
    });
  });

  describe('valuesOf', () => {
    it('is hot, goes on across restarts, and never completes', async () => {
      const a = service('a', timer(2, 2).pipe(take(2)));
      const supervisor = new Supervisor([a, service('b', NEVER)], { restart: 1 });
      const values: number[] = [];
      const complete = jest.fn();
      supervisor.valuesOf(a).subscribe({ next: (value) => values.push(value), complete });
      const ended = supervisor.run();
      await jest.advanceTimersByTimeAsync(9);
      expect(values).toEqual([0, 1, 0, 1]);
      void supervisor.shutdown();
      await ended;
      void supervisor.run();
      await jest.advanceTimersByTimeAsync(4);
      expect(values).toEqual([0, 1, 0, 1, 0, 1]);
      expect(complete).not.toHaveBeenCalled();
      void supervisor.shutdown();
    });

    it('has the values of that service alone', () => {
      const [a, b] = [service('a', of('from a')), service('b', of('from b'))];
      const supervisor = new Supervisor([a, b], never);
      const values: string[] = [];
      supervisor.valuesOf(b).subscribe((value) => values.push(value));
      void supervisor.run();
      expect(values).toEqual(['from b']);
    });
  });

  describe('commands', () => {
    const commands = ['stop', 'start', 'restart'] as const;

    it.each(commands)('for a path that is not there reject with an UnknownServiceError (%s)', async (command) => {
      const supervisor = new Supervisor([service('a', NEVER)]);
      await expect(supervisor[command]('b')).rejects.toThrow(UnknownServiceError);
      void supervisor.run();
      await expect(supervisor[command]('b/c')).rejects.toMatchObject({ service: 'b/c' });
      void supervisor.shutdown();
      await expect(supervisor[command]('')).rejects.toThrow(UnknownServiceError);
    });

    it.each([
      ['before the first run', () => undefined],
      [
        'after the end',
        async (supervisor: Supervisor) => {
          void supervisor.run();
          await supervisor.shutdown();
        },
      ],
    ])('%s: stop resolves, start and restart reject with a SupervisorStoppedError', async (_when, prepare) => {
      const supervisor = new Supervisor([service('a', NEVER)], { name: 'tree' });
      await prepare(supervisor);
      await expect(supervisor.stop('a')).resolves.toBeUndefined();
      await expect(supervisor.start('a')).rejects.toThrow(SupervisorStoppedError);
      await expect(supervisor.restart('a')).rejects.toMatchObject({ supervisor: 'tree' });
    });

    it('while it is stopping: stop resolves, start and restart reject with a SupervisorStoppedError', async () => {
      const supervisor = new Supervisor([slow('a', 5), service('b', NEVER)]);
      const said = words(supervisor);
      void supervisor.run();
      void supervisor.shutdown();
      await expect(supervisor.start('b')).rejects.toThrow(SupervisorStoppedError);
      await expect(supervisor.restart('a')).rejects.toThrow(SupervisorStoppedError);
      const stopped = outcome(supervisor.stop('a'));
      await jest.advanceTimersByTimeAsync(5);
      expect(stopped.is).toBe('resolved');
      expect(said).toEqual(['a running', 'b running', 'b stopped', 'a stopping', 'a stopped']);
    });

    describe('stop', () => {
      it('resolves when the service has ended, and it stays down', async () => {
        const supervisor = new Supervisor([slow('a', 5)], { restart: 0 });
        const said = words(supervisor);
        void supervisor.run();
        const stopped = outcome(supervisor.stop('a'));
        await jest.advanceTimersByTimeAsync(4);
        expect(stopped.is).toBe('pending');
        await jest.advanceTimersByTimeAsync(1);
        expect(stopped.is).toBe('resolved');
        await jest.advanceTimersByTimeAsync(100);
        expect(said).toEqual(['a running', 'a stopping', 'a stopped']);
        expect(supervisor.statuses().get('a')).toMatchObject({ final: true });
        void supervisor.shutdown();
      });

      it('of a stopped service resolves, and says nothing', async () => {
        const supervisor = new Supervisor([service('a', NEVER)]);
        const said = words(supervisor);
        void supervisor.run();
        await supervisor.stop('a');
        await supervisor.stop('a');
        expect(said).toEqual(['a running', 'a stopped']);
        void supervisor.shutdown();
      });

      it('asked for twice resolves both', async () => {
        const supervisor = new Supervisor([slow('a', 5)]);
        void supervisor.run();
        const stops = [outcome(supervisor.stop('a')), outcome(supervisor.stop('a'))];
        await jest.advanceTimersByTimeAsync(5);
        expect(stops).toEqual([{ is: 'resolved' }, { is: 'resolved' }]);
        void supervisor.shutdown();
      });

      it('of a service that is out of grace resolves when that is cut, which is not in the error of run()', async () => {
        const supervisor = new Supervisor([deaf('a'), service('b', NEVER)], { shutdown: 5 });
        const ended = outcome(supervisor.run());
        const stopped = outcome(supervisor.stop('a'));
        await jest.advanceTimersByTimeAsync(4);
        expect(stopped.is).toBe('pending');
        await jest.advanceTimersByTimeAsync(1);
        expect(stopped.is).toBe('resolved');
        expect(supervisor.statuses().get('a')).toMatchObject({ status: 'failed', final: true });
        void supervisor.shutdown();
        await settle();
        expect(ended.is).toBe('resolved');
      });

      it('before its service is started keeps it from that', () => {
        const a = service('a', () => {
          void supervisor.stop('b');
          return NEVER;
        });
        const supervisor: Supervisor = new Supervisor([a, service('b', NEVER)]);
        const said = words(supervisor);
        void supervisor.run();
        expect(said).not.toContain('b running');
        void supervisor.shutdown();
      });
    });

    describe('start', () => {
      it('resolves when the service is running', async () => {
        const ready = new Subject<void>();
        const a = service('a', ({ ready: say }) => new Observable(() => ready.subscribe(say)), { readyOn: 'ready' });
        const supervisor = new Supervisor([a]);
        void supervisor.run();
        await supervisor.stop('a');
        const started = outcome(supervisor.start('a'));
        await settle();
        expect(supervisor.statuses().get('a')?.status).toBe('starting');
        expect(started.is).toBe('pending');
        ready.next();
        await settle();
        expect(started.is).toBe('resolved');
        void supervisor.shutdown();
      });

      it('of a running service resolves, and says nothing', async () => {
        const supervisor = new Supervisor([service('a', NEVER)]);
        const said = words(supervisor);
        void supervisor.run();
        await supervisor.start('a');
        expect(said).toEqual(['a running']);
        void supervisor.shutdown();
      });

      it('of a service that is not running yet waits until it is', async () => {
        const supervisor = new Supervisor([service('a', timer(5), { readyOn: 'value' })], never);
        void supervisor.run();
        const started = outcome(supervisor.start('a'));
        await settle();
        expect(started.is).toBe('pending');
        await jest.advanceTimersByTimeAsync(5);
        expect(started.is).toBe('resolved');
      });

      it('while the service is stopping wins: its end is not final, and it runs again', async () => {
        const supervisor = new Supervisor([slow('a', 5)]);
        const events: StatusEvent[] = [];
        supervisor.status$.subscribe((event) => events.push(event));
        void supervisor.run();
        const stopped = outcome(supervisor.stop('a'));
        const started = outcome(supervisor.start('a'));
        await jest.advanceTimersByTimeAsync(6);
        expect(events).toMatchObject([
          { status: 'running' },
          { status: 'stopping' },
          { status: 'stopped', final: false, restartIn: 0 },
          { status: 'running', restarts: 1 },
        ]);
        expect([stopped.is, started.is]).toEqual(['resolved', 'resolved']);
        void supervisor.shutdown();
      });

      it('after a stop, both inside the function of the service, waits for the next run', async () => {
        const asked: ReturnType<typeof outcome>[] = [];
        const a = service('a', ({ restarts }) => {
          if (restarts > 0) return NEVER;
          asked.push(outcome(supervisor.stop('a')), outcome(supervisor.start('a')));
          return lastValueFrom(timer(5), { defaultValue: 0 });
        });
        const supervisor: Supervisor = new Supervisor([a]);
        void supervisor.run();
        await jest.advanceTimersByTimeAsync(4);
        expect(asked[1]?.is).toBe('pending');
        await jest.advanceTimersByTimeAsync(2);
        expect(asked).toEqual([{ is: 'resolved' }, { is: 'resolved' }]);
        expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 1 });
        void supervisor.shutdown();
      });

      it.each([
        ['waits for its restart', { restart: 1000 }],
        ['has ended', never],
      ])(
        'of a service that fails within the call resolves, since it was running (and now %s)',
        async (_now, options) => {
          const failing = service('a', () => throwError(() => down));
          const supervisor = new Supervisor([failing], { ...options, autoShutdown: 'never' });
          void supervisor.run();
          const asked = [outcome(supervisor.start('a')), outcome(supervisor.restart('a'))];
          await settle();
          expect(asked).toEqual([{ is: 'resolved' }, { is: 'resolved' }]);
          expect(supervisor.statuses().get('a')).toMatchObject({ status: 'failed', restarts: 2 });
          void supervisor.shutdown();
        },
      );

      it('asked for by an observer of the end resolves when the service is running, and not before', async () => {
        const a = service('a', ({ restarts }) => (restarts === 0 ? of(1) : NEVER));
        const supervisor = new Supervisor([a], never);
        const asked: ReturnType<typeof outcome>[] = [];
        supervisor.status$.subscribe(({ status, restarts }) => {
          if (status === 'stopped' && restarts === 0) asked.push(outcome(supervisor.start('a')));
        });
        void supervisor.run();
        for (let microtask = 0; microtask < 20; microtask++) await Promise.resolve();
        expect(asked).toEqual([{ is: 'pending' }]);
        await jest.advanceTimersByTimeAsync(1);
        expect(asked).toEqual([{ is: 'resolved' }]);
        expect(supervisor.statuses().get('a')?.status).toBe('running');
        void supervisor.shutdown();
      });

      it('is superseded by a stop, and resolves too', async () => {
        const supervisor = new Supervisor([service('a', NEVER, { readyOn: 'ready' })]);
        void supervisor.run();
        const started = outcome(supervisor.start('a'));
        await settle();
        expect(started.is).toBe('pending');
        await supervisor.stop('a');
        expect(started.is).toBe('resolved');
        void supervisor.shutdown();
      });

      it('resolves where the service ends for good instead', async () => {
        const source$ = new Subject<never>();
        const a = service('a', source$, { readyOn: 'ready' });
        const supervisor = new Supervisor([a, service('b', NEVER)], never);
        void supervisor.run();
        const started = outcome(supervisor.start('a'));
        source$.complete();
        await settle();
        expect(started.is).toBe('resolved');
        void supervisor.shutdown();
      });

      it('resolves where the supervisor stops instead', async () => {
        const supervisor = new Supervisor([service('a', NEVER, { readyOn: 'ready' })]);
        void supervisor.run();
        const started = outcome(supervisor.start('a'));
        void supervisor.shutdown();
        await settle();
        expect(started.is).toBe('resolved');
      });
    });

    describe('restart', () => {
      it('resolves when the service is running again', async () => {
        const supervisor = new Supervisor([slow('a', 5, { readyOn: 'start' })]);
        void supervisor.run();
        const restarted = outcome(supervisor.restart('a'));
        await jest.advanceTimersByTimeAsync(4);
        expect(restarted.is).toBe('pending');
        await jest.advanceTimersByTimeAsync(2);
        expect(restarted.is).toBe('resolved');
        expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 1 });
        void supervisor.shutdown();
      });

      it('is superseded by a stop: the service stays down, and both resolve', async () => {
        const supervisor = new Supervisor([slow('a', 5)]);
        const said = words(supervisor);
        void supervisor.run();
        const restarted = outcome(supervisor.restart('a'));
        const stopped = outcome(supervisor.stop('a'));
        await jest.advanceTimersByTimeAsync(100);
        expect(said).toEqual(['a running', 'a stopping', 'a stopped']);
        expect([restarted.is, stopped.is]).toEqual(['resolved', 'resolved']);
        void supervisor.shutdown();
      });

      it('supersedes a stop: the service runs again, and both resolve', async () => {
        const supervisor = new Supervisor([slow('a', 5)]);
        const said = words(supervisor);
        void supervisor.run();
        const stopped = outcome(supervisor.stop('a'));
        const restarted = outcome(supervisor.restart('a'));
        await jest.advanceTimersByTimeAsync(6);
        expect(said).toEqual(['a running', 'a stopping', 'a stopped', 'a running']);
        expect([stopped.is, restarted.is]).toEqual(['resolved', 'resolved']);
        void supervisor.shutdown();
      });

      it('of a service that is out of grace runs it anew when that is cut', async () => {
        const supervisor = new Supervisor([deaf('a')], { shutdown: 5 });
        const said = words(supervisor);
        const ended = outcome(supervisor.run());
        void supervisor.restart('a');
        await jest.advanceTimersByTimeAsync(6);
        expect(said).toEqual(['a running', 'a stopping', 'a failed', 'a running']);
        expect(ended.is).toBe('pending');
        void supervisor.shutdown();
      });

      it('touches only its service', () => {
        const supervisor = new Supervisor([service('a', NEVER), service('b', NEVER)]);
        const said = words(supervisor);
        void supervisor.run();
        void supervisor.restart('a');
        expect(said.slice(2)).toEqual(['a stopped', 'a running']);
        void supervisor.shutdown();
      });
    });
  });

  describe('may be told to stop from anywhere', () => {
    const acts: [string, (supervisor: Supervisor) => unknown][] = [
      ['stop', (supervisor) => supervisor.stop('a')],
      ['shutdown', (supervisor) => supervisor.shutdown()],
    ];

    it.each(acts)('inside a status observer (%s)', (_which, act) => {
      const supervisor = new Supervisor([service('a', NEVER), service('b', NEVER)]);
      const said = words(supervisor);
      supervisor.status$.subscribe(({ service: name, status }) => {
        if (name === 'a' && status === 'running') void act(supervisor);
      });
      void supervisor.run();
      expect(said.slice(0, 2)).toEqual(['a running', 'a stopped']);
      expect(said.filter((each) => each === 'a running')).toHaveLength(1);
      void supervisor.shutdown();
    });

    it.each(acts)('inside a service function (%s)', (_which, act) => {
      const a = service('a', () => {
        void act(supervisor);
        return NEVER;
      });
      const supervisor: Supervisor = new Supervisor([a]);
      const said = words(supervisor);
      void supervisor.run();
      expect(said).toEqual(['a running', 'a stopped']);
      void supervisor.shutdown();
    });

    it.each(acts)('inside a teardown (%s)', (_which, act) => {
      const a = service('a', timer(5).pipe(finalize(() => void act(supervisor))));
      const supervisor: Supervisor = new Supervisor([a], { restart: 3 });
      const said = words(supervisor);
      void supervisor.run();
      jest.advanceTimersByTime(100);
      expect(said).toEqual(['a running', 'a stopped']);
      expect(supervisor.statuses().get('a')).toMatchObject({ final: true });
      void supervisor.shutdown();
    });

    it.each(acts)('inside an abort listener (%s)', async (_which, act) => {
      const a = service('a', ({ signal }) => {
        signal.addEventListener('abort', () => void act(supervisor));
        return fromEvent(signal, 'abort').pipe(take(1));
      });
      const supervisor: Supervisor = new Supervisor([a]);
      const said = words(supervisor);
      void supervisor.run();
      await supervisor.stop('a');
      expect(said).toEqual(['a running', 'a stopped']);
      void supervisor.shutdown();
    });

    it.each(acts)('by a value of a service (%s)', (_which, act) => {
      const a = service('a', timer(2, 2));
      const supervisor = new Supervisor([a]);
      const said = words(supervisor);
      supervisor.valuesOf(a).subscribe(() => void act(supervisor));
      void supervisor.run();
      jest.advanceTimersByTime(10);
      expect(said).toEqual(['a running', 'a stopped']);
      void supervisor.shutdown();
    });
  });

  it('may be run again when it has ended, which it has not while its last event is told', async () => {
    const supervisor = new Supervisor([service('a', of(1))], never);
    const runs: ReturnType<typeof outcome>[] = [];
    supervisor.status$.subscribe(({ status }) => {
      if (status === 'stopped' && runs.length < 1) runs.push(outcome(supervisor.run()));
    });
    await supervisor.run();
    expect(runs[0]?.error).toBeInstanceOf(SupervisorRunningError);
    await expect(supervisor.run()).resolves.toBeUndefined();
  });
});
