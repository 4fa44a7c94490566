// Commands, ends and starts that come in the midst of one another.
import { EMPTY, finalize, NEVER, Subject, switchMap, takeUntil, throwError, timer } from 'rxjs';
import { service, type StatusEvent, supervise, Supervisor } from '../lib/index.js';
import { idle, outcome, pass, slow, words } from './helpers.js';

const down = new Error('down');

/** A service whose first run fails after 5 ms. */
function failsOnce(name: string) {
  const run = ({ restarts }: { restarts: number }) =>
    restarts > 0 ? NEVER : timer(5).pipe(switchMap(() => throwError(() => down)));
  return service(name, run);
}

function when(supervisor: Supervisor, said: string, act: () => unknown): void {
  supervisor.status$.subscribe((event: StatusEvent) => {
    if (`${event.service} ${event.status}${'final' in event && event.final ? ' for good' : ''}` === said) act();
  });
}

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a group that is down', () => {
  it('is not joined by one that fails and has a delay of Infinity: that has ended for good', async () => {
    const last = service('b', async () => new Promise((_, reject) => setTimeout(reject, 6, down)), {
      restart: Infinity,
    });
    const supervisor = new Supervisor([last, failsOnce('z')], { strategy: 'rest-for-one', restart: 20 });
    const said = words(supervisor.status$);
    void supervisor.run();
    await pass(30);
    expect(said).toEqual(['b running', 'z running', 'z failed', 'b failed for good', 'z running']);
    await supervisor.shutdown();
  });

  it('does not lose the failed service where an observer starts that at its final event', async () => {
    let stopping = false;
    const supervisor = new Supervisor([failsOnce('a'), idle('b')], { strategy: 'one-for-all', restart: 1000 });
    when(supervisor, 'a stopped for good', () => {
      if (!stopping) void supervisor.start('a');
    });
    void supervisor.run();
    await pass(5);
    void supervisor.stop('a');
    await pass(2);
    stopping = true;
    expect([...supervisor.statuses().values()].map(({ status }) => status)).toEqual(['running', 'running']);
    await supervisor.shutdown();
  });

  it('does not lose a sibling that is restarted by an observer before it is asked to go down', async () => {
    const supervisor = new Supervisor([failsOnce('a'), idle('b'), idle('c')], { strategy: 'one-for-all', restart: 3 });
    let restarted = outcome(new Promise(() => undefined));
    when(supervisor, 'c stopped', () => (restarted = outcome(supervisor.restart('b'))));
    void supervisor.run();
    await pass(20);
    expect([...supervisor.statuses().values()].map(({ status }) => status)).toEqual(['running', 'running', 'running']);
    expect(restarted.is).toBe('resolved');
    await supervisor.shutdown();
  });

  it('starts its siblings within the call that stops the one whose delay it waits for', async () => {
    const supervisor = new Supervisor([failsOnce('a'), idle('b')], { strategy: 'one-for-all', restart: 1000 });
    const said = words(supervisor.status$);
    void supervisor.run();
    await pass(5);
    void supervisor.stop('a');
    expect(said.slice(-2)).toEqual(['a stopped for good', 'b running']);
    await supervisor.shutdown();
  });

  it('is stopped whole, and waited for, by an abort inside its start', async () => {
    const controller = new AbortController();
    const a = service('a', ({ restarts }) => {
      if (restarts > 0) controller.abort();
      return restarts > 0 ? NEVER : timer(1).pipe(switchMap(() => throwError(() => down)));
    });
    const supervisor = new Supervisor([slow('b', 5), a], { strategy: 'one-for-all', restart: 2 });
    const said = words(supervisor.status$);
    const run = outcome(supervisor.run({ signal: controller.signal }));
    await pass(9);
    expect([said.at(-1), run.is]).toEqual(['b stopping', 'pending']);
    await pass(10);
    expect([said.at(-1), run.is]).toEqual(['b stopped for good', 'resolved']);
  });
});

describe('a start', () => {
  it('does not come again to a service that was added within it, and waits for its restart', () => {
    const supervisor: Supervisor = new Supervisor([
      service('a', () => {
        supervisor.add(service('z', () => throwError(() => down), { restart: 100 }));
        return NEVER;
      }),
    ]);
    const said = words(supervisor.status$);
    void supervisor.run();
    expect(said).toEqual(['a running', 'z running', 'z failed']);
    void supervisor.shutdown();
  });

  it('does not call the function of a service whose observer aborts, also where another is asked to stop first', async () => {
    const controller = new AbortController();
    const calls: boolean[] = [];
    const a = service('a', () => {
      calls.push(controller.signal.aborted);
      return calls.length === 1 ? throwError(() => down) : NEVER;
    });
    supervise([a, slow('b', 3)], { restart: 1, signal: controller.signal }).subscribe((event) => {
      if (event.service === 'a' && event.status === 'running' && event.restarts === 1) controller.abort();
    });
    await pass(10);
    expect(calls).toEqual([false]);
  });

  it('of a tree ends where it is unsubscribed from within', () => {
    const calls: string[] = [];
    const called = (name: string) => service(name, () => (calls.push(name), NEVER));
    const inner = new Supervisor([called('a'), called('b'), called('c')], { name: 'n' });
    const stop$ = new Subject<void>();
    supervise([inner, called('k')])
      .pipe(takeUntil(stop$))
      .subscribe((event) => {
        if (event.service === 'n/b') stop$.next();
      });
    expect(calls).toEqual(['a']);
  });
});

describe('a tree', () => {
  it('says idle of the services of a supervisor that takes the place of one that has run', async () => {
    const inner = () => new Supervisor([idle('x')], { name: 'n' });
    const root = new Supervisor([inner(), idle('k')]);
    const run = root.run();
    await root.shutdown();
    await run;
    await root.remove('n');
    root.add(inner());
    expect(root.statuses().get('n/x')?.status).toBe('idle');
  });

  it('forgets what was to be removed where it is cut meanwhile', async () => {
    const inner = new Supervisor([slow('x', 1000), idle('y')], { name: 'n', shutdown: 5000 });
    const root = new Supervisor([service('n', inner, { shutdown: 5 }), idle('k')]);
    void root.run();
    void root.remove('n/x');
    void root.stop('n');
    await pass(10);
    expect([...root.statuses().keys()]).toEqual(['n', 'n/y', 'k']);
    await root.shutdown();
  });

  it('resolves the removal of a service that was never started while it stops', async () => {
    const supervisor: Supervisor = new Supervisor([
      slow('s', 5),
      service('a', () => {
        void supervisor.shutdown();
        return EMPTY;
      }),
      idle('b'),
    ]);
    void supervisor.run();
    const removed = outcome(supervisor.remove('b'));
    await pass(10);
    expect(removed.is).toBe('resolved');
  });

  it('starts no more of its services where one asks for its stop within its start', () => {
    const asks = service('a', () => {
      void root.stop('n');
      return NEVER;
    });
    const root: Supervisor = new Supervisor([new Supervisor([asks, idle('b')], { name: 'n' }), idle('k')]);
    const said = words(root.status$);
    void root.run();
    expect(said.filter((each) => each.startsWith('n/b'))).toEqual([]);
    expect(root.statuses().get('n')).toMatchObject({ status: 'stopped', final: true });
    void root.shutdown();
  });

  it('says one end of a service in whose teardown it is cut', async () => {
    const asks = service('a', () =>
      timer(5).pipe(
        switchMap(() => throwError(() => down)),
        finalize(() => {
          void root.stop('n');
        }),
      ),
    );
    const inner = new Supervisor([asks], { name: 'n' });
    const root: Supervisor = new Supervisor([service('n', inner, { shutdown: 0 }), idle('k')]);
    const said = words(root.status$);
    void root.run();
    await pass(10);
    expect(said.filter((each) => each.startsWith('n/a'))).toEqual(['n/a running', 'n/a stopped for good']);
    await root.shutdown();
  });
});
