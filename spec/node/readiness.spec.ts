import { NEVER, of, type Observable, Subject, throwError } from 'rxjs';
import { type Service, service, type ServiceOptions, Supervisor } from '../../lib/index.js';
import { notReady } from '../../lib/node/readiness.js';
import { idle, slow } from '../helpers.js';

const never: ServiceOptions = { restart: 'never' };
const waits: ServiceOptions = { restart: 1_000 };
const failing = throwError(() => new Error('down'));

function supervisorOf(...services: Service[]): Supervisor {
  return new Supervisor(services, { name: 'tree', autoShutdown: 'never' });
}

/** As words. */
function blocking(supervisor: Supervisor, ...excluded: string[]): string[] {
  return notReady(supervisor, excluded).map(({ service, status }) => `${service} ${status}`);
}

describe('notReady', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('is all where the supervisor has not been started', () => {
    expect(blocking(supervisorOf(idle('a'), idle('b')))).toEqual(['a idle', 'b idle']);
  });

  it('is nothing where there is nothing', () => {
    expect(blocking(supervisorOf())).toEqual([]);
  });

  it.each<[string, Observable<unknown>, ServiceOptions, string[]]>([
    ['runs', NEVER, {}, []],
    ['starts', NEVER, { readyOn: 'value' }, ['a starting']],
    ['waits for its restart after a failure', failing, waits, ['a failed']],
    ['waits for its restart after its end', of(1), waits, ['a stopped']],
    ['failed for good', failing, never, ['a failed']],
    ['has done its work', of(1), never, []],
  ])('of a service that %s', async (_what, run$, options, expected) => {
    const supervisor = supervisorOf(idle('b'), service('a', run$, options));
    void supervisor.run();
    expect(blocking(supervisor)).toEqual(expected);
    await supervisor.shutdown();
  });

  it('has a service that is stopping, and one that was stopped by hand', async () => {
    const supervisor = supervisorOf(slow('a', 10));
    void supervisor.run();
    const stopped = supervisor.stop('a');
    expect(blocking(supervisor)).toEqual(['a stopping']);
    await jest.advanceTimersByTimeAsync(10);
    await stopped;
    expect(blocking(supervisor)).toEqual(['a stopped']);
    await supervisor.start('a');
    expect(blocking(supervisor)).toEqual([]);
    void supervisor.shutdown();
    await jest.advanceTimersByTimeAsync(10);
  });

  it('has one that a strategy stopped for good', async () => {
    const failure$ = new Subject();
    const supervisor = new Supervisor([idle('a', never), service('b', failure$, { restart: 0 })], {
      strategy: 'one-for-all',
      autoShutdown: 'never',
    });
    void supervisor.run();
    failure$.error(new Error('down'));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(blocking(supervisor)).toContain('a stopped');
    await supervisor.shutdown();
  });

  it('is all after the end of the supervisor', async () => {
    const supervisor = supervisorOf(idle('a'), service('done', of(1), never));
    void supervisor.run();
    await supervisor.shutdown();
    expect(blocking(supervisor)).toEqual(['a stopped', 'done stopped']);
    void supervisor.run();
    expect(blocking(supervisor)).toEqual([]);
    await supervisor.shutdown();
  });

  describe('of a nested supervisor', () => {
    it('has its services by their paths', async () => {
      const inner = new Supervisor([idle('db', { readyOn: 'value' }), idle('web')], { name: 'api' });
      const supervisor = supervisorOf(inner, idle('a'));
      void supervisor.run();
      expect(blocking(supervisor)).toEqual(['api/db starting']);
      await supervisor.shutdown();
    });

    it('has nothing of one that has done its work', async () => {
      const done$ = new Subject();
      const inner = new Supervisor([service('work', done$, never), idle('helper', { significant: false })], {
        name: 'api',
      });
      const supervisor = supervisorOf(service('api', inner, never), idle('a'), idle('api2', { readyOn: 'value' }));
      void supervisor.run();
      done$.complete();
      await jest.advanceTimersByTimeAsync(0);
      expect(supervisor.statuses().get('api/helper')).toMatchObject({ status: 'stopped' });
      expect(blocking(supervisor)).toEqual(['api2 starting']);
      await supervisor.shutdown();
    });

    it('has all of one that was stopped by hand', async () => {
      const inner = new Supervisor([idle('db')], { name: 'api' });
      const supervisor = supervisorOf(inner);
      void supervisor.run();
      await supervisor.stop('api');
      expect(blocking(supervisor)).toEqual(['api stopped', 'api/db stopped']);
      await supervisor.shutdown();
    });

    it('has the failed one that brought it down', async () => {
      const inner = new Supervisor([service('db', failing, never), idle('web')], {
        name: 'api',
        autoShutdown: 'any-significant',
      });
      const supervisor = supervisorOf(service('api', inner, never));
      void supervisor.run();
      await jest.advanceTimersByTimeAsync(0);
      expect(blocking(supervisor)).toEqual(['api failed', 'api/db failed', 'api/web stopped']);
      await supervisor.shutdown();
    });
  });

  it('looks past what is excluded, by its whole path, and past what stands below it', () => {
    const supervisor = supervisorOf(idle('a'), idle('b'), new Supervisor([idle('b')], { name: 'c' }));
    expect(blocking(supervisor, 'b', 'unknown')).toEqual(['a idle', 'c idle', 'c/b idle']);
    expect(blocking(supervisor, 'c/b')).toEqual(['a idle', 'b idle', 'c idle']);
    expect(blocking(supervisor, 'c')).toEqual(['a idle', 'b idle']);
    expect(blocking(supervisor, 'a', 'b', 'c')).toEqual([]);
    expect(blocking(supervisor, '', 'a/')).toHaveLength(4);
  });
});
