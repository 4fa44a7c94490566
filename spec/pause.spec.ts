import { asyncScheduler, EMPTY, NEVER, Observable, of, type SchedulerLike, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { Bus } from '../lib/bus.js';
import { Pause, type Paused } from '../lib/pause.js';
import { COMPLETED, type Termination } from '../lib/termination.js';

const failure = new Error('of the run');
const FAILED: Termination = { kind: 'failed', error: failure };

/** One who waits, and says what he is told. */
function waiting(scheduler: SchedulerLike = asyncScheduler) {
  const told: string[] = [];
  const bus = new Bus();
  const paused: Paused = {
    parent: { bus, scheduler, logger: undefined, stopping: false, reason: undefined },
    timeUp: () => told.push(`up ${scheduler.now()}`),
    refused: ({ last }) => told.push(`refused ${last?.kind ?? ''}`),
    swallowed: (error) => told.push(`swallowed ${String(error)}`),
  };
  return { told, bus, pause: new Pause(paused, COMPLETED) };
}

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
});

afterEach(() => {
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('Pause', () => {
  it('lasts for a time', () => {
    const { told, pause } = waiting();
    pause.for(5);
    jest.advanceTimersByTime(4);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual(['up 5']);
  });

  it('is over now, or, from inside the code of others, on a later turn', () => {
    const { told, bus, pause } = waiting();
    pause.soon();
    expect(told).toEqual(['up 0']);
    bus.enter();
    pause.soon();
    expect(told).toHaveLength(1);
    bus.leave();
    jest.runOnlyPendingTimers();
    expect(told).toHaveLength(2);
  });

  it('comes to nothing where it is cancelled', () => {
    const { told, pause } = waiting();
    pause.for(5);
    pause.cancel();
    pause.cancel();
    jest.advanceTimersByTime(10);
    expect(told).toEqual([]);
  });

  it.each([
    ['the first value, whatever it is', '--a--b-|', ['up 2']],
    ['the end without one, which is a refusal', '---|', ['refused failed']],
    ['an error, which is one too', '  ---#', ['refused failed']],
    ['nothing, where none comes', '-----', []],
    ['a value at once, on a turn of the same instant', '(a|)', ['up 0']],
  ])('lasts until %s', (_title, delay, expected) => {
    const scheduler = new TestScheduler(() => undefined);
    scheduler.run(({ cold, flush }) => {
      const { told, pause } = waiting(scheduler);
      pause.until(cold<unknown>(delay, { a: undefined, b: false }), FAILED);
      expect(told).toEqual([]);
      flush();
      expect(told).toEqual(expected);
      pause.cancel();
    });
  });

  it.each([
    ['a value', of(1), false, []],
    ['an end without a value', EMPTY, true, []],
    ['an error', throwError(() => new Error('of the delay')), true, []],
    ['nothing', NEVER, false, []],
  ])(
    'knows, when the call returns, of %s that came within it, and says nothing yet',
    (_title, delay$, isRefused, said) => {
      const { told, pause } = waiting();
      pause.until(delay$, FAILED);
      expect(pause.isRefused).toBe(isRefused);
      expect(told).toEqual(said);
      pause.cancel();
    },
  );

  it('ends with the error of the delay, which has that of the run as its cause', () => {
    const { pause } = waiting();
    const error = new Error('of the delay');
    pause.until(
      throwError(() => error),
      FAILED,
    );
    expect(pause.last).toEqual({ kind: 'failed', error });
    expect(error.cause).toBe(failure);
  });

  it('waits for a turn where the first value comes in the instant of the failure, so that nothing starves', async () => {
    const { told, pause } = waiting();
    pause.until(
      new Observable(
        (subscriber) =>
          void Promise.resolve().then(() => {
            subscriber.next(1);
          }),
      ),
      FAILED,
    );
    await Promise.resolve();
    expect(told).toEqual([]);
    jest.runOnlyPendingTimers();
    expect(told).toHaveLength(1);
  });

  it('hands over what the teardown of a delay throws, and throws nothing', () => {
    const { told, pause } = waiting();
    pause.until(
      new Observable(() => () => {
        throw new Error('in the teardown');
      }),
      FAILED,
    );
    expect(() => {
      pause.cancel();
    }).not.toThrow();
    expect(told.join()).toContain('in the teardown');
    pause.cancel();
    expect(told).toHaveLength(1);
  });
});
