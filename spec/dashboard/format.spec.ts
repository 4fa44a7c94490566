import { countdown, duration, errorTitle, plural, timeOfDay } from '../../lib/dashboard/format.js';

describe('duration', () => {
  it.each([
    [-5, '0s'],
    [0, '0s'],
    [999, '0s'],
    [1_000, '1s'],
    [59_999, '59s'],
    [60_000, '1m 0s'],
    [200_500, '3m 20s'],
    [3_599_999, '59m 59s'],
    [3_600_000, '1h 0m'],
    [18_120_000, '5h 2m'],
    [86_400_000, '1d 0h'],
    [183_600_000, '2d 3h'],
  ])('of %d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('countdown', () => {
  it.each([
    [-5_000, '0.0s'],
    [0, '0.0s'],
    [1, '0.1s'],
    [2_400, '2.4s'],
    [9_950, '10.0s'],
    [10_000, '10s'],
    [61_000, '1m 1s'],
  ])('of %d ms is %s', (ms, text) => {
    expect(countdown(ms)).toBe(text);
  });
});

describe('timeOfDay', () => {
  it('has two digits for each part', () => {
    expect(timeOfDay(new Date(2026, 0, 2, 9, 5, 7).getTime())).toBe('09:05:07');
  });
});

describe('plural', () => {
  it('counts one and many, by a plural of its own where there is one', () => {
    expect([plural(1, 'service'), plural(0, 'service'), plural(2, 'crash', 'crashes')]).toEqual([
      '1 service',
      '0 services',
      '2 crashes',
    ]);
  });
});

describe('errorTitle', () => {
  it('leaves out a message that is empty', () => {
    expect(errorTitle({ name: 'TypeError', message: 'no' })).toBe('TypeError: no');
    expect(errorTitle({ name: 'TypeError', message: '' })).toBe('TypeError');
  });
});
