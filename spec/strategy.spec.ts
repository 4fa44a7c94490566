import { siblingsOf, type Strategy } from '../lib/strategy.js';

describe('siblingsOf', () => {
  it.each<[Strategy, string, string]>([
    ['one-for-one', 'a', ''],
    ['one-for-one', 'b', ''],
    ['one-for-one', 'd', ''],
    ['one-for-all', 'a', 'bcd'],
    ['one-for-all', 'b', 'acd'],
    ['one-for-all', 'd', 'abc'],
    ['rest-for-one', 'a', 'bcd'],
    ['rest-for-one', 'b', 'cd'],
    ['rest-for-one', 'd', ''],
  ])('%s: of a, b, c and d, with %s go down in the order of the list: %j', (strategy, failed, siblings) => {
    expect(siblingsOf(strategy, 'abcd', failed).join('')).toBe(siblings);
  });

  it.each<Strategy>(['one-for-one', 'one-for-all', 'rest-for-one'])(
    'are none where it stands alone: %s',
    (strategy) => {
      expect(siblingsOf(strategy, ['a'], 'a')).toEqual([]);
    },
  );

  it('takes any iterable, reads it once, and leaves it as it was', () => {
    const list = new Set(['a', 'b', 'c']);
    expect(siblingsOf('rest-for-one', list.values(), 'a')).toEqual(['b', 'c']);
    expect([...list]).toEqual(['a', 'b', 'c']);
  });

  it('tells services apart by identity', () => {
    const [one, other] = [{ name: 'a' }, { name: 'a' }];
    const siblings = siblingsOf('one-for-all', [one, other], one);
    expect(siblings).toHaveLength(1);
    expect(siblings[0]).toBe(other);
  });
});
