import { finalize, fromEvent, mergeMap, NEVER, of, throwError, timer } from 'rxjs';
import {
  DuplicateServiceError,
  type Logger,
  service,
  type Service,
  type ServiceOptions,
  type StatusEvent,
  Supervisor,
  type SupervisorOptions,
  SupervisorStoppedError,
  UnknownServiceError,
} from '../lib/index.js';
import { idle, outcome, pass, slow, words } from './helpers.js';

/** Fails after so many ms, in each of its runs. */
function crashing(name: string, ms = 5, options?: ServiceOptions): Service {
  return service(name, timer(ms).pipe(mergeMap(() => throwError(() => broken))), options);
}

/** A supervisor that runs already, and what it says from then on. */
function running(services: readonly Service[], options: SupervisorOptions = {}) {
  const supervisor = new Supervisor(services, options);
  const run = outcome(supervisor.run());
  return { supervisor, run, said: words(supervisor.status$) };
}

const broken = new Error('broken');

describe('Services that come and go', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  describe('add', () => {
    it('before the first run is for that', () => {
      const supervisor = new Supervisor([idle('a')]);
      const sizes: number[] = [];
      supervisor.statuses$.subscribe((statuses) => sizes.push(statuses.size));
      const said = words(supervisor.status$);
      supervisor.add(idle('b'));
      expect(said).toEqual([]);
      expect(sizes).toEqual([1, 2]);
      expect(supervisor.statuses().get('b')).toMatchObject({ status: 'idle', restarts: 0 });
      void supervisor.run();
      expect(said).toEqual(['a running', 'b running']);
      void supervisor.shutdown();
    });

    it('while it runs starts the service within the call', () => {
      const { supervisor, said } = running([idle('a')]);
      supervisor.add(idle('b'));
      expect(said).toEqual(['b running']);
      expect([...supervisor.statuses().keys()]).toEqual(['a', 'b']);
      void supervisor.shutdown();
      expect(said.slice(1)).toEqual(['b stopped for good', 'a stopped for good']);
    });

    it('of a service gives it its policy, as any other', async () => {
      const { supervisor, said } = running([], { restart: 3 });
      supervisor.add(crashing('a', 5, { restart: { limit: { restarts: 1, within: 100 }, exhausted: 'give-up' } }));
      supervisor.add(idle('b'));
      await pass(100);
      expect(said).toEqual(['a running', 'b running', 'a failed', 'a running', 'a failed for good']);
      await supervisor.shutdown();
    });

    it('while it is stopping throws SupervisorStoppedError, and changes nothing', async () => {
      const { supervisor, run } = running([slow('a', 5)], { name: 'top' });
      void supervisor.shutdown();
      expect(() => {
        supervisor.add(idle('b'));
      }).toThrow(new SupervisorStoppedError('top'));
      await pass(5);
      expect(run.is).toBe('resolved');
      expect([...supervisor.statuses().keys()]).toEqual(['a']);
    });

    it('after the end is for the next run', async () => {
      const { supervisor, said } = running([idle('a')]);
      await supervisor.shutdown();
      said.length = 0;
      supervisor.add(idle('b'));
      expect(said).toEqual([]);
      void supervisor.run();
      expect(said).toEqual(['a running', 'b running']);
      await supervisor.shutdown();
    });

    it('stays for the runs to come', async () => {
      const { supervisor, said } = running([idle('a')]);
      supervisor.add(idle('b'));
      await supervisor.shutdown();
      said.length = 0;
      void supervisor.run();
      expect(said).toEqual(['a running', 'b running']);
      await supervisor.shutdown();
    });

    it('of a name that is taken throws DuplicateServiceError, whatever that service does', async () => {
      const { supervisor, said } = running([slow('a', 5), crashing('b'), idle('c')], { restart: 100 });
      await pass(5);
      await supervisor.stop('c');
      void supervisor.stop('a');
      said.length = 0;
      for (const name of ['a', 'b', 'c']) {
        expect(() => {
          supervisor.add(idle(name));
        }).toThrow(new DuplicateServiceError(name));
      }
      expect(said).toEqual([]);
      await pass(5);
      await supervisor.shutdown();
    });

    it.each<[string, unknown, ErrorConstructor]>([
      ['nothing', undefined, TypeError],
      ['no service', {}, TypeError],
      ['a name with a slash', { name: 'a/b', run: () => NEVER }, TypeError],
      ['an option out of its range', { name: 'b', run: () => NEVER, options: { shutdown: -1 } }, RangeError],
    ])('throws at the call, and changes nothing: %s', (_, wrong, error) => {
      const { supervisor, said } = running([idle('a')]);
      expect(() => {
        supervisor.add(wrong as Service);
      }).toThrow(error);
      expect(said).toEqual([]);
      expect(supervisor.statuses().size).toBe(1);
      void supervisor.shutdown();
    });

    it('while the supervisor starts, inside a service, starts the service at once, and once', () => {
      const supervisor = new Supervisor([
        service('a', () => {
          supervisor.add(idle('c'));
          return NEVER;
        }),
        idle('b'),
      ]);
      const said = words(supervisor.status$);
      void supervisor.run();
      expect(said).toEqual(['a running', 'c running', 'b running']);
      expect([...supervisor.statuses().keys()]).toEqual(['a', 'b', 'c']);
      void supervisor.shutdown();
    });

    it('inside a run of its own name, after that is removed, waits for its final event', async () => {
      const { supervisor, said } = running([slow('a', 5)]);
      supervisor.status$.subscribe((event) => {
        if (event.service === 'a' && event.status === 'stopped') supervisor.add(idle('a'));
      });
      const removed = outcome(supervisor.remove('a'));
      expect(() => {
        supervisor.add(idle('a'));
      }).toThrow(DuplicateServiceError);
      await pass(5);
      expect(said).toEqual(['a stopping', 'a stopped for good', 'a running']);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 0 });
      expect(removed.is).toBe('resolved');
      void supervisor.shutdown();
    });

    it('may be of a service that stood there before: its values are those of the same service', async () => {
      const leaf = service('a', ({ restarts }) => of(restarts), { restart: 'never' });
      const { supervisor } = running([idle('b')]);
      const got: number[] = [];
      supervisor.valuesOf(leaf).subscribe((value) => got.push(value));
      supervisor.add(leaf);
      await supervisor.remove('a');
      supervisor.add(leaf);
      expect(got).toEqual([0, 0]);
      await supervisor.shutdown();
    });
  });

  describe('remove', () => {
    it('stops the service, forgets it at its final event, and resolves then', async () => {
      const { supervisor, said } = running([idle('first'), slow('a', 5), idle('last')]);
      const known: boolean[] = [];
      supervisor.status$.subscribe(() => known.push(supervisor.statuses().has('a')));
      const removed = outcome(supervisor.remove('a'));
      await pass(4);
      expect(removed.is).toBe('pending');
      await pass(1);
      expect(removed.is).toBe('resolved');
      expect(said).toEqual(['a stopping', 'a stopped for good']);
      expect(known).toEqual([true, false]);
      expect([...supervisor.statuses().keys()]).toEqual(['first', 'last']);
      await expect(supervisor.remove('a')).rejects.toEqual(new UnknownServiceError('a'));
      await supervisor.shutdown();
    });

    it('of a service that does not end cuts it after its grace', async () => {
      const hung = service('a', ({ signal }) => fromEvent(signal, 'never'), { shutdown: 3 });
      const { supervisor, run, said } = running([hung, idle('b')]);
      const removed = outcome(supervisor.remove('a'));
      await pass(3);
      expect(said).toEqual(['a stopping', 'a failed for good']);
      expect(removed.is).toBe('resolved');
      expect(supervisor.statuses().has('a')).toBe(false);
      await supervisor.shutdown();
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('of a service that waits for its restart cancels that', async () => {
      const { supervisor, said } = running([crashing('a'), idle('b')], { restart: 10 });
      await pass(5);
      await supervisor.remove('a');
      expect(said).toEqual(['a failed', 'a stopped for good']);
      expect(jest.getTimerCount()).toBe(0);
      expect([...supervisor.statuses().keys()]).toEqual(['b']);
      await supervisor.shutdown();
    });

    it('of a service that has ended says nothing, but statuses$ does', async () => {
      const { supervisor, said } = running([service('a', of(1), { restart: 'never' }), idle('b')]);
      const seen: string[][] = [];
      supervisor.statuses$.subscribe((statuses) => seen.push([...statuses.keys()]));
      await supervisor.remove('a');
      expect(said).toEqual([]);
      expect(seen).toEqual([['a', 'b'], ['b']]);
      await supervisor.shutdown();
    });

    it('where the supervisor does not run forgets it at once', async () => {
      const supervisor = new Supervisor([idle('a'), idle('b'), idle('c')]);
      const said = words(supervisor.status$);
      const sizes: number[] = [];
      supervisor.statuses$.subscribe((statuses) => sizes.push(statuses.size));
      await supervisor.remove('a');
      expect(sizes).toEqual([3, 2]);
      void supervisor.run();
      await supervisor.shutdown();
      await supervisor.remove('b');
      said.length = 0;
      void supervisor.run();
      expect(said).toEqual(['c running']);
      await supervisor.shutdown();
    });

    it('while the supervisor is stopping resolves when the service has ended, and it is forgotten', async () => {
      const { supervisor, run } = running([slow('a', 5), slow('b', 5)]);
      void supervisor.shutdown();
      const removed = ['a', 'b'].map((name) => outcome(supervisor.remove(name)));
      await pass(5);
      expect(removed.map(({ is }) => is)).toEqual(['pending', 'resolved']);
      expect([...supervisor.statuses().keys()]).toEqual(['a']);
      await pass(5);
      expect(removed.map(({ is }) => is)).toEqual(['resolved', 'resolved']);
      expect(run.is).toBe('resolved');
      expect(supervisor.statuses().size).toBe(0);
    });

    it('asked for twice resolves both', async () => {
      const { supervisor } = running([slow('a', 5), idle('b')]);
      const removed = [outcome(supervisor.remove('a')), outcome(supervisor.remove('a'))];
      await pass(5);
      expect(removed.map(({ is }) => is)).toEqual(['resolved', 'resolved']);
      await supervisor.shutdown();
    });

    it.each(['start', 'restart'] as const)(
      'is taken back by a %s: the service runs again, and stays',
      async (command) => {
        const { supervisor, said } = running([slow('a', 5), idle('b')]);
        const removed = outcome(supervisor.remove('a'));
        const started = outcome(supervisor[command]('a'));
        await pass(5);
        expect(said).toEqual(['a stopping', 'a stopped', 'a running']);
        expect([removed.is, started.is]).toEqual(['resolved', 'resolved']);
        expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 1 });
        const down = supervisor.shutdown();
        await pass(5);
        await down;
      },
    );

    it('after a stop of the same service forgets it at its end', async () => {
      const { supervisor, said } = running([slow('a', 5), idle('b')]);
      void supervisor.stop('a');
      void supervisor.remove('a');
      await pass(5);
      expect(said).toEqual(['a stopping', 'a stopped for good']);
      expect(supervisor.statuses().has('a')).toBe(false);
      await supervisor.shutdown();
    });

    it('before its service is started, while the supervisor starts, keeps it from that', () => {
      const supervisor = new Supervisor([
        service('a', () => {
          void supervisor.remove('b');
          return NEVER;
        }),
        idle('b'),
        idle('c'),
      ]);
      const said = words(supervisor.status$);
      void supervisor.run();
      expect(said).toEqual(['a running', 'b stopped for good', 'c running']);
      expect([...supervisor.statuses().keys()]).toEqual(['a', 'c']);
      void supervisor.shutdown();
    });

    it('of all services leaves the supervisor running, and it takes others', async () => {
      const { supervisor, run, said } = running([idle('a'), idle('b')]);
      await Promise.all([supervisor.remove('a'), supervisor.remove('b')]);
      await pass(100);
      expect(run.is).toBe('pending');
      supervisor.add(idle('c'));
      expect(said.at(-1)).toBe('c running');
      await supervisor.shutdown();
      expect(run.is).toBe('resolved');
    });
  });

  describe.each(['an observer', 'a service', 'a teardown', 'a logger'] as const)('from inside %s', (place) => {
    /** A supervisor of services that run; and `now`, which acts once, from inside that place. */
    function scene(act: (supervisor: Supervisor) => unknown) {
      let armed = false;
      const once = () => {
        if (!armed) return;
        armed = false;
        act(supervisor);
      };
      const debug = (data: object) => {
        if (place === 'a logger' && (data as StatusEvent).service === 'trigger') once();
      };
      const logger: Logger = { debug, info: debug, warn: debug, error: debug };
      const trigger = service('trigger', () => {
        if (place === 'a service') once();
        return place === 'a teardown' ? NEVER.pipe(finalize(once)) : NEVER;
      });
      const db = new Supervisor([idle('pool'), idle('cache')], { name: 'db' });
      const { supervisor, run, said } = running([idle('a'), trigger, db, idle('z')], { logger });
      supervisor.status$.subscribe((event) => {
        if (place === 'an observer' && event.service === 'trigger') once();
      });
      const now = async () => {
        armed = true;
        await supervisor.restart('trigger');
        await pass(0);
      };
      return { supervisor, run, said, now };
    }

    const paths = ['a', 'z', 'db/pool', 'db', 'trigger'];

    it.each(paths)('stop of %s ends it for good', async (path) => {
      let stopped = outcome(NEVER_SETTLES);
      const { supervisor, now } = scene((top) => (stopped = outcome(top.stop(path))));
      await now();
      expect(supervisor.statuses().get(path)).toMatchObject({ status: 'stopped', final: true });
      expect(stopped.is).toBe('resolved');
      await supervisor.shutdown();
    });

    it.each(paths)('restart of %s runs it anew', async (path) => {
      let restarted = outcome(NEVER_SETTLES);
      const { supervisor, now } = scene((top) => (restarted = outcome(top.restart(path))));
      await now();
      expect(supervisor.statuses().get(path)).toMatchObject({ status: 'running' });
      expect(supervisor.statuses().get(path)?.restarts).toBeGreaterThan(0);
      expect(restarted.is).toBe('resolved');
      await supervisor.shutdown();
    });

    it.each(['a', 'z', 'db/pool', 'db'])('start of %s, which is down, runs it', async (path) => {
      let started = outcome(NEVER_SETTLES);
      const { supervisor, now } = scene((top) => (started = outcome(top.start(path))));
      await supervisor.stop(path);
      await now();
      expect(supervisor.statuses().get(path)).toMatchObject({ status: 'running', restarts: 1 });
      expect(started.is).toBe('resolved');
      await supervisor.shutdown();
    });

    it.each(['a', 'z', 'db/pool', 'db'])('start of %s, which runs, does nothing', async (path) => {
      let started = outcome(NEVER_SETTLES);
      const { supervisor, said, now } = scene((top) => (started = outcome(top.start(path))));
      await now();
      expect(said.filter((each) => !each.startsWith('trigger'))).toEqual([]);
      expect(started.is).toBe('resolved');
      await supervisor.shutdown();
    });

    it.each(paths)('remove of %s stops and forgets it', async (path) => {
      let removed = outcome(NEVER_SETTLES);
      const { supervisor, now } = scene((top) => (removed = outcome(top.remove(path))));
      await now();
      expect([...supervisor.statuses().keys()].filter((each) => each.startsWith(path))).toEqual([]);
      expect(removed.is).toBe('resolved');
      await supervisor.shutdown();
    });

    it('add starts a service', async () => {
      const { supervisor, said, now } = scene((top) => {
        top.add(idle('added'));
      });
      await now();
      expect(said).toContain('added running');
      expect(supervisor.statuses().get('added')).toMatchObject({ status: 'running', restarts: 0 });
      await supervisor.shutdown();
    });

    it('stop, start, remove and add of one service, one after another, leave what the last says', async () => {
      const { supervisor, now } = scene((top) => {
        void top.stop('a');
        void top.start('a');
        void top.remove('a');
        top.add(idle('a'));
      });
      await now();
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 0 });
      expect([...supervisor.statuses().keys()].at(-1)).toBe('a');
      await supervisor.shutdown();
    });

    it('shutdown stops all', async () => {
      const { supervisor, run, now } = scene((top) => top.shutdown());
      void now();
      await pass(0);
      expect(run.is).toBe('resolved');
      for (const event of supervisor.statuses().values())
        expect(event).toMatchObject({ status: 'stopped', final: true });
    });
  });

  describe('a service that commands itself', () => {
    it('stops when its function has returned', async () => {
      const supervisor = new Supervisor([
        service('a', () => {
          void supervisor.stop('a');
          expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running' });
          return NEVER;
        }),
        idle('b'),
      ]);
      const said = words(supervisor.status$);
      void supervisor.run();
      expect(said).toEqual(['a running', 'a stopped for good', 'b running']);
      await supervisor.shutdown();
    });

    it('runs again on a later turn, however often it asks', async () => {
      const supervisor = new Supervisor([
        service('a', ({ restarts }) => {
          if (restarts < 5) void supervisor.restart('a');
          return NEVER;
        }),
      ]);
      const said = words(supervisor.status$);
      void supervisor.run();
      expect(said).toEqual(['a running', 'a stopped']);
      await pass(10);
      expect(said.at(-1)).toBe('a running');
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 5 });
      await supervisor.shutdown();
    });

    it('is removed when its function has returned, and its name is free', async () => {
      const supervisor = new Supervisor([
        service('a', () => {
          void supervisor.remove('a');
          return NEVER;
        }),
        idle('b'),
      ]);
      void supervisor.run();
      expect([...supervisor.statuses().keys()]).toEqual(['b']);
      supervisor.add(idle('a'));
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running' });
      await supervisor.shutdown();
    });
  });

  describe('an observer of its failure', () => {
    it('that starts a service which fails at once does not loop within the call', () => {
      const failing = service('a', () => throwError(() => broken), { restart: 'never' });
      const supervisor = new Supervisor([failing, idle('b')]);
      let failures = 0;
      supervisor.status$.subscribe((event) => {
        if (event.status === 'failed' && ++failures < 4) void supervisor.start('a');
      });
      void supervisor.run();
      expect(failures).toBe(1);
      jest.advanceTimersByTime(10);
      expect(failures).toBe(4);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'failed', final: true, restarts: 3 });
      void supervisor.shutdown();
    });

    it('that removes a service and adds another under its name replaces it', async () => {
      const { supervisor, said } = running([crashing('a'), idle('b')], { restart: 10 });
      supervisor.status$.subscribe((event) => {
        if (event.status !== 'failed') return;
        void supervisor.remove('a');
        supervisor.add(idle('a'));
      });
      await pass(100);
      expect(said).toEqual(['a failed', 'a stopped for good', 'a running']);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: 0 });
      await supervisor.shutdown();
    });
  });

  it('come and go by the thousands', async () => {
    const { supervisor, run } = running([]);
    const count = 5_000;
    for (let index = 0; index < count; index++) supervisor.add(idle(`s${index}`));
    expect(supervisor.statuses().size).toBe(count);
    const removed = [];
    for (let index = 0; index < count; index++) removed.push(supervisor.remove(`s${index}`));
    await Promise.all(removed);
    expect(supervisor.statuses().size).toBe(0);
    expect(run.is).toBe('pending');
    await supervisor.shutdown();
  });
});

const NEVER_SETTLES = new Promise<void>(() => undefined);
