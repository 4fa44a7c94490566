import { from } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { service } from '../../lib/service.js';
import type { StatusEvent } from '../../lib/status.js';
import { supervise } from '../../lib/supervise.js';
import { statusMarbles } from '../../lib/testing/status-marbles.js';

const AT = { service: 'a', time: 0, restarts: 0 };

describe('statusMarbles', () => {
  it.each<[StatusEvent, string]>([
    [{ ...AT, status: 'idle' }, 'i'],
    [{ ...AT, status: 'starting' }, 's'],
    [{ ...AT, status: 'running' }, 'r'],
    [{ ...AT, status: 'stopping' }, 'x'],
    [{ ...AT, status: 'stopped', final: false }, 'c'],
    [{ ...AT, status: 'stopped', final: false, restartIn: 3 }, 'c'],
    [{ ...AT, status: 'stopped', final: true }, 'C'],
    [{ ...AT, status: 'failed', final: false, error: 'x' }, 'f'],
    [{ ...AT, status: 'failed', final: true, error: 'x' }, 'F'],
  ])('makes of %o the letter %s', (event, letter) => {
    const seen: string[] = [];
    from([event])
      .pipe(statusMarbles())
      .subscribe((each) => seen.push(each));
    expect(seen).toEqual([letter]);
  });

  it('takes the events of all services, or of one path alone', () => {
    const events = ['a', 'a/b', 'b', 'a'].map((path): StatusEvent => ({ ...AT, service: path, status: 'running' }));
    const count = (path?: string) => {
      let seen = 0;
      from(events)
        .pipe(statusMarbles(path))
        .subscribe(() => seen++);
      return seen;
    };
    expect([count(), count('a'), count('a/b'), count('c'), count('')]).toEqual([4, 2, 1, 0, 0]);
  });

  it('draws the life of a service', () => {
    const scheduler = new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
    scheduler.run(({ cold, expectObservable }) => {
      const a = service('a', cold('    --#'));
      const b = service('b', cold('    -v-#'), { readyOn: 'value' });
      const status$ = supervise([a, b], { restart: 3 });
      const unsubscribe = '            ----------!';
      expectObservable(status$.pipe(statusMarbles('a')), unsubscribe).toBe('r-f--r-f--');
      expectObservable(status$.pipe(statusMarbles('b')), unsubscribe).toBe('sr-f--sr-f');
      expectObservable(supervise([a], { restart: 'never', autoShutdown: 'never' }).pipe(statusMarbles())).toBe('r-F');
    });
  });

  it('passes on the end and the error of what it is given', () => {
    const scheduler = new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
    const r: StatusEvent = { ...AT, status: 'running' };
    scheduler.run(({ cold, expectObservable }) => {
      expectObservable(cold('-r-|', { r }).pipe(statusMarbles())).toBe('-r-|');
      expectObservable(cold('-r-#', { r }).pipe(statusMarbles())).toBe('-r-#');
    });
  });
});
