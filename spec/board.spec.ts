import { Board } from '../lib/board.js';
import type { StatusEvent } from '../lib/status.js';

function running(service: string, restarts = 0): StatusEvent {
  return { service, time: 1, restarts, status: 'running' };
}

/** A board of services that may come and go. */
function boardOf(paths: string[], now: () => number = () => 0): Board {
  return new Board(() => paths, now);
}

describe('Board', () => {
  it('says idle, as of now, of a service that has had no event', () => {
    const board = boardOf(['a'], () => 42);
    expect([...board.snapshot()]).toEqual([['a', { service: 'a', status: 'idle', time: 42, restarts: 0 }]]);
  });

  it('keeps the latest event of each service, the very object', () => {
    const board = boardOf(['a', 'b']);
    const [first, second, other] = [running('a'), running('a', 1), running('b')];
    for (const event of [first, other, second]) board.set(event);
    expect(board.snapshot().get('a')).toBe(second);
    expect(board.snapshot().get('b')).toBe(other);
  });

  it('has the order of the list, whatever the order of the events', () => {
    const board = boardOf(['c', 'a', 'b']);
    for (const path of ['b', 'c']) board.set(running(path));
    expect([...board.snapshot()].map(([path, { status }]) => `${path} ${status}`)).toEqual([
      'c running',
      'a idle',
      'b running',
    ]);
  });

  it('gives the same object until something changes, and the same event of an idle service for as long as it is idle', () => {
    let now = 0;
    const paths = ['a', 'b'];
    const board = boardOf(paths, () => now++);
    const first = board.snapshot();
    expect(board.snapshot()).toBe(first);
    board.set(running('a'));
    const second = board.snapshot();
    expect(second).not.toBe(first);
    expect(second.get('b')).toBe(first.get('b'));
    paths.push('c');
    expect(board.snapshot()).toBe(second);
    board.refresh();
    expect([...board.snapshot().keys()]).toEqual(['a', 'b', 'c']);
  });

  it('never changes what it has given', () => {
    const board = boardOf(['a']);
    const before = board.snapshot();
    board.set(running('a'));
    board.snapshot();
    expect([...before.values()].map(({ service, status }) => [service, status])).toEqual([['a', 'idle']]);
  });

  it('knows nothing of a service that was reset: one of its name is idle', () => {
    const board = boardOf(['a']);
    board.set(running('a'));
    board.snapshot();
    board.reset('a');
    expect(board.snapshot().get('a')?.status).toBe('idle');
  });

  it('does not speak of events of services that are in no list', () => {
    const board = boardOf(['a']);
    board.set(running('gone'));
    expect([...board.snapshot().keys()]).toEqual(['a']);
  });
});
