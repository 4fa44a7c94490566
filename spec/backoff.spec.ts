import fc from 'fast-check';
import { type Backoff, constant, exponential, type ExponentialOptions, type Jitter, linear } from '../lib/backoff.js';
import { sequence } from '../lib/testing/sequence.js';

const END = { kind: 'completed' } as const;

function delays(backoff: Backoff, attempts: readonly number[], previous?: number): unknown[] {
  return attempts.map((attempt) => backoff(attempt, END, previous));
}

// numbers at the far ends are what breaks arithmetic; those so small that halves of them are rounded are of no use
const from0 = fc.oneof(
  fc.constantFrom(0, 1e-300, 100, Number.MAX_VALUE),
  fc.double({ min: 1e-300, max: Number.MAX_VALUE, noNaN: true }),
);
const from1 = fc.oneof(fc.constantFrom(1, 2), fc.double({ min: 1, max: Number.MAX_VALUE, noNaN: true }));
const max = fc.oneof(fc.constantFrom(0, 30_000, Infinity), from0);
const attempt = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constantFrom(1025, 2 ** 31, Number.MAX_SAFE_INTEGER));
const random = fc.oneof(fc.constantFrom(0, 0.5), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));

describe('constant', () => {
  it.each([0, 0.5, 50, 2 ** 31, Infinity])('gives %d at each attempt', (ms) => {
    expect(delays(constant(ms), [1, 2, 1000], 7)).toEqual([ms, ms, ms]);
  });
});

describe('linear', () => {
  it.each([
    ['by default from 100, by 100', {}, [1, 2, 3], [100, 200, 300]],
    ['by default up to 30 000', {}, [299, 300, 301, 1e9], [29_900, 30_000, 30_000, 30_000]],
    ['from `initial`', { initial: 7 }, [1, 2], [7, 107]],
    ['by `step`', { step: 0.5 }, [1, 2, 3], [100, 100.5, 101]],
    ['up to `max`', { max: 250 }, [1, 2, 3, 4], [100, 200, 250, 250]],
    ['not at all with a `step` of 0', { step: 0 }, [1, 9], [100, 100]],
    ['never above a `max` below `initial`', { max: 30 }, [1, 2], [30, 30]],
  ])('grows %s', (_title, options, attempts, expected) => {
    expect(delays(linear(options), attempts)).toEqual(expected);
  });

  it('is finite, from 0 up and at most `max` at any attempt', () => {
    fc.assert(
      fc.property(from0, from0, max, attempt, (initial, step, ceiling, nth) => {
        const delay = linear({ initial, step, max: ceiling })(nth, END, undefined) as number;
        expect(Number.isFinite(delay)).toBe(true);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(ceiling);
      }),
    );
  });

  it('never shrinks', () => {
    fc.assert(
      fc.property(from0, from0, max, attempt, (initial, step, ceiling, nth) => {
        const [delay, next] = delays(linear({ initial, step, max: ceiling }), [nth, nth + 1]) as [number, number];
        expect(next).toBeGreaterThanOrEqual(delay);
      }),
    );
  });
});

describe('exponential', () => {
  it.each<[string, ExponentialOptions, number[], number[]]>([
    ['by default from 100, by 2', {}, [1, 2, 3, 4], [100, 200, 400, 800]],
    ['by default up to 30 000', {}, [9, 10, 11], [25_600, 30_000, 30_000]],
    ['from `initial`', { initial: 3 }, [1, 2, 3], [3, 6, 12]],
    ['by `factor`', { factor: 1.5 }, [1, 2, 3], [100, 150, 225]],
    ['not at all with a `factor` of 1', { factor: 1 }, [1, 2, 1e9], [100, 100, 100]],
    ['up to `max`', { max: 500 }, [1, 2, 3, 4], [100, 200, 400, 500]],
    ['never above a `max` below `initial`', { max: 30 }, [1, 2], [30, 30]],
  ])('grows %s', (_title, options, attempts, expected) => {
    expect(delays(exponential({ ...options, jitter: 'none' }), attempts)).toEqual(expected);
  });

  it.each<[Jitter, number, number[]]>([
    ['none', 0, [100, 200, 300, 300]],
    ['none', 0.75, [100, 200, 300, 300]],
    ['full', 0, [0, 0, 0, 0]],
    ['full', 0.75, [75, 150, 225, 225]],
    ['equal', 0, [50, 100, 150, 150]],
    ['equal', 0.75, [87.5, 175, 262.5, 262.5]],
  ])('spreads with jitter %s, at random = %d', (jitter, number, expected) => {
    const backoff = exponential({ max: 300, jitter, random: () => number });
    expect(delays(backoff, [1, 2, 3, 4], 12_345)).toEqual(expected);
  });

  it.each([
    [undefined, 0, 100],
    [undefined, 0.5, 200],
    [100, 0.5, 200],
    [250, 0, 100],
    [250, 0.5, 425],
    [400, 0.5, 500],
  ])('goes on from the delay before with jitter decorrelated: from %p at random = %d', (previous, number, expected) => {
    const backoff = exponential({ initial: 100, max: 500, jitter: 'decorrelated', random: () => number });
    expect(delays(backoff, [1, 50], previous)).toEqual([expected, expected]);
  });

  it('does not round', () => {
    expect(exponential({ initial: 1, random: () => 1 / 3 })(1, END, undefined)).toBe(1 / 3);
  });

  it.each<Jitter>(['full', 'equal', 'decorrelated'])('takes one random number for a delay with jitter %s', (jitter) => {
    const backoff = exponential({ jitter, random: sequence([0.25, 0.5]) });
    expect(backoff(1, END, undefined)).not.toBe(backoff(1, END, undefined));
    expect(() => backoff(1, END, undefined)).toThrow(RangeError);
  });

  it('takes no random number with jitter none', () => {
    expect(exponential({ jitter: 'none', random: sequence([]) })(1, END, undefined)).toBe(100);
  });

  it('has full jitter from Math.random by default, from what that is at the time', () => {
    const backoff = exponential();
    const spy = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    try {
      expect(delays(backoff, [1, 2, 3, 20])).toEqual([50, 100, 200, 15_000]);
    } finally {
      spy.mockRestore();
    }
  });

  it.each<Jitter>(['none', 'full', 'equal', 'decorrelated'])(
    'stays 0 from an `initial` of 0, with jitter %s',
    (jitter) => {
      const backoff = exponential({ initial: 0, jitter, random: () => 0.9 });
      expect(delays(backoff, [1, 2, 2000, Number.MAX_SAFE_INTEGER], undefined)).toEqual([0, 0, 0, 0]);
      expect(delays(backoff, [2, 2000], 0)).toEqual([0, 0]);
    },
  );

  it('is finite, and within the bounds of its jitter, at any attempt', () => {
    fc.assert(
      fc.property(from0, from1, max, attempt, random, (initial, factor, ceiling, nth, number) => {
        const of = (jitter: Jitter) =>
          exponential({ initial, factor, max: ceiling, jitter, random: () => number })(nth, END, undefined) as number;
        const [none, full, equal] = [of('none'), of('full'), of('equal')];
        for (const delay of [none, full, equal]) expect(Number.isFinite(delay)).toBe(true);
        expect(none).toBeLessThanOrEqual(ceiling);
        expect(none).toBeGreaterThanOrEqual(Math.min(initial, ceiling));
        expect(full).toBeGreaterThanOrEqual(0);
        expect(full).toBeLessThanOrEqual(none);
        expect(equal).toBeGreaterThanOrEqual(none / 2);
        expect(equal).toBeLessThanOrEqual(none);
      }),
    );
  });

  it('is finite, and between 0 and `max`, with jitter decorrelated, whatever came before', () => {
    fc.assert(
      fc.property(from0, max, attempt, random, from0, (initial, ceiling, nth, number, previous) => {
        const backoff = exponential({ initial, max: ceiling, jitter: 'decorrelated', random: () => number });
        for (const delay of [...delays(backoff, [nth]), ...delays(backoff, [nth], previous)] as number[]) {
          expect(Number.isFinite(delay)).toBe(true);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(ceiling);
        }
      }),
    );
  });
});
