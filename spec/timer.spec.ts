import { asyncScheduler, Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { after } from '../lib/timer.js';

const LONGEST = 2 ** 31 - 1;
const DELAYS = [0, 0.5, 1, 1000, LONGEST - 1, LONGEST, LONGEST + 1, 2 ** 31 + 5, 2 * LONGEST, 3 * LONGEST + 7];

describe('after', () => {
  describe('on timers', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    it.each([1, 1000, LONGEST - 1, LONGEST, LONGEST + 1, 2 ** 31 + 5, 2 * LONGEST, 3 * LONGEST + 7])(
      'calls with the state after %d ms, and not before',
      (delay) => {
        const work = jest.fn();
        after(asyncScheduler, delay, work, 'state');
        jest.advanceTimersByTime(delay - 1);
        expect(work).not.toHaveBeenCalled();
        jest.advanceTimersByTime(1);
        expect(work.mock.calls).toEqual([['state']]);
        jest.advanceTimersByTime(2 * LONGEST);
        expect(work).toHaveBeenCalledTimes(1);
        expect(jest.getTimerCount()).toBe(0);
      },
    );

    it('calls on a later turn where there is nothing to wait for', () => {
      const work = jest.fn();
      after(asyncScheduler, 0, work, 'state');
      expect(work).not.toHaveBeenCalled();
      jest.advanceTimersByTime(0);
      expect(work.mock.calls).toEqual([['state']]);
    });

    it('never calls, and keeps no timer, after Infinity', () => {
      const work = jest.fn();
      const waiting = after(asyncScheduler, Infinity, work, 'state');
      expect(waiting).toBeInstanceOf(Subscription);
      expect(jest.getTimerCount()).toBe(0);
      jest.advanceTimersByTime(10 * LONGEST);
      expect(work).not.toHaveBeenCalled();
    });

    it.each([
      [1000, 0],
      [1000, 999],
      [3 * LONGEST, 0],
      [3 * LONGEST, LONGEST],
      [3 * LONGEST, 3 * LONGEST - 1],
    ])('is cut, of %d ms after %d, without a call or a timer left', (delay, cutAt) => {
      const work = jest.fn();
      const waiting = after(asyncScheduler, delay, work, 'state');
      jest.advanceTimersByTime(cutAt);
      expect(jest.getTimerCount()).toBe(1);
      waiting.unsubscribe();
      expect(jest.getTimerCount()).toBe(0);
      jest.advanceTimersByTime(delay);
      expect(work).not.toHaveBeenCalled();
    });
  });

  it.each(DELAYS)('keeps to virtual time: %d ms', (delay) => {
    const scheduler = new TestScheduler(() => undefined);
    const calledAt: number[] = [];
    scheduler.run(() => {
      after(scheduler, delay, (times) => times.push(scheduler.now()), calledAt);
    });
    expect(calledAt).toEqual([delay]);
  });
});
