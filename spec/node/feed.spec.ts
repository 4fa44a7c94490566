import { NEVER, type Observable, Subject, type Subscription, VirtualTimeScheduler } from 'rxjs';
import { type Service, service, Supervisor, type SupervisorOptions } from '../../lib/index.js';
import { Feed } from '../../lib/node/feed.js';
import type { StatusEventJson, StatusSnapshot } from '../../lib/node/wire.js';
import { idle } from '../helpers.js';

const SETTINGS = { stacks: false, commands: false, history: 100, heartbeat: 15_000 };

const listening: Subscription[] = [];

function feedOf(supervisor: Supervisor, settings: Partial<typeof SETTINGS> = {}): Feed {
  const feed = new Feed(supervisor, { ...SETTINGS, ...settings });
  listening.push(feed.listening$.subscribe());
  return feed;
}

function runningOf(services: Service[], options: SupervisorOptions = {}): Supervisor {
  const supervisor = new Supervisor(services, { name: 'tree', autoShutdown: 'never', ...options });
  void supervisor.run();
  return supervisor;
}

interface Heard {
  readonly frames: string[];
  readonly subscription: Subscription;
}

function listenTo(feed: Feed, lastId?: string): Heard {
  const frames: string[] = [];
  return { frames, subscription: feed.frames(lastId).subscribe((frame) => frames.push(frame)) };
}

/** As words: `snapshot`, `a failed`, `- a`, `heartbeat`. */
function words({ frames }: Heard): string[] {
  return frames
    .join('')
    .split('\n\n')
    .flatMap((frame) => {
      const event = /^event: (.*)$/m.exec(frame)?.[1];
      const data = JSON.parse(/^data: ([^\n]*)$/m.exec(frame)?.[1] ?? '{}') as StatusEventJson;
      if (event === 'status') return [`${data.service} ${data.status}`];
      if (event === 'removed') return [`- ${data.service}`];
      return event === undefined ? [] : [event];
    });
}

function lastId({ frames }: Heard): string {
  return Array.from(frames.join('').matchAll(/^id: (.*)$/gm)).at(-1)?.[1] ?? '';
}

function snapshotIn({ frames }: Heard): StatusSnapshot {
  return JSON.parse(/^event: snapshot\ndata: (.*)$/m.exec(frames[0] ?? '')?.[1] ?? '{}') as StatusSnapshot;
}

/** A service that fails, and is run again, when the test says so. */
function crashing(name: string): { readonly service: Service; fail(error?: Error): void } {
  let run$ = new Subject();
  const restart$ = new Subject();
  const start = (): Observable<unknown> => (run$ = new Subject());
  return {
    service: service(name, start, { restart: { delay: () => restart$ } }),
    fail: (error = new Error('down')) => {
      run$.error(error);
      restart$.next(undefined);
      jest.advanceTimersByTime(0);
    },
  };
}

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});

afterEach(() => {
  for (const each of listening.splice(0)) each.unsubscribe();
  jest.useRealTimers();
});

describe('Feed', () => {
  it('listens to the supervisor while it is subscribed to, and leaves nothing behind', () => {
    const a = crashing('a');
    const supervisor = runningOf([a.service]);
    const feed = new Feed(supervisor, SETTINGS);
    const listens = feed.listening$.subscribe();
    const heard = listenTo(feed);
    a.fail();
    listens.unsubscribe();
    a.fail();
    jest.advanceTimersByTime(60_000);
    expect(words(heard)).toEqual(['snapshot', 'a failed', 'a running']);
    expect(jest.getTimerCount()).toBe(0);
  });

  describe('snapshot', () => {
    it('has the services in the order of the lists, and what the supervisor is', () => {
      const inner = new Supervisor([idle('db')], { name: 'api' });
      const feed = feedOf(new Supervisor([idle('z'), inner, idle('a')], { name: 'tree' }), { commands: true });
      expect(feed.snapshot()).toEqual({
        supervisor: 'tree',
        time: 1_000_000,
        commands: true,
        services: ['z', 'api', 'api/db', 'a'].map((name) => ({
          service: name,
          status: 'idle',
          time: 1_000_000,
          restarts: 0,
        })),
      });
    });

    it(`tells the time by the supervisor's own clock`, () => {
      const scheduler = new VirtualTimeScheduler();
      scheduler.frame = 42;
      const feed = feedOf(runningOf([idle('a')], { scheduler }));
      expect(feed.snapshot()).toMatchObject({ time: 42, services: [{ time: 42 }] });
      expect(snapshotIn(listenTo(feed)).time).toBe(42);
    });

    it('has the latest failure of a service that runs again, also of one before it was listened to', () => {
      const [a, b] = [crashing('a'), crashing('b')];
      const supervisor = runningOf([a.service, service('c', new Subject()), b.service]);
      const feed = feedOf(supervisor);
      a.fail(new Error('first'));
      jest.advanceTimersByTime(5);
      a.fail(new Error('second'));
      const lastFailure = { time: 1_000_005, error: { name: 'Error', message: 'second' } };
      expect(feed.snapshot().services).toMatchObject([{ status: 'running', restarts: 2, lastFailure }, {}, {}]);
      expect(feed.snapshot().services.map((each) => 'lastFailure' in each)).toEqual([true, false, false]);
    });

    it('has the failure of a service that had failed before', () => {
      const failed$ = new Subject();
      const supervisor = runningOf([service('a', failed$, { restart: 'never' })]);
      failed$.error(new Error('down'));
      expect(feedOf(supervisor).snapshot().services).toMatchObject([{ lastFailure: { error: { message: 'down' } } }]);
    });

    it('has stacks where they are asked for', () => {
      const failed$ = new Subject();
      const supervisor = runningOf([service('a', failed$, { restart: 'never' })]);
      failed$.error(new Error('down'));
      const shows = (stacks: boolean) => JSON.stringify(feedOf(supervisor, { stacks }).snapshot()).includes('stack');
      expect([shows(true), shows(false)]).toEqual([true, false]);
    });
  });

  describe('frames', () => {
    it('begin with a snapshot, which has the history, and go on with each change', () => {
      const a = crashing('a');
      const feed = feedOf(runningOf([a.service]));
      a.fail();
      const heard = listenTo(feed);
      expect(snapshotIn(heard)).toMatchObject({
        supervisor: 'tree',
        heartbeat: 15_000,
        services: [{ service: 'a', status: 'running' }],
        history: [{ status: 'failed' }, { status: 'running' }],
      });
      a.fail();
      expect(words(heard)).toEqual(['snapshot', 'a failed', 'a running']);
      expect(heard.frames[0]).toMatch(/^retry: 1000\n\nid: [0-9a-f]{8}-2\nevent: snapshot\ndata: {"time":/);
      expect(heard.frames[2]).toBe(
        `id: ${lastId(heard)}\nevent: status\ndata: {"service":"a","status":"running","time":1000000,"restarts":2}\n\n`,
      );
    });

    it('are those of nested services too', () => {
      const db = crashing('db');
      const feed = feedOf(runningOf([new Supervisor([db.service], { name: 'api' })]));
      const heard = listenTo(feed);
      db.fail();
      expect(words(heard)).toEqual(['snapshot', 'api/db failed', 'api/db running']);
    });

    it('give a sign of life every so often, which has no id', () => {
      const heard = listenTo(feedOf(runningOf([]), { heartbeat: 700 }));
      jest.advanceTimersByTime(1_400);
      expect(heard.frames.slice(1)).toEqual([
        ': heartbeat\nevent: heartbeat\ndata: {"time":1000700}\n\n',
        ': heartbeat\nevent: heartbeat\ndata: {"time":1001400}\n\n',
      ]);
    });

    it('are each one line of data, whatever a service is called or throws', () => {
      const a = crashing('a\nb\r\u2028: <img src=x onerror=alert(1)>');
      const heard = listenTo(feedOf(runningOf([a.service])));
      a.fail(new Error('line\n\nid: 5\r\n\r\nevent: snapshot\ud800'));
      expect(words(heard)).toHaveLength(3);
      expect(heard.frames[1]?.split(/\r\n|\r|\n/)).toHaveLength(5);
    });

    it('keep the order in which things happened, also of events that an observer causes', () => {
      const a = crashing('a');
      const supervisor = runningOf([a.service, idle('b')]);
      supervisor.status$.subscribe(({ service, status }) => {
        if (service === 'a' && status === 'failed') void supervisor.stop('b');
      });
      const heard = listenTo(feedOf(supervisor));
      const order: string[] = [];
      supervisor.status$.subscribe(({ service, status }) => order.push(`${service} ${status}`));
      a.fail();
      expect(words(heard)).toEqual(['snapshot', 'a failed', 'b stopped', 'a running']);
      expect(order).toEqual(words(heard).slice(1));
    });
  });

  describe('resumed', () => {
    it.each([
      [0, 100, ['a failed', 'a running', 'a failed', 'a running']],
      [1, 100, ['a running', 'a failed', 'a running']],
      [4, 100, []],
      [1, 3, ['a running', 'a failed', 'a running']],
      [0, 3, ['snapshot']],
      [4, 0, []],
      [3, 0, ['snapshot']],
      [5, 100, ['snapshot']],
    ])('after message %d of 4, with a history of %d, has %p', (number, history, expected) => {
      const a = crashing('a');
      const feed = feedOf(runningOf([a.service]), { history });
      const epoch = lastId(listenTo(feed)).split('-')[0] ?? '';
      a.fail();
      a.fail();
      const heard = listenTo(feed, `${epoch}-${number}`);
      expect(words(heard)).toEqual(expected);
      a.fail();
      expect(words(heard)).toEqual([...expected, 'a failed', 'a running']);
    });

    it('has the very frames that were missed', () => {
      const a = crashing('a');
      const feed = feedOf(runningOf([a.service]));
      const stayed = listenTo(feed);
      const left = listenTo(feed);
      a.fail();
      left.subscription.unsubscribe();
      a.fail();
      a.fail();
      const back = listenTo(feed, lastId(left));
      expect(back.frames.join('')).toBe('retry: 1000\n\n' + stayed.frames.slice(left.frames.length).join(''));
    });

    it.each([
      '',
      'x',
      '-',
      '-1',
      'EPOCH',
      'EPOCH-',
      'EPOCH--1',
      'EPOCH-1.5',
      'EPOCH-1e0',
      'EPOCH-0x1',
      'EPOCH- 1',
      'EPOCH-1 ',
      'EPOCH-1-1',
      'EPOCH-3',
      `EPOCH-${'9'.repeat(400)}`,
      'EPOCH-NaN',
      'EPOCH-Infinity',
      '00000000-1',
      'undefined-1',
      '1',
      'x'.repeat(10_000),
    ])('after %p, which is no id of its own, has a snapshot', (id) => {
      const a = crashing('a');
      const feed = feedOf(runningOf([a.service]));
      const epoch = lastId(listenTo(feed)).split('-')[0] ?? '';
      a.fail();
      expect(words(listenTo(feed, id.replace('EPOCH', epoch)))).toEqual(['snapshot']);
      expect(words(listenTo(feed, `${epoch}-1`))).toEqual(['a running']);
    });

    it('with the id of another feed has a snapshot', () => {
      const supervisor = runningOf([idle('a')]);
      const other = lastId(listenTo(feedOf(supervisor)));
      expect(words(listenTo(feedOf(supervisor), other))).toEqual(['snapshot']);
    });

    it('has no history in the snapshot where none is kept', () => {
      const a = crashing('a');
      const feed = feedOf(runningOf([a.service]), { history: 0 });
      a.fail();
      expect(snapshotIn(listenTo(feed)).history).toEqual([]);
    });
  });

  describe('where services come and go', () => {
    it('tells at once of one that is removed while it runs, and of one that is added', async () => {
      const supervisor = runningOf([idle('a')]);
      const feed = feedOf(supervisor);
      const heard = listenTo(feed);
      await supervisor.remove('a');
      supervisor.add(idle('b'));
      expect(words(heard)).toEqual(['snapshot', 'a stopped', '- a', 'b running']);
      jest.advanceTimersByTime(2_000);
      expect(words(heard)).toHaveLength(4);
      const { history } = snapshotIn(listenTo(feed));
      expect(history?.map(({ service, status }) => `${service} ${status}`)).toEqual(['a stopped', 'b running']);
    });

    it('tells within a second of those that do not run', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const heard = listenTo(feedOf(supervisor));
      await supervisor.remove('a');
      supervisor.add(idle('b'));
      expect(words(heard)).toEqual(['snapshot']);
      jest.advanceTimersByTime(1_000);
      expect(words(heard)).toEqual(['snapshot', '- a', 'b idle']);
    });

    it('tells before the snapshot of one who comes', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const feed = feedOf(supervisor);
      const first = listenTo(feed);
      await supervisor.remove('a');
      supervisor.add(idle('b'));
      const second = listenTo(feed);
      expect(words(first)).toEqual(['snapshot', '- a', 'b idle']);
      expect(words(second)).toEqual(['snapshot']);
      expect(snapshotIn(second).services.map((each) => each.service)).toEqual(['b']);
      expect(lastId(second)).toBe(lastId(first));
    });

    it('takes no service for the one that had its name', async () => {
      const a = crashing('a');
      const supervisor = runningOf([a.service]);
      const feed = feedOf(supervisor);
      a.fail();
      await supervisor.remove('a');
      supervisor.add(idle('a'));
      expect(feed.snapshot().services).toEqual([{ service: 'a', status: 'running', time: 1_000_000, restarts: 0 }]);
    });

    it('tells of one that took the place of another of its name, where nothing runs', async () => {
      const failed$ = new Subject();
      const supervisor = runningOf([service('a', failed$, { restart: 'never' })]);
      failed$.error(new Error('down'));
      await supervisor.shutdown();
      const feed = feedOf(supervisor);
      const heard = listenTo(feed);
      await supervisor.remove('a');
      supervisor.add(service('a', NEVER));
      jest.advanceTimersByTime(1_000);
      expect(words(heard)).toEqual(['snapshot', 'a idle']);
      expect(feed.snapshot().services).toEqual([{ service: 'a', status: 'idle', time: 1_001_000, restarts: 0 }]);
    });

    it('tells of the services of a supervisor that comes and goes', async () => {
      const supervisor = new Supervisor([]);
      const heard = listenTo(feedOf(supervisor));
      supervisor.add(new Supervisor([idle('db')], { name: 'api' }));
      jest.advanceTimersByTime(1_000);
      await supervisor.remove('api');
      jest.advanceTimersByTime(1_000);
      expect(words(heard)).toEqual(['snapshot', 'api idle', 'api/db idle', '- api', '- api/db']);
    });
  });

  it('does not make frames that nobody reads', () => {
    const a = crashing('a');
    const feed = feedOf(runningOf([a.service]));
    const stringify = jest.spyOn(JSON, 'stringify');
    a.fail();
    expect(stringify).not.toHaveBeenCalled();
    stringify.mockRestore();
    expect(words(listenTo(feed))).toEqual(['snapshot']);
  });

  it('makes one snapshot for all who come before the next change', () => {
    const supervisor = runningOf(Array.from({ length: 1_000 }, (_, index) => idle(`service ${index}`)));
    const feed = feedOf(supervisor);
    const first = listenTo(feed);
    const statuses = jest.spyOn(supervisor, 'statuses');
    const others = Array.from({ length: 1_000 }, () => listenTo(feed));
    expect(statuses).not.toHaveBeenCalled();
    expect(others.every(({ frames }) => frames[0] === first.frames[0])).toBe(true);
    expect(snapshotIn(first).services).toHaveLength(1_000);
  });
});
