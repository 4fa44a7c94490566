import { concat, delay, finalize, fromEvent, mergeMap, NEVER, of, take, throwError, timer } from 'rxjs';
import {
  isAlive,
  type RestartMode,
  RestartLimitError,
  service,
  type Service,
  type ServiceOptions,
  ShutdownTimeoutError,
  type Strategy,
  supervise,
  Supervisor,
  SupervisorRunningError,
  SupervisorStoppedError,
  UnknownServiceError,
} from '../lib/index.js';
import { scriptedService, statusMarbles } from '../lib/testing.js';
import { idle, marbles, outcome, pass, slow, words } from './helpers.js';

// What the test suites of other supervisors check, as far as it has a meaning here. The table is in README.md.

/** Fails after so many ms, in each of its runs. */
function crashing(name: string, ms = 5, options?: ServiceOptions): Service {
  return service(name, timer(ms).pipe(mergeMap(() => throwError(() => broken))), options);
}

/** Fails in its first run, after 5 ms, and is idle in the others. */
function crashingOnce(name: string, options?: ServiceOptions): Service {
  const crash$ = timer(5).pipe(mergeMap(() => throwError(() => broken)));
  return service(name, ({ restarts }) => (restarts === 0 ? crash$ : NEVER), options);
}

/** An Observable service that does not end by itself. */
function hung(name: string, shutdown?: number): Service {
  const options = shutdown === undefined ? undefined : { shutdown };
  return service(name, ({ signal }) => fromEvent(signal, 'never'), options);
}

function running(services: readonly Service[], options: ConstructorParameters<typeof Supervisor>[1] = {}) {
  const supervisor = new Supervisor(services, options);
  const run = outcome(supervisor.run());
  return { supervisor, run, said: words(supervisor.status$) };
}

const broken = new Error('broken');

describe('As known from others', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  describe('restart modes', () => {
    // permanent, transient, temporary x normal, shutdown, abnormal
    it.each<[RestartMode, string, string, string]>([
      ['always', 'completes', '--|', 'r-c--r-c--r-'],
      ['always', 'fails', '--#', 'r-f--r-f--r-'],
      ['on-failure', 'completes', '--|', 'r-C---------'],
      ['on-failure', 'fails', '--#', 'r-f--r-f--r-'],
      ['never', 'completes', '--|', 'r-C---------'],
      ['never', 'fails', '--#', 'r-F---------'],
    ])('%s: a service that %s', (when, _, run, events) => {
      marbles(({ cold, expectObservable }) => {
        const options = { restart: { when, delay: 3 }, autoShutdown: 'never' } as const;
        const event$ = supervise([scriptedService('a', [run], cold)], options);
        expectObservable(event$.pipe(statusMarbles()), '-----------!').toBe(events);
      });
    });

    it.each<RestartMode>(['always', 'on-failure', 'never'])(
      '%s: a service that is shut down stays down',
      async (when) => {
        const { supervisor, said } = running([idle('a'), idle('b')], { restart: { when, delay: 3 } });
        await supervisor.stop('a');
        await pass(100);
        expect(said).toEqual(['a stopped for good']);
        await supervisor.shutdown();
      },
    );

    it('a throw, a rejection and an error notification are the same failure', async () => {
      const list = [
        service('throws', () => {
          throw broken;
        }),
        service('rejects', () => Promise.reject(broken)),
        service(
          'errors',
          throwError(() => broken),
        ),
      ];
      const { supervisor } = running(list, { restart: 100 });
      await pass(1);
      for (const event of supervisor.statuses().values()) {
        expect(event).toMatchObject({ status: 'failed', error: broken, final: false, restartIn: 100 });
      }
      await supervisor.shutdown();
    });
  });

  describe('restart intensity', () => {
    const failsTimes = (count: number, every = 1) =>
      service('a', ({ restarts }) =>
        restarts < count ? timer(every).pipe(mergeMap(() => throwError(() => broken))) : NEVER,
      );

    it('at the limit goes on, one above it gives up', async () => {
      const limit = { restarts: 2, within: 1000 };
      const [at, above] = [2, 3].map((count) => running([failsTimes(count)], { restart: { delay: 1, limit } }));
      await pass(100);
      expect(at?.run.is).toBe('pending');
      expect(at?.supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 2 });
      expect(above?.run).toEqual({ is: 'rejected', error: new RestartLimitError('a', limit, { cause: broken }) });
      await at?.supervisor.shutdown();
    });

    it('just outside the window is not counted, just inside it is', () => {
      marbles(({ cold, expectObservable }) => {
        const stop = '   -----------!';
        const outside = 'r---fr---fr-';
        const inside = ' r---fr---F--';
        const restart = (within: number) =>
          ({
            restart: { delay: 1, limit: { restarts: 1, within }, exhausted: 'give-up' },
            autoShutdown: 'never',
          }) as const;
        const a = () => scriptedService('a', ['----#', '----#', '-'], cold);
        expectObservable(supervise([a()], restart(5)).pipe(statusMarbles()), stop).toBe(outside);
        expectObservable(supervise([a()], restart(6)).pipe(statusMarbles()), stop).toBe(inside);
      });
    });

    it('is never tripped by restarts that are slower than the window, for however long', async () => {
      const { supervisor, run } = running([crashing('a', 50)], {
        restart: { delay: 51, limit: { restarts: 1, within: 100 } },
      });
      await pass(101 * 200);
      expect(run.is).toBe('pending');
      expect(supervisor.statuses().get('a')?.restarts).toBeGreaterThanOrEqual(199);
      await supervisor.shutdown();
    });

    it('of 0 restarts allows none', async () => {
      const { run, said } = running([crashing('a')], { restart: { limit: { restarts: 0, within: 1 } } });
      await pass(5);
      expect(said).toEqual(['a failed for good']);
      expect(run.is).toBe('rejected');
    });

    it.each<Strategy>(['one-for-one', 'one-for-all', 'rest-for-one'])(
      'escalates: all go down, in reverse order (%s)',
      async (strategy) => {
        const limit = { restarts: 1, within: 100 };
        const { run, said } = running([idle('a'), crashing('b'), idle('c')], {
          strategy,
          restart: { delay: 1, limit },
        });
        await pass(6);
        said.length = 0;
        await pass(5);
        expect(said).toEqual(['b failed for good', 'c stopped for good', 'a stopped for good']);
        expect(run.error).toEqual(new RestartLimitError('b', limit, { cause: broken }));
      },
    );

    it('stops a service that fails at once, again and again, without blocking the others', async () => {
      const failing = service('a', () => throwError(() => broken));
      const ticked = jest.fn();
      const limit = { restarts: 500, within: 1_000_000 };
      const { run } = running(
        [failing, service('b', timer(1).pipe(mergeMap(() => of(ticked()))), { restart: 'never' })],
        {
          restart: { delay: 0, limit },
        },
      );
      expect(run.is).toBe('pending');
      await pass(2_000);
      expect(ticked).toHaveBeenCalledTimes(1);
      expect(run.is).toBe('rejected');
    });
  });

  describe('strategies', () => {
    it.each<[Strategy, string[]]>([
      ['one-for-one', ['b failed', 'b running']],
      ['one-for-all', ['b failed', 'c stopped', 'a stopped', 'a running', 'b running', 'c running']],
      ['rest-for-one', ['b failed', 'c stopped', 'b running', 'c running']],
    ])('%s', async (strategy, expected) => {
      const { supervisor, said } = running([idle('a'), crashingOnce('b'), idle('c')], { strategy, restart: 3 });
      await pass(100);
      expect(said).toEqual(expected);
      await supervisor.shutdown();
    });

    it.each<Strategy>(['one-for-all', 'rest-for-one'])(
      'a bystander that is never restarted is not brought back (%s)',
      async (strategy) => {
        const list = [crashingOnce('a'), idle('b', { restart: 'never' }), idle('c')];
        const { supervisor, said } = running(list, { strategy, restart: 3 });
        await pass(100);
        expect(said).toEqual(['a failed', 'c stopped', 'b stopped for good', 'a running', 'c running']);
        await supervisor.shutdown();
      },
    );

    it('another service that fails while its group is restarted restarts it again', async () => {
      const failing = service('c', ({ restarts }) => (restarts === 1 ? throwError(() => broken) : NEVER));
      const { supervisor, said } = running([idle('a'), crashingOnce('b'), failing], {
        strategy: 'one-for-all',
        restart: 3,
      });
      await pass(100);
      expect(said.slice(-6)).toEqual([
        ...['c failed', 'b stopped', 'a stopped'],
        ...['a running', 'b running', 'c running'],
      ]);
      await supervisor.shutdown();
    });

    it('a group whose start always fails does not hang: it can be stopped', async () => {
      const failing = service('b', () => throwError(() => broken));
      const { supervisor, run } = running([idle('a'), failing, idle('c')], { strategy: 'rest-for-one', restart: 0 });
      await pass(50);
      await supervisor.shutdown();
      expect(run).toEqual({ is: 'resolved' });
      expect(supervisor.statuses().get('c')).toMatchObject({ status: 'idle' });
    });
  });

  describe('stopping', () => {
    it('is in the reverse order of the start, one after another', async () => {
      const { supervisor, said } = running([slow('a', 2), slow('b', 2), slow('c', 2)]);
      void supervisor.shutdown();
      await pass(100);
      expect(said.filter((each) => each.endsWith('good'))).toEqual(
        ['c', 'b', 'a'].map((name) => `${name} stopped for good`),
      );
    });

    it.each<[string, number, number, 'stopped' | 'failed']>([
      ['that ends in its grace', 1000, 999, 'stopped'],
      ['that does not end in its grace is cut', 1000, 200_000, 'failed'],
      ['with a grace of 0 is cut at once', 0, 200_000, 'stopped'],
      ['with a grace without end is waited for', Infinity, 200_000, 'stopped'],
    ])('a service %s', async (_, shutdown, takes, status) => {
      const { supervisor, run } = running([slow('a', 1), slow('b', takes, { shutdown })]);
      void supervisor.shutdown();
      await pass(Math.min(shutdown, takes) + 1);
      expect(supervisor.statuses().get('b')).toMatchObject({ status, final: true });
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'stopped', final: true });
      expect(run).toEqual(
        status === 'failed' ? { is: 'rejected', error: new ShutdownTimeoutError(['b']) } : { is: 'resolved' },
      );
    });

    it('names all services that did not stop', async () => {
      const { supervisor, run } = running([hung('a', 2), idle('b'), hung('c', 2)]);
      void supervisor.shutdown();
      await pass(4);
      expect((run.error as ShutdownTimeoutError).services).toEqual(['c', 'a']);
    });

    it('resolves where a service fails in its grace', async () => {
      const failing = service('a', ({ signal }) =>
        fromEvent(signal, 'abort').pipe(
          take(1),
          mergeMap(() => throwError(() => broken)),
        ),
      );
      const { supervisor, run } = running([failing, idle('b')]);
      await supervisor.shutdown();
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'failed', error: broken, final: true });
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('that races with a crash stays a stop: nothing is restarted, whichever comes first', async () => {
      for (const ms of [4, 5, 6]) {
        const { supervisor, run, said } = running([crashing('a', 5), slow('b', 3)], { restart: 2 });
        await pass(ms);
        const stopped = outcome(supervisor.shutdown());
        await pass(100);
        expect([run.is, stopped.is]).toEqual(['resolved', 'resolved']);
        expect(said.filter((each) => each.endsWith('running'))).toEqual([]);
        expect(said.filter((each) => each.startsWith('a')).at(-1)).toMatch(/for good$/);
        expect(jest.getTimerCount()).toBe(0);
      }
    });

    it('by an observer of the crash ends it for good', async () => {
      const { supervisor, run, said } = running([crashing('a'), idle('b')], { restart: 0 });
      supervisor.status$.subscribe(({ status }) => {
        if (status === 'failed') void supervisor.shutdown();
      });
      await pass(100);
      expect(said).toEqual(['a failed', 'a stopped for good', 'b stopped for good']);
      expect(run.is).toBe('resolved');
    });

    it('before the start starts nothing, and resolves', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const said = words(supervisor.status$);
      await expect(supervisor.run({ signal: AbortSignal.abort() })).resolves.toBeUndefined();
      expect(said).toEqual([]);
    });
  });

  describe('the life of a service', () => {
    it('is added, stopped, started, stopped, removed, and unknown then', async () => {
      const { supervisor, said } = running([]);
      expect(supervisor.statuses().size).toBe(0);
      supervisor.add(idle('a'));
      expect([...supervisor.statuses().keys()]).toEqual(['a']);
      await supervisor.stop('a');
      await supervisor.stop('a');
      await supervisor.start('a');
      await supervisor.start('a');
      await supervisor.stop('a');
      await supervisor.remove('a');
      expect(said).toEqual(['a running', 'a stopped for good', 'a running', 'a stopped for good']);
      for (const command of ['stop', 'start', 'restart', 'remove'] as const) {
        await expect(supervisor[command]('a')).rejects.toEqual(new UnknownServiceError('a'));
      }
      expect(supervisor.statuses().size).toBe(0);
      await supervisor.shutdown();
    });

    it('in the order of the list, also after one was removed and added', async () => {
      const { supervisor } = running([idle('a'), idle('b'), idle('c')]);
      await supervisor.remove('a');
      supervisor.add(idle('a'));
      expect([...supervisor.statuses().keys()]).toEqual(['b', 'c', 'a']);
      await supervisor.shutdown();
    });

    it('that does nothing completes, and stays known', async () => {
      const { supervisor, said } = running([service('a', () => undefined), idle('b')], { restart: 'on-failure' });
      expect(said).toEqual([]);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'stopped', final: true, restarts: 0 });
      await supervisor.shutdown();
    });

    it('that gives other values in its next run goes on under the same name', async () => {
      const a = service('a', ({ restarts }) => concat(of(restarts), crashSoon));
      const crashSoon = timer(2).pipe(mergeMap(() => throwError(() => broken)));
      const supervisor = new Supervisor([a], { restart: 1 });
      const got: number[] = [];
      supervisor.valuesOf(a).subscribe((value) => got.push(value));
      void supervisor.run();
      await pass(8);
      expect(got).toEqual([0, 1, 2]);
      await supervisor.shutdown();
    });

    it('that is removed though it does not stop is cut after its grace, and the supervisor ends without an error', async () => {
      const { supervisor, run } = running([hung('a', 10), idle('b')]);
      const removed = outcome(supervisor.remove('a'));
      await pass(9);
      expect(removed.is).toBe('pending');
      await pass(1);
      expect(removed.is).toBe('resolved');
      await supervisor.shutdown();
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('that is removed as it should leaves nothing to time out at the stop', async () => {
      const { supervisor, run } = running([slow('a', 5), idle('b')]);
      const removed = supervisor.remove('a');
      await pass(5);
      await removed;
      await supervisor.shutdown();
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
      expect(jest.getTimerCount()).toBe(0);
    });

    it('that is removed while the supervisor stops', async () => {
      const { supervisor, run } = running([hung('a', 10)]);
      void supervisor.shutdown();
      const removed = outcome(supervisor.remove('a'));
      await pass(10);
      expect(removed.is).toBe('resolved');
      expect(run.is).toBe('rejected');
    });

    it('that is added while the supervisor stops is refused; after that it is for the next run', async () => {
      const { supervisor } = running([slow('a', 5)]);
      void supervisor.shutdown();
      expect(() => {
        supervisor.add(idle('b'));
      }).toThrow(SupervisorStoppedError);
      await pass(5);
      supervisor.add(idle('b'));
      const said = words(supervisor.status$);
      const run = outcome(supervisor.run());
      expect(said).toEqual(['a running', 'b running']);
      void supervisor.shutdown();
      await pass(5);
      expect(run.is).toBe('resolved');
    });

    it('that waits for its restart can be stopped, and is removed', async () => {
      const { supervisor, said } = running([crashing('a'), idle('b')], { restart: 1000 });
      await pass(5);
      await supervisor.stop('a');
      await supervisor.remove('a');
      await pass(5000);
      expect(said).toEqual(['a failed', 'a stopped for good']);
      await supervisor.shutdown();
    });

    it('is never begun twice at the same time, whatever happens to it', async () => {
      let [live, most, runs] = [0, 0, 0];
      const counted = service('a', ({ signal }) => {
        most = Math.max(most, ++live);
        runs++;
        const end$ =
          runs % 3 === 0
            ? timer(4).pipe(mergeMap(() => throwError(() => broken)))
            : fromEvent(signal, 'abort').pipe(take(1), delay(runs % 4));
        return end$.pipe(finalize(() => live--));
      });
      const { supervisor } = running([counted, crashing('b', 7), idle('c')], { strategy: 'one-for-all', restart: 2 });
      const commands = ['restart', 'stop', 'start', 'restart', 'start', 'stop', 'restart', 'start'] as const;
      for (let round = 0; round < 300; round++) {
        void supervisor[commands[(round * 5) % commands.length] ?? 'start']('a');
        await pass(round % 4);
      }
      expect(most).toBe(1);
      expect(runs).toBeGreaterThan(50);
      const down = supervisor.shutdown();
      await pass(100);
      await down;
      expect(live).toBe(0);
    });
  });

  describe('supervisors', () => {
    it('that run already refuse to run twice', async () => {
      const { supervisor } = running([idle('a')], { name: 'top' });
      await expect(supervisor.run()).rejects.toEqual(new SupervisorRunningError('top'));
      await supervisor.shutdown();
    });

    it('are services of others, which give them their logger and their clock', async () => {
      const debug = jest.fn();
      const logger = { debug, info: jest.fn(), warn: jest.fn(), error: jest.fn() };
      const { supervisor } = running([new Supervisor([idle('leaf')], { name: 'nested' })], { logger });
      expect(debug).toHaveBeenCalledWith(expect.objectContaining({ service: 'nested/leaf' }), expect.any(String));
      await supervisor.shutdown();
    });

    it('that are given up come back with all their services', async () => {
      const nested = new Supervisor([idle('a'), crashing('b')], {
        name: 'nested',
        restart: { limit: { restarts: 0, within: 1 } },
      });
      const { supervisor, said } = running([nested, idle('other')], { restart: 3 });
      await pass(8);
      expect(said).toEqual([
        ...['nested/b failed for good', 'nested/a stopped for good', 'nested failed'],
        ...['nested running', 'nested/a running', 'nested/b running'],
      ]);
      await supervisor.shutdown();
    });

    it('may be filled after they were added to one that runs', async () => {
      const nested = new Supervisor([], { name: 'nested' });
      const { supervisor, said } = running([]);
      supervisor.add(nested);
      nested.add(idle('a'));
      expect(said).toEqual(['nested running', 'nested/a running']);
      await supervisor.shutdown();
    });

    it('99 of them, started and stopped at once', async () => {
      const nested = Array.from({ length: 99 }, (_, index) => new Supervisor([idle('a')], { name: `nested${index}` }));
      const supervisor = new Supervisor(nested);
      const controller = new AbortController();
      const run = outcome(supervisor.run({ signal: controller.signal }));
      controller.abort();
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
      expect(supervisor.statuses().size).toBe(198);
      for (const { status } of supervisor.statuses().values()) expect(status).toBe('stopped');
    });

    it('a tree of them: who crashes comes back where it stood, the others never notice', async () => {
      const leaf = new Supervisor([crashingOnce('a'), idle('b')], { name: 'leaf', restart: 1 });
      const { supervisor, said } = running([new Supervisor([leaf], { name: 'branch' }), idle('c')]);
      await pass(100);
      expect(said).toEqual(['branch/leaf/a failed', 'branch/leaf/a running']);
      expect([...supervisor.statuses().values()].every(({ status }) => isAlive(status))).toBe(true);
      await supervisor.shutdown();
    });

    it('of no services say nothing, and end when they are told to', async () => {
      const { supervisor, run, said } = running([]);
      await pass(500);
      await supervisor.shutdown();
      expect(said).toEqual([]);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('skip what is not there', () => {
      const { supervisor, said } = running([idle('a')]);
      void supervisor.shutdown();
      const skipping = new Supervisor([null, idle('a'), undefined, false]);
      const heard = words(skipping.status$);
      void skipping.run();
      expect(heard).toEqual(['a running']);
      expect(said).toEqual(['a stopped for good']);
      void skipping.shutdown();
    });
  });

  describe('on purpose not as known from others', () => {
    it('times are in ms, and a restart waits for a backoff by default', async () => {
      const { supervisor } = running([crashing('a', 5, { restart: { delay: 250 } })]);
      await pass(254);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'failed', restartIn: 250 });
      await pass(1);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running' });
      await supervisor.shutdown();
    });

    it.each<Strategy>(['one-for-all', 'rest-for-one'])(
      'a service that was stopped by hand stays down when its group is restarted (%s)',
      async (strategy) => {
        const { supervisor, said } = running([crashingOnce('a'), idle('b'), idle('c')], { strategy, restart: 3 });
        await supervisor.stop('b');
        said.length = 0;
        await pass(100);
        expect(said).toEqual(['a failed', 'c stopped', 'a running', 'c running']);
        await supervisor.shutdown();
      },
    );

    it('there is no limit by default: a service may fail for ever', async () => {
      const { supervisor, run } = running([crashing('a', 1)], { restart: 1 });
      await pass(10_000);
      expect(run.is).toBe('pending');
      expect(supervisor.statuses().get('a')?.restarts).toBe(5_000);
      await supervisor.shutdown();
    });

    it('a service that fails within the start does not keep the supervisor from starting', async () => {
      const failing = service('a', () => throwError(() => broken));
      const { supervisor, run } = running([failing, idle('b')], { restart: 100 });
      expect(run.is).toBe('pending');
      expect(supervisor.statuses().get('b')).toMatchObject({ status: 'running' });
      await supervisor.shutdown();
    });

    it('a service that has ended for good, also one that is never restarted, stays known until it is removed', async () => {
      const { supervisor, said } = running([crashing('a', 5, { restart: 'never' }), idle('b')]);
      await pass(5);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'failed', final: true });
      await supervisor.start('a');
      expect(said).toEqual(['a failed for good', 'a running']);
      await supervisor.shutdown();
    });

    it('a service that runs can be removed: that stops it', async () => {
      const { supervisor, said } = running([idle('a'), idle('b')]);
      await supervisor.remove('a');
      expect(said).toEqual(['a stopped for good']);
      await supervisor.shutdown();
    });

    it('when all have ended by themselves the supervisor ends too', async () => {
      const { run } = running([service('a', of(1)), service('b', timer(5))], { restart: 'on-failure' });
      await pass(5);
      expect(run).toEqual({ is: 'resolved' });
    });
  });
});
