import {
  concat,
  finalize,
  fromEvent,
  mergeMap,
  NEVER,
  type Observable,
  of,
  Subject,
  take,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  DuplicateServiceError,
  type Logger,
  ofService,
  RestartLimitError,
  service,
  type Service,
  ServiceFailedError,
  type ServiceOptions,
  ShutdownTimeoutError,
  type StatusEvent,
  supervise,
  Supervisor,
  type SupervisorOptions,
  SupervisorRunningError,
  SupervisorStoppedError,
  UnknownServiceError,
} from '../lib/index.js';
import { scriptedService, statusMarbles } from '../lib/testing.js';
import { at, idle, marbles, outcome, pass, slow, words } from './helpers.js';

/** Fails after so many ms, in each of its runs. */
function crashing(name: string, ms = 5, options?: ServiceOptions): Service {
  const run$ = timer(ms).pipe(mergeMap(() => throwError(() => broken)));
  return service(name, run$, options);
}

/** An Observable service that takes its whole grace. */
function deaf(name: string, options?: ServiceOptions): Service {
  return service(name, ({ signal }) => fromEvent(signal, 'never'), options);
}

function events(event$: Observable<StatusEvent>): StatusEvent[] {
  const seen: StatusEvent[] = [];
  event$.subscribe((event) => seen.push(event));
  return seen;
}

function statusOf(supervisor: Supervisor): Record<string, string> {
  return Object.fromEntries([...supervisor.statuses()].map(([path, { status }]) => [path, status]));
}

const broken = new Error('broken');
const noRestarts = { restarts: 0, within: 1 };

/** Two levels: `api`, and `db` with `pool` and `cache` in it. */
function pair(options: SupervisorOptions = {}) {
  const db = new Supervisor([idle('pool'), idle('cache')], { name: 'db' });
  const root = new Supervisor([db, idle('api')], options);
  return { db, root };
}

/** Three levels: `first`; `middle` with `left`, and `lower` with `one` and `two`; `last`. */
function three(leaf: (name: string) => Service = idle, options: SupervisorOptions = {}) {
  const lower = new Supervisor([leaf('one'), leaf('two')], { name: 'lower' });
  const middle = new Supervisor([leaf('left'), lower, leaf('right')], { name: 'middle' });
  const root = new Supervisor([leaf('first'), middle, leaf('last')], options);
  return { lower, middle, root };
}

describe('Tree', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  describe('a supervisor as a service', () => {
    it('stands under its own name', () => {
      const root = new Supervisor([new Supervisor([idle('pool')], { name: 'db' }), new Supervisor([])]);
      expect([...root.statuses().keys()]).toEqual(['db', 'db/pool', 'supervisor']);
    });

    it('stands under another name, with options', async () => {
      const db = new Supervisor([crashing('pool')], { name: 'db', restart: { limit: noRestarts } });
      const root = new Supervisor([service('store', db, { restart: { when: 'always', delay: 3 } })], {
        restart: 'never',
      });
      const said = words(root.status$);
      void root.run();
      await pass(8);
      expect(said).toEqual([
        ...['store running', 'store/pool running'],
        ...['store/pool failed for good', 'store failed'],
        ...['store running', 'store/pool running'],
      ]);
      await root.shutdown();
    });

    it('may stand in two supervisors, one run at a time', async () => {
      const db = new Supervisor([idle('pool')], { name: 'db' });
      const [one, other] = [new Supervisor([db]), new Supervisor([service('store', db)])];
      void one.run();
      await one.shutdown();
      const said = words(other.status$);
      void other.run();
      expect(said).toEqual(['store running', 'store/pool running']);
      await other.shutdown();
    });

    it('follows the policy of its parent', () => {
      marbles(({ cold, expectObservable }) => {
        const events = '   r-f--r-f--r--';
        const stop = '     ------------!';
        const db = new Supervisor([scriptedService('pool', ['--#'], cold)], { name: 'db', restart: 'never' });
        expectObservable(supervise([db], { restart: 3 }).pipe(statusMarbles('db')), stop).toBe(events);
      });
    });

    it('does not hand its policy on: its services have their own', () => {
      marbles(({ cold, expectObservable }) => {
        const events = '   r-fr-fr-';
        const stop = '     -------!';
        const db = () => new Supervisor([scriptedService('pool', ['--#'], cold)], { name: 'db', restart: 1 });
        expectObservable(supervise([db()], { restart: 'never' }).pipe(statusMarbles('db/pool')), stop).toBe(events);
        expectObservable(supervise([db()], { restart: 'never' }).pipe(statusMarbles('db')), stop).toBe('r-------');
      });
    });

    it('is restarted with a strategy of its parent, as a whole', async () => {
      const { db, root } = pair({ strategy: 'one-for-all', restart: 3 });
      const last = crashing('last');
      root.add(last);
      const said = words(root.status$);
      void root.run();
      said.length = 0;
      await pass(5);
      expect(said.splice(0)).toEqual([
        ...['last failed', 'api stopped'],
        ...['db/cache stopped for good', 'db/pool stopped for good', 'db stopped'],
      ]);
      await pass(3);
      expect(said).toEqual(['db running', 'db/pool running', 'db/cache running', 'api running', 'last running']);
      expect(db.statuses().get('pool')).toMatchObject({ restarts: 0 });
      await root.shutdown();
    });

    it('keeps its strategy to itself', async () => {
      const db = new Supervisor([idle('pool'), crashing('cache')], { name: 'db', strategy: 'one-for-all', restart: 3 });
      const root = new Supervisor([idle('log'), db, idle('api')]);
      const said = words(root.status$);
      void root.run();
      said.length = 0;
      await pass(8);
      expect(said).toEqual(['db/cache failed', 'db/pool stopped', 'db/pool running', 'db/cache running']);
      await root.shutdown();
    });
  });

  describe('the clock and the log', () => {
    it('are those of the parent, where it has none of its own', () => {
      const clock = new TestScheduler(() => undefined);
      const seen: { service: string; time: number }[] = [];
      const lower = new Supervisor([crashing('leaf')], { name: 'lower', restart: 10 });
      const root = new Supervisor([new Supervisor([lower], { name: 'middle' })], { scheduler: clock });
      root.status$.subscribe(({ service: name, time }) => seen.push({ service: name, time }));
      void root.run();
      expect(seen).toEqual([
        { service: 'middle', time: 0 },
        { service: 'middle/lower', time: 0 },
        { service: 'middle/lower/leaf', time: 0 },
      ]);
      jest.advanceTimersByTime(5); // the service has a clock of its own
      expect(seen.splice(0).at(-1)).toEqual({ service: 'middle/lower/leaf', time: 0 });
      jest.advanceTimersByTime(100);
      expect(seen).toEqual([]);
      clock.maxFrames = 10;
      clock.flush();
      expect(seen).toEqual([{ service: 'middle/lower/leaf', time: 10 }]);
      void root.shutdown();
    });

    it('are its own, where it has them', () => {
      const clock = new TestScheduler(() => undefined);
      const db = new Supervisor([crashing('pool')], { name: 'db', restart: 10, scheduler: clock });
      const root = new Supervisor([db]);
      const said = words(root.status$);
      void root.run();
      jest.advanceTimersByTime(100);
      expect(said.at(-1)).toBe('db/pool failed');
      clock.maxFrames = 10;
      clock.flush();
      expect(said.at(-1)).toBe('db/pool running');
      void root.shutdown();
    });

    function recording() {
      const lines: string[] = [];
      const write = (data: object, message: string) => lines.push(`${(data as StatusEvent).service} | ${message}`);
      const logger: Logger = { debug: write, info: write, warn: jest.fn(), error: jest.fn() };
      return { lines, logger };
    }

    it('tell of each event once, by its path from the root', () => {
      const { lines, logger } = recording();
      const { root } = three(idle, { logger });
      void root.run();
      const paths = ['first', 'middle', 'middle/left', 'middle/lower', 'middle/lower/one', 'middle/lower/two'];
      expect(lines).toEqual([...paths, 'middle/right', 'last'].map((path) => `${path} | ${path}: running`));
      void root.shutdown();
    });

    it('are where a service writes, by its path from the root', () => {
      const { lines, logger } = recording();
      const writing = service('pool', (context) => {
        context.logger.info({}, `I am ${context.name}`);
        return NEVER;
      });
      const root = new Supervisor([new Supervisor([writing], { name: 'db' })], { logger });
      void root.run();
      expect(lines).toContain('db/pool | I am db/pool');
      void root.shutdown();
    });

    it('of its own have nothing of the parent, and the parent nothing of them', () => {
      const [own, parents] = [recording(), recording()];
      const db = new Supervisor([idle('pool')], { name: 'db', logger: own.logger });
      const root = new Supervisor([db, idle('api')], { logger: parents.logger });
      void root.run();
      expect(own.lines).toEqual(['db/pool | db/pool: running']);
      expect(parents.lines).toEqual(['db | db: running', 'api | api: running']);
      void root.shutdown();
    });
  });

  describe('statuses', () => {
    it('have the services at all depths before the first run, in the order of the lists', () => {
      const { root } = three();
      expect(statusOf(root)).toEqual({
        first: 'idle',
        middle: 'idle',
        'middle/left': 'idle',
        'middle/lower': 'idle',
        'middle/lower/one': 'idle',
        'middle/lower/two': 'idle',
        'middle/right': 'idle',
        last: 'idle',
      });
      expect([...root.statuses().keys()].slice(3, 6)).toEqual(['middle/lower', 'middle/lower/one', 'middle/lower/two']);
    });

    it('are by paths relative to the supervisor that is asked', () => {
      const { root, middle, lower } = three();
      void root.run();
      expect([...lower.statuses().keys()]).toEqual(['one', 'two']);
      expect([...middle.statuses().keys()]).toEqual(['left', 'lower', 'lower/one', 'lower/two', 'right']);
      expect(new Set(Object.values(statusOf(middle)))).toEqual(new Set(['running']));
      expect(root.statuses().get('middle/lower/one')).toMatchObject({ service: 'middle/lower/one', status: 'running' });
      expect(lower.statuses().get('one')).toMatchObject({ service: 'one', status: 'running' });
      void root.shutdown();
    });

    it('keep the latest event of what is in a supervisor that starts anew, until it has one', async () => {
      const db = new Supervisor([idle('first'), crashing('pool')], {
        name: 'db',
        restart: { limit: noRestarts },
      });
      const root = new Supervisor([db], { restart: 10 });
      void root.run();
      await pass(5);
      expect(statusOf(root)).toEqual({ db: 'failed', 'db/first': 'stopped', 'db/pool': 'failed' });
      const seen: Record<string, string>[] = [];
      root.status$.subscribe(() => seen.push(statusOf(root)));
      await pass(10);
      expect(seen).toEqual([
        { db: 'running', 'db/first': 'stopped', 'db/pool': 'failed' },
        { db: 'running', 'db/first': 'running', 'db/pool': 'failed' },
        { db: 'running', 'db/first': 'running', 'db/pool': 'running' },
      ]);
      await root.shutdown();
    });

    it('know what is added and removed below, before the first run and after the last', async () => {
      const { root, middle, lower } = three();
      const before = root.statuses();
      expect(root.statuses()).toBe(before);
      lower.add(idle('three'));
      expect(root.statuses()).not.toBe(before);
      expect([...root.statuses().keys()]).toContain('middle/lower/three');
      void root.run();
      await root.shutdown();
      await middle.remove('lower/one');
      expect([...root.statuses().keys()]).not.toContain('middle/lower/one');
      expect(root.statuses()).toBe(root.statuses());
    });

    it('forget what was in a supervisor that is removed', async () => {
      const { root } = three();
      void root.run();
      await root.remove('middle');
      expect(statusOf(root)).toEqual({ first: 'running', last: 'running' });
      root.add(new Supervisor([idle('left')], { name: 'middle' }));
      expect(root.statuses().get('middle/left')).toMatchObject({ status: 'running', restarts: 0 });
      await root.shutdown();
    });

    it('come as statuses$ with changes at all depths', () => {
      const { root, lower } = three();
      const sizes: number[] = [];
      root.statuses$.subscribe((statuses) => sizes.push(statuses.size));
      void root.run();
      expect(sizes).toHaveLength(9);
      lower.add(idle('three'));
      expect(sizes.at(-1)).toBe(9);
      void root.shutdown();
    });
  });

  describe('events', () => {
    it('are by path, a supervisor before what is in it', () => {
      const { root } = three();
      const said = words(root.status$);
      void root.run();
      expect(said).toEqual([
        'first running',
        'middle running',
        'middle/left running',
        'middle/lower running',
        'middle/lower/one running',
        'middle/lower/two running',
        'middle/right running',
        'last running',
      ]);
      void root.shutdown();
    });

    it('reach each supervisor by its own paths, in the same order', () => {
      const { root, middle, lower } = three();
      const order: string[] = [];
      for (const [name, supervisor] of Object.entries({ root, middle, lower })) {
        supervisor.status$.subscribe((event) => order.push(`${name}: ${event.service}`));
      }
      void root.run();
      expect(order.filter((each) => each.endsWith('one'))).toEqual([
        'lower: one',
        'middle: lower/one',
        'root: middle/lower/one',
      ]);
      expect(order.filter((each) => each.startsWith('middle'))).toEqual([
        'middle: left',
        'middle: lower',
        'middle: lower/one',
        'middle: lower/two',
        'middle: right',
      ]);
      void root.shutdown();
    });

    it('are one object for all subscribers of one supervisor', () => {
      const { root } = three();
      const [one, other] = [events(root.status$), events(root.status$)];
      void root.run();
      expect(one).toHaveLength(8);
      one.forEach((event, index) => {
        expect(event).toBe(other[index]);
      });
      void root.shutdown();
    });

    it('are told one after another in the whole tree, also where an observer causes the next', () => {
      const { root, lower } = three();
      lower.status$.subscribe((event) => {
        if (event.service === 'one' && event.status === 'running') void root.stop('first');
      });
      const said = words(root.status$);
      void root.run();
      expect(said.slice(4, 6)).toEqual(['middle/lower/one running', 'first stopped for good']);
      void root.shutdown();
    });

    it('may be narrowed to a supervisor, without what is in it', () => {
      const { root } = three();
      const said = words(root.status$.pipe(ofService('middle/lower')));
      void root.run();
      expect(said).toEqual(['middle/lower running']);
      void root.shutdown();
    });

    it('never end: a run may come again', async () => {
      const { root, middle, lower } = three();
      const done = jest.fn();
      const observer = { complete: done, error: done };
      for (const each of [root, middle, lower]) each.status$.subscribe(observer);
      root.valuesOf(idle('one')).subscribe(observer);
      void root.run();
      await root.shutdown();
      const said = words(lower.status$);
      void root.run();
      await root.shutdown();
      expect(done).not.toHaveBeenCalled();
      expect(said).toEqual(['one running', 'two running', 'two stopped for good', 'one stopped for good']);
    });

    it('come of a supervise() with supervisors in it too', () => {
      const { middle } = three();
      const said: string[] = [];
      const subscription = supervise([middle]).subscribe((event) => said.push(event.service));
      expect(said).toEqual([
        'middle',
        'middle/left',
        'middle/lower',
        'middle/lower/one',
        'middle/lower/two',
        'middle/right',
      ]);
      subscription.unsubscribe();
    });
  });

  describe('values', () => {
    it('of a service come out at every level, by the service', () => {
      const source = new Subject<number>();
      const leaf = service('leaf', source);
      const other = service('leaf', of(0));
      const lower = new Supervisor([leaf], { name: 'lower' });
      const middle = new Supervisor([lower, other], { name: 'middle', restart: 'never' });
      const root = new Supervisor([middle]);
      const got: [string, number][] = [];
      for (const [name, supervisor] of Object.entries({ root, middle, lower })) {
        supervisor.valuesOf(leaf).subscribe((value) => got.push([name, value]));
      }
      void root.run();
      source.next(7);
      expect(got).toEqual([
        ['lower', 7],
        ['middle', 7],
        ['root', 7],
      ]);
      void root.shutdown();
    });

    it('go on where the supervisor that the service is in starts anew', async () => {
      let runs = 0;
      const leaf = service('leaf', () => concat(of(++runs), NEVER));
      const lower = new Supervisor([leaf, crashing('other')], { name: 'lower', restart: { limit: noRestarts } });
      const root = new Supervisor([lower], { restart: 3 });
      const got: number[] = [];
      const done = jest.fn();
      root.valuesOf(leaf).subscribe({ next: (value) => got.push(value), complete: done });
      void root.run();
      await pass(8);
      expect(got).toEqual([1, 2]);
      await root.shutdown();
      expect(done).not.toHaveBeenCalled();
    });
  });

  describe('a context', () => {
    it('has the path from the root', () => {
      const names: string[] = [];
      const { root } = three((leaf) =>
        service(leaf, ({ name }) => {
          names.push(name);
          return NEVER;
        }),
      );
      void root.run();
      expect(names).toEqual([
        ...['first', 'middle/left', 'middle/lower/one', 'middle/lower/two'],
        ...['middle/right', 'last'],
      ]);
      void root.shutdown();
    });

    it('has the reason of the abort of the root', () => {
      const reasons: unknown[] = [];
      const controller = new AbortController();
      const { root } = three((leaf) =>
        service(leaf, ({ signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason));
          return fromEvent(signal, 'abort').pipe(take(1));
        }),
      );
      void root.run({ signal: controller.signal });
      controller.abort('enough');
      expect(reasons).toEqual(Array(6).fill('enough'));
    });
  });

  describe('escalation', () => {
    it('is a failure of the supervisor as a service, which its parent restarts', async () => {
      const db = new Supervisor([slow('pool', 2), crashing('cache'), idle('log')], {
        name: 'db',
        restart: { limit: noRestarts },
      });
      const root = new Supervisor([idle('first'), db, idle('api')], { restart: 3 });
      const said = words(root.status$);
      const seen = events(root.status$.pipe(ofService('db')));
      void root.run();
      said.length = 0;
      await pass(7);
      expect(said.splice(0)).toEqual([
        ...['db/cache failed for good', 'db/log stopped for good', 'db/pool stopping', 'db/pool stopped for good'],
        'db failed',
      ]);
      const error = new RestartLimitError('db/cache', noRestarts, { cause: broken });
      expect(seen[1]).toEqual({
        service: 'db',
        status: 'failed',
        time: expect.any(Number) as number,
        restarts: 0,
        final: false,
        restartIn: 3,
        error,
      });
      expect((seen[1] as { error: RestartLimitError }).error.cause).toBe(broken);
      await pass(3);
      expect(said).toEqual(['db running', 'db/pool running', 'db/cache running', 'db/log running']);
      expect(seen[2]).toMatchObject({ status: 'running', restarts: 1 });
      void root.shutdown();
      await pass(2);
    });

    it('goes up as far as the limits say, with the errors of each level as causes', async () => {
      const restart = { delay: 1, limit: { restarts: 1, within: 1000 } };
      const lower = new Supervisor([crashing('leaf', 2)], { name: 'lower', restart });
      const middle = new Supervisor([lower], { name: 'middle', restart });
      const root = new Supervisor([middle], { restart });
      const said = words(root.status$.pipe(ofService('middle/lower/leaf')));
      const run = outcome(root.run());
      await pass(100);
      expect(said.filter((each) => each.endsWith('running'))).toHaveLength(8);
      expect(run.is).toBe('rejected');
      const errors: RestartLimitError[] = [];
      let error = run.error;
      for (; error instanceof RestartLimitError; error = error.cause) errors.push(error);
      expect(error).toBe(broken);
      expect(errors.map((each) => each.service)).toEqual(['middle', 'middle/lower', 'middle/lower/leaf']);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('starts all afresh: restarts, limits and backoff from zero', async () => {
      const asked: number[] = [];
      const limit = { restarts: 2, within: 1000 };
      const delayed = (attempt: number) => asked.push(attempt) && 1;
      const db = new Supervisor([crashing('pool', 2)], { name: 'db', restart: { delay: delayed, limit } });
      const root = new Supervisor([db], { restart: 4 });
      const seen = events(root.status$.pipe(ofService('db/pool')));
      void root.run();
      await pass(22);
      expect(asked).toEqual([1, 2, 1, 2]);
      const letters = seen.map(({ status, restarts }) => `${status} ${restarts}`);
      const round = ['running 0', 'failed 0', 'running 1', 'failed 1', 'running 2', 'failed 2'];
      expect(letters).toEqual([...round, ...round]);
      await root.shutdown();
    });

    it('starts afresh those it was made with and those added, without those removed; hand-stopped ones run again', async () => {
      const db = new Supervisor([idle('a'), idle('b'), idle('c'), crashing('d', 10)], {
        name: 'db',
        restart: { limit: noRestarts },
      });
      const root = new Supervisor([db], { restart: 3 });
      void root.run();
      await root.remove('db/a');
      await db.stop('b');
      await root.restart('db/c');
      db.add(idle('e'));
      const said = words(root.status$);
      await pass(13);
      expect(said.slice(-5)).toEqual(['db running', 'db/b running', 'db/c running', 'db/d running', 'db/e running']);
      expect(root.statuses().get('db/c')).toMatchObject({ restarts: 0 });
      expect([...root.statuses().keys()]).toEqual(['db', 'db/b', 'db/c', 'db/d', 'db/e']);
      await root.shutdown();
    });

    it('takes what ended the supervisor, whatever that is: a significant service that failed', async () => {
      const db = new Supervisor([crashing('pool', 5, { restart: 'never' })], { name: 'db' });
      const root = new Supervisor([db], { restart: 'on-failure' });
      const seen = events(root.status$.pipe(ofService('db')));
      void root.run();
      await pass(5);
      expect(seen.at(-1)).toMatchObject({ status: 'failed', final: false });
      const { error } = seen.at(-1) as { error: unknown };
      expect(error).toEqual(new ServiceFailedError('db/pool', { cause: broken }));
      expect((error as Error).cause).toBe(broken);
      await root.shutdown();
    });

    it('is none where all in it complete: it completes too, and its policy decides', async () => {
      const make = () => new Supervisor([service('pool', of(1))], { name: 'db', restart: 'never' });
      const root = new Supervisor([make(), service('again', make(), { restart: { when: 'always', delay: 2 } })], {
        restart: 'on-failure',
      });
      const said = words(root.status$);
      void root.run();
      expect(said.splice(0)).toEqual([
        ...['db running', 'db/pool running', 'db/pool stopped for good', 'db stopped for good'],
        ...['again running', 'again/pool running', 'again/pool stopped for good', 'again stopped'],
      ]);
      await pass(2);
      expect(said[0]).toBe('again running');
      await root.shutdown();
    });

    it('ends the parent with ServiceFailedError where the supervisor is never restarted', async () => {
      const db = new Supervisor([crashing('pool')], { name: 'db', restart: 'never' });
      const run = outcome(new Supervisor([db], { restart: 'never' }).run());
      await pass(5);
      expect(run.error).toEqual(new ServiceFailedError('db', { cause: new ServiceFailedError('db/pool') }));
      expect((run.error as Error).cause).toMatchObject({
        name: 'ServiceFailedError',
        service: 'db/pool',
        cause: broken,
      });
    });

    it('in the midst of its start, within the call', async () => {
      const failing = service('pool', () => throwError(() => broken));
      const db = new Supervisor([idle('first'), failing, idle('later')], {
        name: 'db',
        restart: { limit: noRestarts },
      });
      const root = new Supervisor([db, idle('api')], { restart: 3 });
      const said = words(root.status$);
      void root.run();
      const round = ['db running', 'db/first running', 'db/pool running', 'db/pool failed for good'];
      expect(said.splice(0)).toEqual([...round, 'db/first stopped for good', 'db failed', 'api running']);
      await pass(3);
      expect(said).toEqual([...round, 'db/first stopped for good', 'db failed']);
      await root.shutdown();
    });
  });

  describe('the stop of the root', () => {
    it('stops the tree in reverse order, leaves before their supervisor', async () => {
      const { root } = three();
      const said = words(root.status$);
      const run = outcome(root.run());
      said.length = 0;
      await root.shutdown();
      expect(said).toEqual([
        'last stopped for good',
        'middle/right stopped for good',
        'middle/lower/two stopped for good',
        'middle/lower/one stopped for good',
        'middle/lower stopped for good',
        'middle/left stopped for good',
        'middle stopped for good',
        'first stopped for good',
      ]);
      await pass(0);
      expect(run.is).toBe('resolved');
      expect(jest.getTimerCount()).toBe(0);
    });

    it('one after another at every depth, where they take their time', () => {
      marbles(({ expectObservable }) => {
        const controller = new AbortController();
        const lower = new Supervisor([slow('one', 2), slow('two', 3)], { name: 'lower' });
        const middle = new Supervisor([slow('left', 2), lower], { name: 'middle' });
        const root = new Supervisor([slow('first', 2), middle, slow('last', 2)]);
        const diagrams = {
          first: '             ----------x-C',
          middle: '            ---x------C',
          'middle/left': '     --------x-C',
          'middle/lower': '    ---x----C',
          'middle/lower/one': '------x-C',
          'middle/lower/two': '---x--C',
          last: '              -x-C',
        };
        void root.run({ signal: controller.signal });
        at(1, () => {
          controller.abort();
        });
        for (const [path, diagram] of Object.entries(diagrams)) {
          expectObservable(root.status$.pipe(statusMarbles(path))).toBe(diagram);
        }
      });
    });

    it(`all at once where all supervisors have a stopOrder of 'concurrent'`, async () => {
      const options = { stopOrder: 'concurrent' } as const;
      const db = new Supervisor([slow('pool', 3), slow('cache', 2)], { name: 'db', ...options });
      const root = new Supervisor([db, slow('api', 1)], options);
      const said = words(root.status$);
      const run = outcome(root.run());
      said.length = 0;
      void root.shutdown();
      expect(said.splice(0)).toEqual(['api stopping', 'db/cache stopping', 'db/pool stopping', 'db stopping']);
      await pass(2);
      expect(said.splice(0)).toEqual(['api stopped for good', 'db/cache stopped for good']);
      await pass(1);
      expect(said).toEqual(['db/pool stopped for good', 'db stopped for good']);
      expect(run.is).toBe('resolved');
    });

    it('first ends all that wait, at every depth, before one that runs is asked', () => {
      const failing = (name: string) => service(name, () => throwError(() => broken));
      const lower = new Supervisor([failing('one'), slow('two', 2), failing('three')], { name: 'lower', restart: 99 });
      const root = new Supervisor([failing('first'), lower, slow('last', 2)], { restart: 99 });
      const said = words(root.status$);
      void root.run();
      said.length = 0;
      void root.shutdown();
      expect(said).toEqual([
        ...['lower/three stopped for good', 'lower/one stopped for good', 'first stopped for good'],
        'last stopping',
      ]);
      jest.advanceTimersByTime(10);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('restarts nothing from then on, at any depth: what ends by itself meanwhile has ended for good', () => {
      const lower = new Supervisor([crashing('one', 2), idle('two')], { name: 'lower', restart: 1 });
      const root = new Supervisor([lower, slow('last', 6)], { restart: 1 });
      const said = words(root.status$);
      void root.run();
      said.length = 0;
      void root.shutdown();
      jest.advanceTimersByTime(5);
      expect(said).toEqual(['last stopping', 'lower/one failed for good']);
      jest.advanceTimersByTime(5);
      expect(said.slice(2)).toEqual(['last stopped for good', 'lower/two stopped for good', 'lower stopped for good']);
    });

    it('keeps a group that is down, at any depth, from coming back', () => {
      const lower = new Supervisor([idle('one'), crashing('two')], {
        name: 'lower',
        strategy: 'one-for-all',
        restart: 9,
      });
      const root = new Supervisor([lower, slow('last', 50)]);
      const said = words(root.status$);
      void root.run();
      jest.advanceTimersByTime(6);
      said.length = 0;
      void root.shutdown();
      jest.advanceTimersByTime(100);
      expect(said).toEqual([
        ...['lower/two stopped for good', 'lower/one stopped for good', 'last stopping'],
        ...['last stopped for good', 'lower stopped for good'],
      ]);
    });

    it('waits for a supervisor as long as its services have grace, by default', async () => {
      const db = new Supervisor([slow('pool', 60_000, { shutdown: 70_000 })], { name: 'db' });
      const root = new Supervisor([db], { shutdown: 10 });
      const run = outcome(root.run());
      void root.shutdown();
      await pass(59_999);
      expect(run.is).toBe('pending');
      await pass(1);
      expect(run.is).toBe('resolved');
      expect(statusOf(root)).toEqual({ db: 'stopped', 'db/pool': 'stopped' });
    });

    it('by unsubscribing cuts the whole tree at once, last first, without a word', () => {
      const torn: string[] = [];
      const { middle } = three((name) => service(name, NEVER.pipe(finalize(() => torn.push(name)))));
      const said: string[] = [];
      const subscription = supervise([crashing('before', 0), middle, slow('last', 9)], { restart: 99 }).subscribe(
        (event) => said.push(event.service),
      );
      jest.advanceTimersByTime(0);
      said.length = 0;
      subscription.unsubscribe();
      expect(torn).toEqual(['right', 'two', 'one', 'left']);
      expect(said).toEqual([]);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('by unsubscribing frees the supervisors in it: they may be run again', async () => {
      const { middle, lower } = three();
      supervise([middle]).subscribe().unsubscribe();
      const said = words(lower.status$);
      const run = outcome(middle.run());
      await pass(0);
      expect(run.is).toBe('pending');
      expect(said).toEqual(['one running', 'two running']);
      await middle.shutdown();
    });
  });

  describe('out of grace', () => {
    it('of its own, a service in a nested supervisor is in the error of the root, by its path, once', async () => {
      const lower = new Supervisor([idle('one'), deaf('two', { shutdown: 3 })], { name: 'lower' });
      const middle = new Supervisor([lower, deaf('right', { shutdown: 2 })], { name: 'middle' });
      const root = new Supervisor([slow('first', 4), middle]);
      const said = words(root.status$);
      const run = outcome(root.run());
      said.length = 0;
      void root.shutdown();
      await pass(8);
      expect(run.is).toBe('pending');
      await pass(1);
      expect(said).toEqual([
        ...['middle/right stopping', 'middle stopping', 'middle/right failed for good'],
        ...['middle/lower/two stopping', 'middle/lower stopping', 'middle/lower/two failed for good'],
        ...['middle/lower/one stopped for good', 'middle/lower failed for good', 'middle failed for good'],
        ...['first stopping', 'first stopped for good'],
      ]);
      expect(run).toEqual({
        is: 'rejected',
        error: new ShutdownTimeoutError(['middle/right', 'middle/lower/two']),
      });
      expect((run.error as ShutdownTimeoutError).services).toEqual(['middle/right', 'middle/lower/two']);
    });

    it('of its parent, a tree is cut: what lives in it has stopped, after its teardown, and is in the error', async () => {
      const order: string[] = [];
      const torn = (name: string) =>
        service(name, ({ signal }) => fromEvent(signal, 'never').pipe(finalize(() => order.push(`${name} torn down`))));
      const lower = new Supervisor([torn('one'), crashing('waiting', 1), torn('two')], { name: 'lower', restart: 999 });
      const middle = new Supervisor([torn('left'), lower, idle('right')], { name: 'middle' });
      const root = new Supervisor([service('middle', middle, { shutdown: 4 })]);
      root.status$.subscribe((event) => {
        order.push(`${event.service} ${event.status}${'final' in event && event.final ? ' for good' : ''}`);
      });
      const run = outcome(root.run());
      await pass(2);
      order.length = 0;
      void root.shutdown();
      expect(order.splice(0)).toEqual([
        ...['middle/lower/waiting stopped for good', 'middle/right stopped for good'],
        ...['middle/lower/two stopping', 'middle/lower stopping', 'middle stopping'],
      ]);
      await pass(4);
      expect(order).toEqual([
        ...['two torn down', 'middle/lower/two stopped for good'],
        ...['one torn down', 'middle/lower/one stopped for good', 'middle/lower stopped for good'],
        ...['left torn down', 'middle/left stopped for good', 'middle failed for good'],
      ]);
      expect(run.error).toBeInstanceOf(ShutdownTimeoutError);
      expect([...(run.error as ShutdownTimeoutError).services].sort()).toEqual([
        'middle/left',
        'middle/lower/one',
        'middle/lower/two',
      ]);
      expect(jest.getTimerCount()).toBe(0);
    });

    it('in a tree that is stopped by hand, a service is in no error of run()', async () => {
      const db = new Supervisor([deaf('pool', { shutdown: 3 })], { name: 'db' });
      const root = new Supervisor([db, idle('api')]);
      const run = outcome(root.run());
      const stop = outcome(root.stop('db'));
      await pass(2);
      expect(stop.is).toBe('pending');
      await pass(1);
      expect(stop.is).toBe('resolved');
      const { error } = root.statuses().get('db') as { error?: unknown };
      expect(error).toEqual(new ShutdownTimeoutError(['db/pool']));
      await root.shutdown();
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('in a tree that is stopped by hand when the root stops, a service is in its error', async () => {
      const db = new Supervisor([deaf('pool', { shutdown: 3 })], { name: 'db' });
      const root = new Supervisor([db]);
      const run = outcome(root.run());
      void root.stop('db');
      await pass(1);
      void root.shutdown();
      await pass(2);
      expect(run).toEqual({ is: 'rejected', error: new ShutdownTimeoutError(['db/pool']) });
    });

    it('by hand alone, a service in a nested supervisor is in no error, of none of them', async () => {
      const db = new Supervisor([deaf('pool', { shutdown: 3 }), idle('cache')], { name: 'db' });
      const root = new Supervisor([db]);
      const run = outcome(root.run());
      void root.stop('db/pool');
      await pass(3);
      expect(root.statuses().get('db/pool')).toMatchObject({ status: 'failed', final: true });
      await root.shutdown();
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
      expect(root.statuses().get('db')).toMatchObject({ status: 'stopped', final: true });
    });

    it('while its supervisor gives up, a service is not what that failed of, and is in no error of run()', async () => {
      const db = new Supervisor([deaf('pool', { shutdown: 3 }), crashing('cache')], {
        name: 'db',
        restart: { limit: noRestarts },
      });
      const root = new Supervisor([db], { restart: 100 });
      const run = outcome(root.run());
      await pass(8);
      expect(root.statuses().get('db')).toMatchObject({ status: 'failed', error: { name: 'RestartLimitError' } });
      await root.shutdown();
      await pass(0);
      expect(run).toEqual({ is: 'resolved' });
    });

    it('a tree that is restarted by hand is cut, and runs again', async () => {
      const stubborn = service('pool', ({ signal }) => fromEvent(signal, 'never'));
      const db = new Supervisor([stubborn], { name: 'db' });
      const root = new Supervisor([service('db', db, { shutdown: 4 })]);
      const said = words(root.status$);
      const run = outcome(root.run());
      said.length = 0;
      const restart = outcome(root.restart('db'));
      await pass(4);
      await pass(1); // not inside the failure, but on a later turn
      expect(said).toEqual([
        ...['db/pool stopping', 'db stopping', 'db/pool stopped for good', 'db failed'],
        ...['db running', 'db/pool running'],
      ]);
      expect(restart.is).toBe('resolved');
      const down = root.shutdown();
      await pass(4);
      await down;
      expect(run.error).toEqual(new ShutdownTimeoutError(['db/pool']));
    });

    it('a tree with a grace of 0 is cut at once, and has stopped', async () => {
      const db = new Supervisor([slow('pool', 9)], { name: 'db' });
      const root = new Supervisor([service('db', db, { shutdown: 0 })]);
      const said = words(root.status$);
      const run = outcome(root.run());
      said.length = 0;
      await root.shutdown();
      expect(said).toEqual(['db/pool stopped for good', 'db stopped for good']);
      await pass(0);
      expect(run.is).toBe('resolved');
    });
  });

  describe('a supervisor that runs already', () => {
    it('cannot be run by another: that start fails with SupervisorRunningError, and its policy decides', async () => {
      const { db, root } = pair({ restart: 3 });
      const own = outcome(db.run());
      const said = words(root.status$);
      void root.run();
      expect(said.splice(0)).toEqual(['db running', 'db failed', 'api running']);
      expect(root.statuses().get('db')).toMatchObject({ final: false, error: new SupervisorRunningError('db') });
      expect(db.statuses().get('pool')).toMatchObject({ status: 'running' });
      await db.shutdown();
      expect(own.is).toBe('resolved');
      await pass(3);
      expect(said).toEqual(['db running', 'db/pool running', 'db/cache running']);
      await root.shutdown();
    });

    it('cannot be run twice in one tree', () => {
      const db = new Supervisor([idle('pool')], { name: 'db' });
      const root = new Supervisor([db, service('twin', db, { restart: 'never' }), idle('api')]);
      const said = words(root.status$);
      void root.run();
      expect(said).toEqual(['db running', 'db/pool running', 'twin running', 'twin failed for good', 'api running']);
      void root.shutdown();
    });

    it('by another cannot be run by itself', async () => {
      const { db, root } = pair();
      void root.run();
      await expect(db.run()).rejects.toEqual(new SupervisorRunningError('db'));
      expect(statusOf(root)).toEqual({ db: 'running', 'db/pool': 'running', 'db/cache': 'running', api: 'running' });
      await root.shutdown();
      const said = words(root.status$);
      void db.run();
      expect(said).toEqual([]);
      await db.shutdown();
    });

    it('is left alone by the failure, also where the root is unsubscribed from', () => {
      const { db } = pair();
      void db.run();
      supervise([db], { restart: 3 }).subscribe().unsubscribe();
      expect(db.statuses().get('pool')).toMatchObject({ status: 'running' });
      void db.shutdown();
    });

    it('by another may be shut down by itself: it completes, and its policy decides', async () => {
      const { db, root } = pair({ restart: 'on-failure' });
      const said = words(root.status$);
      void root.run();
      said.length = 0;
      await db.shutdown();
      expect(said).toEqual(['db/cache stopped for good', 'db/pool stopped for good', 'db stopped for good']);
      await root.shutdown();
    });
  });

  describe('a command', () => {
    it('takes a path of any depth', async () => {
      const { root, middle } = three();
      const said = words(root.status$);
      void root.run();
      said.length = 0;
      await root.stop('middle/lower/one');
      await root.start('middle/lower/one');
      await middle.restart('lower/two');
      await root.remove('middle/lower/one');
      expect(said).toEqual([
        ...['middle/lower/one stopped for good', 'middle/lower/one running'],
        ...['middle/lower/two stopped', 'middle/lower/two running', 'middle/lower/one stopped for good'],
      ]);
      expect(root.statuses().get('middle/lower/two')).toMatchObject({ restarts: 1 });
      expect(root.statuses().has('middle/lower/one')).toBe(false);
      await root.shutdown();
    });

    it.each([
      '',
      'x',
      'x/one',
      'middle/x',
      'middle/lower/x',
      'first/one',
      'middle/',
      '/middle',
      'middle//lower',
      'one',
    ])('of a path that is not there rejects with UnknownServiceError: %j', async (path) => {
      const { root } = three();
      void root.run();
      for (const command of ['stop', 'start', 'restart', 'remove'] as const) {
        await expect(root[command](path)).rejects.toEqual(new UnknownServiceError(path));
        await expect(root[command](path)).rejects.toMatchObject({ service: path });
      }
      await root.shutdown();
    });

    it('stops a supervisor with all that is in it, and starts it afresh', async () => {
      const { root } = three();
      const said = words(root.status$);
      void root.run();
      await root.restart('middle/lower/one');
      said.length = 0;
      await root.stop('middle/lower');
      expect(said.splice(0)).toEqual([
        ...['middle/lower/two stopped for good', 'middle/lower/one stopped for good', 'middle/lower stopped for good'],
      ]);
      await root.start('middle/lower');
      expect(said).toEqual(['middle/lower running', 'middle/lower/one running', 'middle/lower/two running']);
      expect(root.statuses().get('middle/lower')).toMatchObject({ restarts: 1 });
      expect(root.statuses().get('middle/lower/one')).toMatchObject({ restarts: 0 });
      await root.shutdown();
    });

    it('restarts a supervisor: graceful, then afresh', async () => {
      const { root } = three();
      const said = words(root.status$);
      void root.run();
      said.length = 0;
      await root.restart('middle/lower');
      expect(said).toEqual([
        ...['middle/lower/two stopped for good', 'middle/lower/one stopped for good', 'middle/lower stopped'],
        ...['middle/lower running', 'middle/lower/one running', 'middle/lower/two running'],
      ]);
      await root.shutdown();
    });

    it('for a service in a supervisor that is down: stop and remove resolve, start and restart reject', async () => {
      const { root } = three();
      void root.run();
      await root.stop('middle');
      await root.stop('middle/lower/one');
      await root.remove('middle/lower/one');
      await expect(root.start('middle/lower/two')).rejects.toEqual(new SupervisorStoppedError('lower'));
      await expect(root.restart('middle/left')).rejects.toEqual(new SupervisorStoppedError('middle'));
      expect([...root.statuses().keys()]).not.toContain('middle/lower/one');
      await root.start('middle');
      expect(statusOf(root)).toMatchObject({ 'middle/lower/two': 'running', 'middle/left': 'running' });
      await root.shutdown();
    });

    it('for a service in a supervisor that is stopping: start and restart reject, stop resolves at its end', async () => {
      const { root } = three((name) => (name === 'left' ? slow(name, 5) : idle(name)));
      void root.run();
      const stopped = outcome(root.stop('middle'));
      await expect(root.start('middle/left')).rejects.toEqual(new SupervisorStoppedError('middle'));
      await expect(root.restart('middle/lower/one')).rejects.toEqual(new SupervisorStoppedError('lower'));
      const stop = outcome(root.stop('middle/left'));
      await pass(4);
      expect([stop.is, stopped.is]).toEqual(['pending', 'pending']);
      await pass(1);
      expect([stop.is, stopped.is]).toEqual(['resolved', 'resolved']);
      await root.shutdown();
    });

    it('starts a supervisor that waits for its restart now', async () => {
      const db = new Supervisor([crashing('pool')], { name: 'db', restart: { limit: noRestarts } });
      const root = new Supervisor([db], { restart: 1000 });
      void root.run();
      await pass(5);
      const said = words(root.status$);
      await root.start('db');
      expect(said).toEqual(['db running', 'db/pool running']);
      await root.shutdown();
    });

    it('removes a supervisor with all that is in it, and is told when that has ended', async () => {
      const { root, middle } = three((name) => slow(name, 2));
      void root.run();
      const removed = outcome(root.remove('middle'));
      await pass(7);
      expect(removed.is).toBe('pending');
      await pass(1);
      expect(removed.is).toBe('resolved');
      expect([...root.statuses().keys()]).toEqual(['first', 'last']);
      await expect(root.stop('middle/left')).rejects.toBeInstanceOf(UnknownServiceError);
      // it is free
      void middle.run();
      expect(statusOf(middle)).toMatchObject({ 'lower/one': 'running' });
      void middle.shutdown();
      void root.shutdown();
      await pass(20);
    });
  });

  describe('add', () => {
    it('starts a supervisor with all that is in it', () => {
      const { middle } = three();
      const root = new Supervisor([]);
      const said = words(root.status$);
      void root.run();
      root.add(middle);
      expect(said).toEqual([
        'middle running',
        'middle/left running',
        'middle/lower running',
        'middle/lower/one running',
        'middle/lower/two running',
        'middle/right running',
      ]);
      void root.shutdown();
    });

    it('to a nested supervisor starts the service there, and every level knows of it', async () => {
      const { root, middle, lower } = three();
      void root.run();
      const said = words(root.status$);
      lower.add(idle('three'));
      expect(said).toEqual(['middle/lower/three running']);
      expect([...middle.statuses().keys()]).toEqual([
        'left',
        'lower',
        'lower/one',
        'lower/two',
        'lower/three',
        'right',
      ]);
      await root.stop('middle/lower/three');
      expect(lower.statuses().get('three')).toMatchObject({ status: 'stopped', final: true });
      expect(() => {
        lower.add(idle('three'));
      }).toThrow(new DuplicateServiceError('three'));
      await root.shutdown();
    });

    it('takes no supervisor that has it in it', () => {
      const { root, middle, lower } = three();
      for (const each of [lower, middle, root, service('other', root)]) {
        expect(() => {
          lower.add(each);
        }).toThrow(TypeError);
      }
      expect([...lower.statuses().keys()]).toEqual(['one', 'two']);
    });

    it('to a nested supervisor that is stopping with the root throws SupervisorStoppedError', async () => {
      const { root, lower } = three((name) => slow(name, 3));
      void root.run();
      void root.shutdown();
      expect(() => {
        lower.add(idle('three'));
      }).toThrow(new SupervisorStoppedError('lower'));
      await pass(30);
      lower.add(idle('three'));
      expect([...root.statuses().keys()]).toContain('middle/lower/three');
    });
  });

  it('leaves nothing behind, at any depth', async () => {
    const { root } = three((name) => (name === 'two' ? crashing(name) : slow(name, 1)));
    const controller = new AbortController();
    const run = outcome(root.run({ signal: controller.signal }));
    await pass(6);
    controller.abort();
    await pass(20);
    expect(run.is).toBe('resolved');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('starts and stops 99 levels', async () => {
    let root = new Supervisor([idle('leaf')], { name: 'n' });
    for (let level = 0; level < 99; level++) root = new Supervisor([root], { name: 'n' });
    const said = words(root.status$);
    void root.run();
    expect(said).toHaveLength(100);
    expect(said.at(-1)).toBe(`${'n/'.repeat(99)}leaf running`);
    await root.shutdown();
    expect(said).toHaveLength(200);
  });
});
