import { type AutoShutdown, Significance } from '../lib/significance.js';
import { COMPLETED, type Termination } from '../lib/termination.js';

function failed(error: unknown): Termination {
  return { kind: 'failed', error };
}

/** Of two services, a and b. */
function pair(mode: AutoShutdown): Significance<string> {
  const significance = new Significance<string>(mode);
  significance.joins();
  significance.joins();
  return significance;
}

describe('Significance', () => {
  it.each<[AutoShutdown, boolean, boolean, boolean]>([
    ['never', false, false, false],
    ['any-significant', false, true, true],
    ['all-significant', false, false, true],
  ])('%s: over with none of two ended: %p, with one: %p, with both: %p', (mode, none, one, both) => {
    const significance = pair(mode);
    expect(significance.isOver).toBe(none);
    significance.ends('a', COMPLETED);
    expect(significance.isOver).toBe(one);
    significance.ends('b', COMPLETED);
    expect(significance.isOver).toBe(both);
  });

  it.each<AutoShutdown>(['never', 'any-significant', 'all-significant'])(
    'is not over where none has joined: %s',
    (mode) => {
      expect(new Significance(mode).isOver).toBe(false);
    },
  );

  it('takes back an end that was not the last word', () => {
    const significance = pair('all-significant');
    significance.ends('a', failed(1));
    significance.ends('b', COMPLETED);
    significance.revives('a');
    expect(significance.isOver).toBe(false);
    expect(significance.failure).toBeUndefined();
    significance.ends('a', COMPLETED);
    expect(significance.isOver).toBe(true);
  });

  it('takes back nothing of a service that had not ended by itself', () => {
    const significance = pair('all-significant');
    significance.revives('a');
    significance.ends('a', COMPLETED);
    significance.ends('b', COMPLETED);
    expect(significance.isOver).toBe(true);
  });

  it('knows the first that failed, and its error', () => {
    const significance = pair('all-significant');
    expect(significance.failure).toBeUndefined();
    significance.joins();
    significance.ends('b', COMPLETED);
    expect(significance.failure).toBeUndefined();
    significance.ends('c', failed('first'));
    significance.ends('a', failed('second'));
    expect(significance.failure).toEqual({ service: 'c', error: 'first' });
  });

  it('takes a service that ended again for the later one', () => {
    const significance = pair('all-significant');
    significance.ends('a', failed(1));
    significance.ends('b', failed(2));
    significance.revives('a');
    significance.ends('a', failed(3));
    expect(significance.failure).toEqual({ service: 'b', error: 2 });
  });
});
