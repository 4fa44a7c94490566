import { connectable, fromEvent, NEVER, type Observable, of, throwError, timer } from 'rxjs';
import { type RunHelpers } from 'rxjs/testing';
import {
  type AutoShutdown,
  service,
  type Service,
  ServiceFailedError,
  type ServiceOptions,
  ShutdownTimeoutError,
  type StatusEvent,
  supervise,
  Supervisor,
} from '../lib/index.js';
import { scriptedService, statusMarbles } from '../lib/testing.js';
import { at, idle, marbles, outcome, pass, slow } from './helpers.js';

/** Observes one subscription with a diagram for each service; it is unsubscribed from at the `!` of `stop`. */
function expectServices(
  { expectObservable }: RunHelpers,
  supervised$: Observable<StatusEvent>,
  diagrams: Readonly<Record<string, string>>,
  { stop, error }: { stop?: string; error?: unknown } = {},
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

function completing(name: string, options?: ServiceOptions): Service {
  return service(name, of(1), options);
}

function failing(name: string, options?: ServiceOptions): Service {
  return service(name, () => throwError(() => broken), options);
}

const broken = new Error('broken');
const any = { autoShutdown: 'any-significant', restart: 'never' } as const;
const every = { autoShutdown: 'all-significant', restart: 'never' } as const;
const insignificant = { significant: false } as const;

describe('autoShutdown', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  describe(`of 'any-significant'`, () => {
    it('ends the supervisor when the first significant service completes for good', () => {
      marbles((helpers) => {
        const a = 'r----x-(C|)';
        const b = 'r--C---|   ';
        const c = 'r--x-C-|   ';
        const list = [slow('a', 2), scriptedService('b', ['---|'], helpers.cold), slow('c', 2)];
        expectServices(helpers, supervise(list, any), { a, b, c });
      });
    });

    it('ends it with ServiceFailedError when that has failed', () => {
      marbles((helpers) => {
        const a = 'r----x-(C#)';
        const b = 'r--F---#   ';
        const c = 'r--x-C-#   ';
        const list = [slow('a', 2), scriptedService('b', ['---#'], helpers.cold), slow('c', 2)];
        const error = new ServiceFailedError('b', { cause: 'error' });
        expectServices(helpers, supervise(list, any), { a, b, c }, { error });
      });
    });

    it('does not mind the end of an insignificant service', () => {
      marbles((helpers) => {
        const a = '   r---(C|)';
        const b = '   r-F-|   ';
        const c = '   r---(C|)';
        const list = [
          scriptedService('a', ['----|'], helpers.cold),
          scriptedService('b', ['--#'], helpers.cold, insignificant),
          idle('c', insignificant),
        ];
        expectServices(helpers, supervise(list, any), { a, b, c });
      });
    });

    it('does not mind an end that a restart follows', () => {
      marbles((helpers) => {
        const a = '   r-f--r-f--r-(C|)';
        const b = '   r-----------(C|)';
        const list = [scriptedService('a', ['--#', '--#', '--|'], helpers.cold), idle('b')];
        const restart = { when: 'on-failure', delay: 3 } as const;
        expectServices(helpers, supervise(list, { ...any, restart }), { a, b });
      });
    });

    it('ends it for good where a service waits for its restart', () => {
      marbles((helpers) => {
        const a = '   r--(C|)';
        const b = '   r-f(C|)';
        const list = [
          scriptedService('a', ['---|'], helpers.cold, { restart: 'never' }),
          scriptedService('b', ['--#'], helpers.cold, { restart: { when: 'always', delay: 9 } }),
        ];
        expectServices(helpers, supervise(list, any), { a, b });
      });
    });

    it('is judged once all have been started', () => {
      const said: string[] = [];
      const done = jest.fn();
      supervise([completing('a'), idle('b')], any).subscribe({
        next: (event) => said.push(`${event.service} ${event.status}`),
        complete: done,
      });
      expect(said).toEqual(['a running', 'a stopped', 'b running', 'b stopped']);
      expect(done).toHaveBeenCalledTimes(1);
    });

    it('takes the first that failed, where several have ended before it is judged', () => {
      const ended = jest.fn();
      supervise([completing('a'), failing('b'), failing('c'), idle('d')], any).subscribe({ error: ended });
      expect(ended).toHaveBeenCalledWith(new ServiceFailedError('b', { cause: broken }));
      expect((ended.mock.calls as [[Error]])[0][0].cause).toBe(broken);
    });

    it('does not count the end of a service that is stopped by hand, or removed', async () => {
      const supervisor = new Supervisor([idle('a'), idle('b'), idle('c')], any);
      const run = outcome(supervisor.run());
      await supervisor.stop('a');
      await supervisor.remove('b');
      await pass(100);
      expect(run.is).toBe('pending');
      await supervisor.shutdown();
    });

    it('does not count a service that a strategy stops for good', () => {
      marbles((helpers) => {
        const a = '   r-C-------';
        const b = '   r-f--r----';
        const stop = '---------!';
        const list = [
          idle('a', { restart: 'never' }),
          scriptedService('b', ['--#', '-'], helpers.cold, { restart: { when: 'always', delay: 3 } }),
        ];
        expectServices(helpers, supervise(list, { ...any, strategy: 'one-for-all' }), { a, b }, { stop });
      });
    });

    it('does not end it where an observer of that end starts the service again', async () => {
      const supervisor = new Supervisor(
        [service('a', ({ restarts }) => (restarts === 0 ? of(1) : NEVER)), idle('b')],
        any,
      );
      supervisor.status$.subscribe((event) => {
        if (event.service === 'a' && event.status === 'stopped' && event.restarts === 0) void supervisor.start('a');
      });
      const run = outcome(supervisor.run());
      await pass(100);
      expect(run.is).toBe('pending');
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running' });
      await supervisor.shutdown();
    });

    it('ends it where a service that is added ends', async () => {
      const supervisor = new Supervisor([idle('a')], any);
      const run = outcome(supervisor.run());
      supervisor.add(completing('b', insignificant));
      await pass(0);
      expect(run.is).toBe('pending');
      supervisor.add(completing('c'));
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'stopped', final: true });
    });

    it('ends it where a service gives up at its limit', async () => {
      const restart = { delay: 1, limit: { restarts: 1, within: 100 }, exhausted: 'give-up' } as const;
      const run = outcome(new Supervisor([failing('a'), idle('b')], { ...any, restart }).run());
      expect(run.is).toBe('pending');
      await pass(1);
      expect(run).toEqual({ is: 'rejected', error: new ServiceFailedError('a', { cause: broken }) });
    });

    it('takes a nested supervisor for one service', async () => {
      const db = new Supervisor([completing('pool'), idle('cache')], { ...every, name: 'db' });
      const jobs = new Supervisor([completing('job')], { ...every, name: 'jobs' });
      const supervisor = new Supervisor([db, idle('api')], any);
      const run = outcome(supervisor.run());
      await pass(10);
      expect(run.is).toBe('pending');
      supervisor.add(jobs);
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
      expect(supervisor.statuses().get('db/cache')).toMatchObject({ status: 'stopped', final: true });
    });

    it('is ended with its own error, also where a service is out of its grace then', async () => {
      const hung = service('a', ({ signal }) => fromEvent(signal, 'never'), { shutdown: 3 });
      const run = outcome(new Supervisor([hung, failing('b')], any).run());
      await pass(3);
      expect(run).toEqual({ is: 'rejected', error: new ServiceFailedError('b', { cause: broken }) });
    });

    it('ends it with ShutdownTimeoutError where all went well, but for a service out of its grace', async () => {
      const hung = service('a', ({ signal }) => fromEvent(signal, 'never'), { shutdown: 3 });
      const run = outcome(new Supervisor([hung, completing('b')], any).run());
      await pass(3);
      expect(run).toEqual({ is: 'rejected', error: new ShutdownTimeoutError(['a']) });
    });
  });

  describe(`of 'all-significant', the default,`, () => {
    it('ends the supervisor when the last significant service has ended for good', () => {
      marbles((helpers) => {
        const a = '   r-C--|   ';
        const b = '   r----(C|)';
        const c = '   r----(C|)';
        const list = [
          scriptedService('a', ['--|'], helpers.cold),
          scriptedService('b', ['-----|'], helpers.cold),
          idle('c', insignificant),
        ];
        expectServices(helpers, supervise(list, { restart: 'never' }), { a, b, c });
      });
    });

    it('ends it with the error of the first that failed', () => {
      marbles((helpers) => {
        const a = '   r---F-#   ';
        const b = '   r-F---#   ';
        const c = '   r-----(C#)';
        const list = [
          scriptedService('a', ['----#'], helpers.cold),
          scriptedService('b', ['--#'], helpers.cold),
          scriptedService('c', ['------|'], helpers.cold),
        ];
        const error = new ServiceFailedError('b', { cause: 'error' });
        expectServices(helpers, supervise(list, every), { a, b, c }, { error });
      });
    });

    it('does not look at how insignificant services ended', async () => {
      const run = outcome(new Supervisor([failing('a', insignificant), completing('b')], every).run());
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('does not wait for a service that a strategy stopped for good', () => {
      marbles((helpers) => {
        const a = '   r-C-----|   ';
        const b = '   r-f--r--(C|)';
        const list = [
          idle('a', { restart: 'never' }),
          scriptedService('b', ['--#', '---|'], helpers.cold, { restart: { when: 'on-failure', delay: 3 } }),
        ];
        expectServices(helpers, supervise(list, { ...every, strategy: 'one-for-all' }), { a, b });
      });
    });

    it('waits for it again where it is started by hand', async () => {
      const crashing = service('b', ({ restarts }) => (restarts === 0 ? throwError(() => broken) : timer(3)), {
        restart: { when: 'on-failure', delay: 1 },
      });
      const supervisor = new Supervisor([slow('a', 0, { restart: 'never' }), crashing], {
        ...every,
        strategy: 'one-for-all',
      });
      const run = outcome(supervisor.run());
      await pass(1);
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'stopped', final: true });
      await supervisor.start('a');
      await pass(100);
      expect(supervisor.statuses().get('b')).toMatchObject({ status: 'stopped', final: true });
      expect(run.is).toBe('pending');
      const down = supervisor.shutdown();
      await pass(0);
      await down;
    });

    it('waits for one that was stopped by hand; removing that does not end it, but the next end does', async () => {
      const supervisor = new Supervisor([idle('a'), completing('b')], every);
      const run = outcome(supervisor.run());
      await supervisor.stop('a');
      await pass(100);
      expect(run.is).toBe('pending');
      await supervisor.remove('a');
      await pass(100);
      expect(run.is).toBe('pending');
      supervisor.add(completing('c'));
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('does not wait for one that was removed', async () => {
      const supervisor = new Supervisor([idle('a'), service('b', timer(5)), completing('c')], every);
      const run = outcome(supervisor.run());
      await supervisor.remove('a');
      await supervisor.remove('c');
      await pass(5);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('forgets the failure of one that was removed', async () => {
      const supervisor = new Supervisor([failing('a'), service('b', timer(5))], every);
      const run = outcome(supervisor.run());
      await supervisor.remove('a');
      await pass(5);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('is not ended by the removal of the last that had not ended', async () => {
      const supervisor = new Supervisor([completing('a'), idle('b')], every);
      const run = outcome(supervisor.run());
      await supervisor.remove('b');
      await pass(100);
      expect(run.is).toBe('pending');
      await supervisor.shutdown();
    });

    it('is not ended by the end of an insignificant service', async () => {
      const list = [completing('a'), idle('b'), service('c', timer(5), insignificant)];
      const supervisor = new Supervisor(list, every);
      const run = outcome(supervisor.run());
      await supervisor.stop('b');
      await supervisor.remove('b');
      await pass(100);
      expect(supervisor.statuses().get('c')).toMatchObject({ status: 'stopped', final: true });
      expect(run.is).toBe('pending');
      await supervisor.shutdown();
    });

    it('is not ended where a strategy stops the last for good, but by the next end', async () => {
      const crashing = service('c', ({ restarts }) => (restarts === 0 ? timer(5) : NEVER), {
        significant: false,
        restart: { when: 'always', delay: 3 },
      });
      const supervisor = new Supervisor([completing('a'), idle('b'), crashing], { ...every, strategy: 'one-for-all' });
      const run = outcome(supervisor.run());
      await pass(100);
      expect(supervisor.statuses().get('b')).toMatchObject({ status: 'stopped', final: true });
      expect(supervisor.statuses().get('c')).toMatchObject({ status: 'running', restarts: 1 });
      expect(run.is).toBe('pending');
      supervisor.add(completing('d'));
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('waits for services that are added, and starts afresh with the next run', async () => {
      const supervisor = new Supervisor([completing('a')], every);
      expect(outcome(supervisor.run())).toMatchObject({ is: 'pending' });
      await pass(0);
      supervisor.add(service('b', timer(5)));
      const run = outcome(supervisor.run());
      await pass(4);
      expect(run.is).toBe('pending');
      await pass(1);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('does not end where there are insignificant services alone', async () => {
      const run = outcome(new Supervisor([completing('a', insignificant)], every).run());
      await pass(100);
      expect(run.is).toBe('pending');
    });
  });

  describe(`of 'never'`, () => {
    it('stays, whatever has ended, until it is aborted, which resolves', async () => {
      const supervisor = new Supervisor([completing('a'), failing('b')], { autoShutdown: 'never', restart: 'never' });
      const run = outcome(supervisor.run());
      await pass(100);
      expect(run.is).toBe('pending');
      await supervisor.shutdown();
      expect(run).toEqual({ is: 'resolved' });
    });
  });

  it.each<[AutoShutdown, boolean]>([
    ['never', false],
    ['any-significant', true],
    ['all-significant', true],
  ])('of %j: supervise() of no services completes at once: %j', (autoShutdown, completes) => {
    const done = jest.fn();
    const subscription = supervise([], { autoShutdown }).subscribe({ complete: done });
    expect(done).toHaveBeenCalledTimes(completes ? 1 : 0);
    subscription.unsubscribe();
  });

  it.each<AutoShutdown>(['never', 'any-significant', 'all-significant'])(
    'of %j: a Supervisor of no services waits for services to be added',
    async (autoShutdown) => {
      const supervisor = new Supervisor([], { autoShutdown, restart: 'never' });
      const run = outcome(supervisor.run());
      await pass(100);
      expect(run.is).toBe('pending');
      supervisor.add(completing('a'));
      await pass(0);
      expect(run.is).toBe(autoShutdown === 'never' ? 'pending' : 'resolved');
      await supervisor.shutdown();
    },
  );

  it.each<AutoShutdown>(['any-significant', 'all-significant'])(
    'of %j: an abort resolves, whatever has failed before',
    async (autoShutdown) => {
      const controller = new AbortController();
      const list = [failing('a', insignificant), slow('b', 5), idle('c')];
      const run = outcome(new Supervisor(list, { autoShutdown, restart: 'never' }).run({ signal: controller.signal }));
      controller.abort();
      await pass(5);
      expect(run).toEqual({ is: 'resolved' });
      expect(jest.getTimerCount()).toBe(0);
    },
  );
});

describe(`stopOrder 'concurrent'`, () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('stops all at once at an autoShutdown too', () => {
    marbles((helpers) => {
      const a = 'r--x--(C|)';
      const b = 'r--C--|   ';
      const c = 'r--x-C|   ';
      const list = [slow('a', 3), scriptedService('b', ['---|'], helpers.cold), slow('c', 2)];
      expectServices(helpers, supervise(list, { ...any, stopOrder: 'concurrent' }), { a, b, c });
    });
  });

  it('gives all their grace at the same time, and names all that were out of it', async () => {
    const hung = (name: string, shutdown: number) =>
      service(name, ({ signal }) => fromEvent(signal, 'never'), { shutdown });
    const supervisor = new Supervisor([hung('a', 3), hung('b', 5), slow('c', 4), hung('d', 1)], {
      stopOrder: 'concurrent',
    });
    const run = outcome(supervisor.run());
    void supervisor.shutdown();
    await pass(4);
    expect(run.is).toBe('pending');
    await pass(1);
    expect(run).toEqual({ is: 'rejected', error: new ShutdownTimeoutError(['d', 'a', 'b']) });
  });

  it('asks the last in the list first, within the abort', () => {
    const asked: string[] = [];
    const asking = (name: string) =>
      service(name, ({ signal }) => {
        signal.addEventListener('abort', () => asked.push(name));
        return fromEvent(signal, 'never');
      });
    const controller = new AbortController();
    const subscription = supervise([asking('a'), asking('b'), asking('c')], {
      stopOrder: 'concurrent',
      signal: controller.signal,
    }).subscribe();
    controller.abort();
    expect(asked).toEqual(['c', 'b', 'a']);
    subscription.unsubscribe();
    expect(jest.getTimerCount()).toBe(0);
  });
});
