import { stripOf, viewBoxAt } from '../../lib/dashboard/strip.js';
import { WINDOW } from '../../lib/dashboard/timeline.js';

describe('stripOf', () => {
  it('draws a band for each condition, and a mark over the whole height for a crash', () => {
    const strip = stripOf(
      [
        { from: 1_000, condition: 'running', crashes: 0 },
        { from: 5_000, condition: 'waiting', crashes: 1 },
        { from: 6_000, condition: 'running', crashes: 0 },
        { from: 8_000, condition: 'failed', crashes: 2 },
      ],
      2_000,
    );
    expect([...strip]).toEqual([
      ['running', 'M-1 4H3V16H-1zM4 4H6V16H4z'],
      ['waiting', 'M3 8H4V12H3z'],
      ['crash', 'M3 0V20M6 0V20'],
      // the end is not known: it goes on beyond what can be seen
      ['failed', 'M6 8H306V12H6z'],
    ]);
  });
});

describe('viewBoxAt', () => {
  it('shows the window up to now', () => {
    expect(viewBoxAt(10_000 + WINDOW, 4_000)).toBe('6 0 300 20');
  });
});
