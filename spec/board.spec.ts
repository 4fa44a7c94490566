import { Board } from '../lib/board.js';
import type { StatusEvent } from '../lib/status.js';

function running(service: string, restarts = 0): StatusEvent {
  return { service, time: 1, restarts, status: 'running' };
}

describe('Board', () => {
  it('says idle, as of now, of a service that has had no event', () => {
    const board = new Board(() => 42);
    board.add('a');
    expect([...board.snapshot()]).toEqual([['a', { service: 'a', status: 'idle', time: 42, restarts: 0 }]]);
  });

  it('keeps the latest event of each service, the very object', () => {
    const board = new Board(() => 0);
    const [first, second, other] = [running('a'), running('a', 1), running('b')];
    for (const event of [first, other, second]) board.set(event);
    expect(board.snapshot().get('a')).toBe(second);
    expect(board.snapshot().get('b')).toBe(other);
  });

  it('keeps the order in which services were added, whatever the order of their events', () => {
    const board = new Board(() => 0);
    for (const path of ['c', 'a', 'b']) board.add(path);
    for (const path of ['b', 'c']) board.set(running(path));
    expect([...board.snapshot().keys()]).toEqual(['c', 'a', 'b']);
    expect([...board.snapshot().values()].map(({ status }) => status)).toEqual(['running', 'idle', 'running']);
  });

  it('gives the same object until something changes, and the same event of an idle service for as long as it is idle', () => {
    let now = 0;
    const board = new Board(() => now++);
    board.add('a');
    board.add('b');
    const first = board.snapshot();
    expect(board.snapshot()).toBe(first);
    board.set(running('a'));
    const second = board.snapshot();
    expect(second).not.toBe(first);
    expect(second.get('b')).toBe(first.get('b'));
    board.add('c');
    expect(board.snapshot()).not.toBe(second);
    expect([...board.snapshot().keys()]).toEqual(['a', 'b', 'c']);
  });

  it('never changes what it has given', () => {
    const board = new Board(() => 0);
    board.add('a');
    const before = board.snapshot();
    board.set(running('a'));
    board.set(running('b'));
    board.snapshot();
    expect([...before.values()].map(({ service, status }) => [service, status])).toEqual([['a', 'idle']]);
  });
});
