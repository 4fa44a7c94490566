import { TestScheduler } from 'rxjs/testing';
import { endEvent, isAlive, ofService, type ServiceStatus, type StatusEvent } from '../lib/status.js';
import { COMPLETED, type Termination } from '../lib/termination.js';

describe('endEvent', () => {
  const at = { service: 'a', time: 7, restarts: 2 };
  const error = new Error('lost');

  it.each<[string, Termination, boolean, number | undefined, StatusEvent]>([
    ['a completion, to be followed', COMPLETED, false, 3, { ...at, status: 'stopped', final: false, restartIn: 3 }],
    [
      'a completion, to be followed at once',
      COMPLETED,
      false,
      0,
      { ...at, status: 'stopped', final: false, restartIn: 0 },
    ],
    ['a completion, followed at some time', COMPLETED, false, undefined, { ...at, status: 'stopped', final: false }],
    ['a completion for good', COMPLETED, true, undefined, { ...at, status: 'stopped', final: true }],
    [
      'a failure, to be followed',
      { kind: 'failed', error },
      false,
      3,
      { ...at, status: 'failed', error, final: false, restartIn: 3 },
    ],
    [
      'a failure, to be followed at once',
      { kind: 'failed', error },
      false,
      0,
      { ...at, status: 'failed', error, final: false, restartIn: 0 },
    ],
    [
      'a failure, followed at some time',
      { kind: 'failed', error },
      false,
      undefined,
      { ...at, status: 'failed', error, final: false },
    ],
    ['a failure for good', { kind: 'failed', error }, true, undefined, { ...at, status: 'failed', error, final: true }],
    [
      'a failure by nothing',
      { kind: 'failed', error: undefined },
      true,
      undefined,
      { ...at, status: 'failed', error: undefined, final: true },
    ],
  ])('says, with no field that is not there, %s', (_title, end, final, restartIn, expected) => {
    expect(endEvent('a', 7, 2, end, final, restartIn)).toStrictEqual(expected);
  });
});

describe('isAlive', () => {
  it.each<[ServiceStatus, boolean]>([
    ['idle', false],
    ['starting', true],
    ['running', true],
    ['stopping', true],
    ['stopped', false],
    ['failed', false],
  ])('says of %s: %p', (status, expected) => {
    expect(isAlive(status)).toBe(expected);
  });
});

describe('ofService', () => {
  it('passes on the events of the service with that very path, and not of those in it', () => {
    const event = (service: string): StatusEvent => ({ service, time: 0, restarts: 0, status: 'running' });
    const events = { a: event('api'), b: event('api/db'), c: event('apis'), d: event('db') };
    const scheduler = new TestScheduler((actual, expected) => {
      expect(actual).toEqual(expected);
    });
    scheduler.run(({ hot, expectObservable }) => {
      const status$ = hot('a-b-c-d-a-|', events);
      expectObservable(status$.pipe(ofService('api'))).toBe('   a-------a-|', events);
      expectObservable(status$.pipe(ofService('api/db'))).toBe('--b-------|', events);
      expectObservable(status$.pipe(ofService('d'))).toBe('     ----------|', events);
    });
  });

  it('passes on the object itself, which all subscribers share', () => {
    const scheduler = new TestScheduler(() => undefined);
    const event: StatusEvent = { service: 'a', time: 0, restarts: 0, status: 'running' };
    const seen: StatusEvent[] = [];
    scheduler.run(({ cold }) => {
      cold('a|', { a: event })
        .pipe(ofService('a'))
        .subscribe((each) => seen.push(each));
    });
    expect(seen).toHaveLength(1);
    expect(seen[0]).toBe(event);
  });
});
