import { History } from '../../lib/node/history.js';

function historyOf(size: number, items: string): History<string> {
  const history = new History<string>(size);
  for (const each of items) history.add(each);
  return history;
}

describe('History', () => {
  it('numbers what is added from 1 on', () => {
    const history = new History<string>(2);
    expect(history.last).toBe(0);
    expect([history.add('a'), history.add('b'), history.add('c')]).toEqual([1, 2, 3]);
    expect(history.last).toBe(3);
  });

  it.each([
    [3, '', ''],
    [3, 'a', 'a'],
    [3, 'abc', 'abc'],
    [3, 'abcd', 'bcd'],
    [3, 'abcdefgh', 'fgh'],
    [1, 'abc', 'c'],
    [0, 'abc', ''],
  ])('of %d keeps of %p the latest, the oldest first: %p', (size, added, kept) => {
    expect(historyOf(size, added).all().join('')).toBe(kept);
  });

  it.each([
    [3, 5, ''],
    [3, 4, 'e'],
    [3, 3, 'de'],
    [3, 2, 'cde'],
    [3, 1, undefined],
    [3, 0, undefined],
    [3, -1, undefined],
    [3, 6, undefined],
    [3, Infinity, undefined],
    [5, 0, 'abcde'],
    [9, 0, 'abcde'],
    [9, -1, undefined],
    [0, 5, ''],
    [0, 4, undefined],
  ])('of %d, with five items, has since number %d: %p', (size, number, missed) => {
    expect(historyOf(size, 'abcde').since(number)?.join('')).toBe(missed);
  });

  it('says what is missed in order also where it begins anew within', () => {
    const history = historyOf(4, 'abcdef');
    expect(history.since(2)).toEqual(['c', 'd', 'e', 'f']);
    history.add('g');
    expect(history.since(2)).toBeUndefined();
    expect(history.since(3)).toEqual(['d', 'e', 'f', 'g']);
  });
});
