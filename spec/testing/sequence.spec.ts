import { exponential } from '../../lib/backoff.js';
import { sequence } from '../../lib/testing/sequence.js';

describe('sequence', () => {
  it('gives its numbers in their order, 0 as well', () => {
    const random = sequence([0, 0.5, 0]);
    expect([random(), random(), random()]).toEqual([0, 0.5, 0]);
  });

  it('throws when it has run out, each time, and says how many there were', () => {
    const random = sequence([0.5, 1]);
    random();
    random();
    expect(random).toThrow(new RangeError('The sequence has run out: it had 2 numbers'));
    expect(random).toThrow(RangeError);
  });

  it('takes any iterable, and is not changed by what becomes of it', () => {
    const numbers = [0.25];
    const fromArray = sequence(numbers);
    numbers[0] = 0.75;
    expect(fromArray()).toBe(0.25);
    expect(sequence(new Set([0.125]))()).toBe(0.125);
  });

  it('makes the delays of a backoff known', () => {
    const delay = exponential({ initial: 100, random: sequence([0, 0.5, 1]) });
    const end = { kind: 'completed' } as const;
    expect([1, 2, 3].map((attempt) => delay(attempt, end, undefined))).toEqual([0, 100, 400]);
  });
});
