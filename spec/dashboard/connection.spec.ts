import type { Subscription } from 'rxjs';
import { messagesFrom } from '../../lib/dashboard/connection.js';
import type { Message } from '../../lib/dashboard/message.js';
import { pass } from '../helpers.js';

/** As much of an EventSource as is needed. */
class FakeSource extends EventTarget {
  static readonly made: FakeSource[] = [];
  readonly CLOSED = 2;
  readyState = 0;

  constructor() {
    super();
    FakeSource.made.push(this);
  }

  close(): void {
    this.readyState = this.CLOSED;
  }

  says(type: string, data: object): void {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
  }

  opens(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event('open'));
  }

  fails(readyState: number): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event('error'));
  }
}

const snapshot = { supervisor: 'orders', time: 5, commands: false, services: [] };
let heard: Message[];
let listening: Subscription;

function source(index = FakeSource.made.length - 1): FakeSource {
  const made = FakeSource.made[index];
  if (made === undefined) throw new Error(`There is no source ${index}`);
  return made;
}

/** What was heard of the connection. */
function states(): string[] {
  return heard.flatMap((each) => (each.type === 'connection' ? [each.event.status] : []));
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(Math, 'random').mockReturnValue(1);
  FakeSource.made.length = 0;
  heard = [];
  listening = messagesFrom(() => new FakeSource() as unknown as EventSource).subscribe((each) => {
    heard.push(each);
  });
});

afterEach(() => {
  listening.unsubscribe();
  jest.restoreAllMocks();
  jest.useRealTimers();
});

describe('messagesFrom', () => {
  it('passes on what the server says', () => {
    const at = Date.now();
    source().opens();
    source().says('snapshot', snapshot);
    source().says('status', { service: 'a', status: 'running', time: 6, restarts: 0 });
    source().says('removed', { service: 'a' });
    source().says('heartbeat', { time: 7 });
    expect(heard.filter(({ type }) => type !== 'connection')).toEqual([
      { type: 'open' },
      { type: 'snapshot', at, snapshot },
      { type: 'status', event: { service: 'a', status: 'running', time: 6, restarts: 0 } },
      { type: 'removed', service: 'a' },
      { type: 'heartbeat', at, time: 7 },
    ]);
    expect(states()).toEqual(['starting', 'running']);
  });

  it('leaves it to the browser to connect again where that does so', async () => {
    source().opens();
    source().fails(0);
    await pass(5_000);
    source().opens();
    expect(heard.slice(-2)).toEqual([{ type: 'lost', at: Date.now() - 5_000 }, { type: 'open' }]);
    expect(FakeSource.made).toHaveLength(1);
    expect(states()).toEqual(['starting', 'running']);
  });

  it('connects anew, after a delay that grows, where the server has refused', async () => {
    source().fails(2);
    expect(heard.at(-1)).toMatchObject({ event: { status: 'failed', final: false, restartIn: 500 } });
    await pass(500);
    source(1).fails(2);
    expect(heard.at(-1)).toMatchObject({ event: { status: 'failed', restartIn: 1_000 } });
    await pass(999);
    expect(FakeSource.made).toHaveLength(2);
    await pass(1);
    expect(FakeSource.made).toHaveLength(3);
    source().opens();
    expect(states().at(-1)).toBe('running');
  });

  it('connects anew where nothing is heard for two and a half heartbeats', async () => {
    source().opens();
    await pass(37_499);
    expect(states()).toEqual(['starting', 'running']);
    await pass(1);
    expect(states()).toEqual(['starting', 'running', 'failed']);
    expect(source(0).readyState).toBe(2);
    await pass(500);
    expect(FakeSource.made).toHaveLength(2);
  });

  it('connects anew where it is not even opened', async () => {
    await pass(38_000);
    expect(states()).toEqual(['starting', 'failed', 'starting']);
    expect(FakeSource.made).toHaveLength(2);
  });

  it('waits as long as the heartbeat of the server wants', async () => {
    source().says('snapshot', { ...snapshot, heartbeat: 100_000 });
    await pass(249_999);
    expect(states()).toEqual(['starting', 'running']);
    source().says('heartbeat', { time: 1 });
    await pass(249_999);
    expect(states()).toEqual(['starting', 'running']);
    await pass(1);
    expect(states()).toEqual(['starting', 'running', 'failed']);
  });

  it('connects anew where what it hears cannot be read', () => {
    source().dispatchEvent(new MessageEvent('status', { data: '{' }));
    expect(states().at(-1)).toBe('failed');
    expect(source(0).readyState).toBe(2);
  });

  it('closes the source when it is unsubscribed from, and leaves nothing behind', () => {
    source().opens();
    listening.unsubscribe();
    expect(source().readyState).toBe(2);
    expect(jest.getTimerCount()).toBe(0);
  });
});
