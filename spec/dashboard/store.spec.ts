import type { Message } from '../../lib/dashboard/message.js';
import { INITIAL, LOGGED, reduce, type State } from '../../lib/dashboard/store.js';
import type { StatusSnapshot } from '../../lib/node/wire.js';
import { event, failed } from './events.js';

function after(...messages: Message[]): State {
  return messages.reduce(reduce, INITIAL);
}

function status(...given: Parameters<typeof event>): Message {
  return { type: 'status', event: event(...given) };
}

function snapshot(given: Partial<StatusSnapshot>, at = 0): Message {
  return { type: 'snapshot', at, snapshot: { supervisor: 'orders', time: 0, commands: true, services: [], ...given } };
}

const error = { name: 'Error', message: 'gone' };

describe('reduce, with a snapshot', () => {
  it('takes all from it', () => {
    const services = [event({ service: 'b', time: 5 }), failed({ service: 'a', time: 7 })];
    const state = after(snapshot({ time: 1_000, services, history: services }, 900));
    expect(state).toMatchObject({ supervisor: 'orders', commands: true, skew: 100, order: ['b', 'a'], log: services });
    expect(state.services.get('a')?.event).toEqual(services[1]);
    expect(state.services.get('b')?.timeline).toEqual([{ from: 5, condition: 'running', crashes: 0 }]);
  });

  it('knows the last failure, which the latest event is not', () => {
    const state = after(snapshot({ services: [{ ...event({ time: 9 }), lastFailure: { time: 3, error } }] }));
    expect(state.services.get('a')?.failure).toEqual({ time: 3, error });
    expect(state.services.get('a')?.event).toEqual(event({ time: 9 }));
  });

  it('forgets what was before', () => {
    const state = after(status({ service: 'old' }), snapshot({ services: [event({ service: 'new' })] }));
    expect([state.order, [...state.services.keys()], state.log]).toEqual([['new'], ['new'], []]);
  });
});

describe('reduce, with an event', () => {
  it('changes its service alone', () => {
    const before = after(snapshot({ services: [event({ service: 'a' }), event({ service: 'b' })] }));
    const state = reduce(before, { type: 'status', event: failed({ service: 'a', time: 2_000 }) });
    expect(state.services.get('a')).toMatchObject({ failure: { time: 2_000, error }, event: { status: 'failed' } });
    expect(state.services.get('a')?.timeline).toHaveLength(2);
    expect(state.services.get('b')).toBe(before.services.get('b'));
    expect(state.order).toBe(before.order);
    expect(before.services.get('a')?.event.status).toBe('running');
  });

  it('keeps the last failure when the service runs again', () => {
    const state = after({ type: 'status', event: failed({ time: 1 }) }, status({ time: 2 }));
    expect(state.services.get('a')?.failure).toEqual({ time: 1, error });
  });

  it('puts a service that is new at the end of its supervisor', () => {
    const services = ['api', 'api/db', 'mailer'].map((service) => event({ service }));
    expect(after(snapshot({ services }), status({ service: 'api/cache' })).order).toEqual([
      'api',
      'api/db',
      'api/cache',
      'mailer',
    ]);
  });

  it('keeps the latest in the log', () => {
    const events = Array.from({ length: LOGGED + 5 }, (_, time) => status({ time }));
    const { log } = after(...events);
    expect([log.length, log[0]?.time, log.at(-1)?.time]).toEqual([LOGGED, 5, LOGGED + 4]);
  });
});

describe('reduce, with a removal', () => {
  it('forgets the service', () => {
    const state = after(status({ service: 'a' }), status({ service: 'b' }), { type: 'removed', service: 'a' });
    expect([state.order, [...state.services.keys()]]).toEqual([['b'], ['b']]);
  });

  it('changes nothing where it is not known', () => {
    const before = after(status({}));
    expect(reduce(before, { type: 'removed', service: 'x' })).toBe(before);
  });
});

describe('reduce, with a heartbeat', () => {
  it('sets the clock by it', () => {
    expect(after({ type: 'heartbeat', at: 1_000, time: 400 }).skew).toBe(-600);
  });
});

describe('reduce, with what happens to the connection', () => {
  const connection = (status: 'starting' | 'running', time = 0): Message => ({
    type: 'connection',
    event: { service: 'connection', status, time, restarts: 0 },
  });
  const cut = (time: number, restartIn: number): Message => ({
    type: 'connection',
    event: { service: 'connection', status: 'failed', time, restarts: 0, final: false, restartIn, error: undefined },
  });

  it.each([
    ['is connecting at first', [connection('starting')], { kind: 'connecting' }],
    ['is connected when the stream is open', [connection('starting'), { type: 'open' }], { kind: 'connected' }],
    [
      'is still lost where the first that is heard of a new one is that it is lost too',
      [cut(20, 300), connection('starting', 320), connection('running', 330), { type: 'lost', at: 330 }],
      { kind: 'lost', since: 20 },
    ],
    ['is lost, and the browser tries again', [{ type: 'lost', at: 5 }], { kind: 'lost', since: 5, retryAt: undefined }],
    [
      'is lost since the first time',
      [
        { type: 'lost', at: 5 },
        { type: 'lost', at: 8 },
      ],
      { kind: 'lost', since: 5 },
    ],
    ['is connected when the browser has it again', [{ type: 'lost', at: 5 }, { type: 'open' }], { kind: 'connected' }],
    ['says when it is tried again', [cut(20, 300)], { kind: 'lost', since: 20, retryAt: 320 }],
    ['is still lost while it is tried', [cut(20, 300), connection('starting', 320)], { kind: 'lost', since: 20 }],
    ['is connected in the end', [cut(20, 300), connection('running', 320), { type: 'open' }], { kind: 'connected' }],
  ] as const)('%s', (_title, messages, state) => {
    expect(after(...messages).connection).toMatchObject(state);
  });
});
