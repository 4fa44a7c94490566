import fc from 'fast-check';
import { Budget } from '../lib/budget.js';

/** Asks at each of these times, and counts what is allowed. */
function ask(budget: Budget, times: readonly number[]): boolean[] {
  return times.map((now) => {
    const allowed = budget.allows(now);
    if (allowed) budget.count(now);
    return allowed;
  });
}

/** The same, by looking through all that was ever counted. */
function askNaively(restarts: number, within: number, times: readonly number[]): boolean[] {
  const counted: number[] = [];
  return times.map((now) => {
    const allowed = counted.filter((time) => time > now - within && time <= now).length < restarts;
    if (allowed) counted.push(now);
    return allowed;
  });
}

describe('Budget', () => {
  it.each([
    ['so many at one time, and no more', { restarts: 2, within: 10 }, [0, 0, 0], [true, true, false]],
    ['none where it is of 0', { restarts: 0, within: 1 }, [0, 5, 1e9], [false, false, false]],
    ['another when the first is exactly `within` ago', { restarts: 1, within: 10 }, [0, 10], [true, true]],
    ['none shortly before that', { restarts: 1, within: 10 }, [0, 9.999], [true, false]],
    [
      'by a window that slides',
      { restarts: 2, within: 10 },
      [0, 6, 9, 10, 15, 16],
      [true, true, false, true, false, true],
    ],
    ['no more, ever, in a window without end', { restarts: 1, within: Infinity }, [0, 1e300], [true, false]],
  ])('allows %s', (_title, limit, times, expected) => {
    expect(ask(new Budget(limit), times)).toEqual(expected);
  });

  it('counts only what it is told to count', () => {
    const budget = new Budget({ restarts: 1, within: 10 });
    expect([budget.allows(0), budget.allows(0)]).toEqual([true, true]);
    budget.count(0);
    expect(budget.allows(0)).toBe(false);
  });

  it('counts also what nobody asked for before', () => {
    const budget = new Budget({ restarts: 1, within: 10 });
    budget.count(0);
    expect(budget.allows(5)).toBe(false);
  });

  it('keeps its limit for those who report it', () => {
    const limit = { restarts: 3, within: 7 };
    expect(new Budget(limit).limit).toBe(limit);
  });

  it('agrees with a count of all that lie in the window `(now - within, now]`', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 60 }),
        (restarts, within, gaps) => {
          let now = 0;
          const times = gaps.map((gap) => (now += gap));
          expect(ask(new Budget({ restarts, within }), times)).toEqual(askNaively(restarts, within, times));
        },
      ),
    );
  });
});
