import { finalize, NEVER, Observable, of, queueScheduler, throwError, timer, VirtualTimeScheduler } from 'rxjs';
import { service, supervise, Supervisor } from '../lib/index.js';
import { statusMarbles } from '../lib/testing.js';
import { marbles } from './helpers.js';

const down = new Error('down');

describe('Life', () => {
  describe('runs of one service', () => {
    it('follow one another, and never overlap', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('--#         ');
        const run1 = '        ^-!          ';
        const run2 = '        -----^-!     ';
        const run3 = '        ----------^!';
        const events = '      r-f--r-f--r-';
        const stop = '        -----------!';
        const a = service('a', source$);
        expectObservable(supervise([a], { restart: 3 }).pipe(statusMarbles()), stop).toBe(events);
        expectSubscriptions(source$.subscriptions).toBe([run1, run2, run3]);
      });
    });

    it('never overlap where they follow at once', () => {
      marbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source$ = cold('--#    ');
        const run1 = '        ^-!    ';
        const run2 = '        --^-!  ';
        const run3 = '        ----^! ';
        const stop = '        -----! ';
        const times: number[] = [];
        const event$ = supervise([service('a', source$)], { restart: 0 });
        expectObservable(
          new Observable<never>((subscriber) => {
            subscriber.add(event$.subscribe(({ time }) => times.push(time)));
          }),
          stop,
        ).toBe('');
        expectSubscriptions(source$.subscriptions).toBe([run1, run2, run3]);
        timer(9).subscribe(() => {
          expect(times).toEqual([0, 2, 2, 4, 4]);
        });
      });
    });

    it('never overlap where they are restarted by hand while they wait, run and stop', () => {
      marbles(({ cold, flush, expectSubscriptions }) => {
        const source$ = cold('---#              ');
        const run1 = '        ^--!              ';
        const run2 = '        ----^!            ';
        const run3 = '        -----^--!         ';
        const run4 = '        -------------^!   ';
        const supervisor = new Supervisor([service('a', source$)], { restart: 5 });
        void supervisor.run();
        const restart = () => void supervisor.restart('a');
        timer(4).subscribe(restart);
        timer(5).subscribe(restart);
        timer(14).subscribe(() => void supervisor.shutdown());
        expectSubscriptions(source$.subscriptions).toBe([run1, run2, run3, run4]);
        flush();
        expect(supervisor.statuses().get('a')).toMatchObject({ restarts: 3 });
      });
    });

    it.each([
      ['fail at once', throwError(() => down)],
      ['complete at once', of(1)],
    ])('are torn down before the next begins, also where they %s', (_how, end$) => {
      const scheduler = new VirtualTimeScheduler();
      const log: string[] = [];
      const a = service('a', ({ restarts }) => {
        log.push(`begin ${restarts}`);
        const run$ = restarts < 2 ? end$ : NEVER;
        return run$.pipe(finalize(() => log.push(`end ${restarts}`)));
      });
      const running = supervise([a], { restart: 0, scheduler }).subscribe();
      scheduler.flush();
      expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2']);
      running.unsubscribe();
    });
  });

  it('goes on with its own service where another supervisor is started in a run', () => {
    const names: string[] = [];
    const named = (name: string, run: () => Observable<unknown> = () => NEVER) =>
      service(name, (context) => {
        names.push(context.name);
        return run();
      });
    const outer = supervise([named('a', () => supervise([named('inner')])), named('b')]);
    const running = outer.subscribe();
    expect(names).toEqual(['a', 'inner', 'b']);
    running.unsubscribe();
  });

  it('goes on with its own service where another supervisor is started by an observer', () => {
    const names: string[] = [];
    const named = (name: string) =>
      service(name, (context) => {
        names.push(context.name);
        return NEVER;
      });
    const other = new Supervisor([named('other')]);
    const running = supervise([named('a'), named('b')]).subscribe(({ service: path }) => {
      if (path === 'a') void other.run();
    });
    expect(names).toEqual(['other', 'a', 'b']);
    running.unsubscribe();
    void other.shutdown();
  });

  it('restarts after the failure was told, also where the scheduler does not wait at all', () => {
    const log: string[] = [];
    const a = service('a', ({ restarts }) => (restarts < 2 ? throwError(() => down) : NEVER));
    const running = supervise([a], { restart: 0, scheduler: queueScheduler }).subscribe(({ status, restarts }) =>
      log.push(`${status} ${restarts}`),
    );
    expect(log).toEqual(['running 0', 'failed 0', 'running 1', 'failed 1', 'running 2']);
    running.unsubscribe();
  });

  describe('of a service that fails or completes at once, for ever, with no delay', () => {
    const RUNS = 50_000; // a loop by recursion overflows the stack at about 7,000

    it.each<[string, () => Observable<unknown>]>([
      ['fails', () => throwError(() => down)],
      ['completes', () => of(1)],
    ])('does not overflow the stack (%s)', (_how, end) => {
      const scheduler = new VirtualTimeScheduler();
      const errors = new Set<unknown>();
      const a = service('a', ({ restarts }) => (restarts < RUNS ? end() : NEVER));
      let runs = 0;
      const running = supervise([a], { restart: 0, scheduler }).subscribe((event) => {
        if (event.status === 'running') runs++;
        if (event.status === 'failed') errors.add(event.error);
      });
      scheduler.flush();
      running.unsubscribe();
      expect(runs).toBe(RUNS + 1);
      for (const error of errors) expect(error).toBe(down);
    });

    it('does not overflow the stack with a delay Observable that emits at once', () => {
      const scheduler = new VirtualTimeScheduler();
      const a = service('a', ({ restarts }) => (restarts < RUNS ? throwError(() => down) : NEVER));
      let runs = 0;
      const running = supervise([a], { restart: { delay: () => of('now') }, scheduler }).subscribe(({ status }) => {
        if (status === 'running') runs++;
      });
      scheduler.flush();
      running.unsubscribe();
      expect(runs).toBe(RUNS + 1);
    });

    it('does not overflow the stack with an observer that starts it at each failure', () => {
      const scheduler = new VirtualTimeScheduler();
      const a = service('a', ({ restarts }) => (restarts < RUNS ? throwError(() => down) : NEVER));
      const supervisor = new Supervisor([a], { restart: 'never', autoShutdown: 'never', scheduler });
      supervisor.status$.subscribe(({ status }) => {
        if (status === 'failed') void supervisor.start('a');
      });
      void supervisor.run();
      scheduler.flush();
      expect(supervisor.statuses().get('a')).toMatchObject({ status: 'running', restarts: RUNS });
      void supervisor.shutdown();
    });

    it.each([1, 10_000])('does not starve a setTimeout of the same process (%d services)', async (count) => {
      const failing = Array.from({ length: count }, (_, index) => service(`s${index}`, () => throwError(() => down)));
      let [runs, overflows] = [0, 0];
      const event$ = supervise(failing, { restart: 0 });
      const running = event$.subscribe((event) => {
        if (event.status === 'running') runs++;
        if (event.status === 'failed' && event.error !== down) overflows++;
      });
      // real time: each is a turn of the event loop, between the turns of the services
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 2));
      running.unsubscribe();
      expect(runs).toBeGreaterThanOrEqual(2 * count);
      expect(overflows).toBe(0);
    });
  });
});

describe('a service that restarts itself, and ends in a microtask', () => {
  it('waits for a turn each time', async () => {
    jest.useFakeTimers();
    let runs = 0;
    const a = service('a', async ({ signal }) => {
      if (runs++ < 1000) void supervisor.restart('a');
      if (!signal.aborted)
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve);
        });
    });
    const supervisor: Supervisor = new Supervisor([a]);
    void supervisor.run();
    for (let turn = 0; turn < 10_000; turn++) await Promise.resolve();
    expect(runs).toBeLessThan(3);
    await supervisor.shutdown();
    jest.useRealTimers();
  });
});
