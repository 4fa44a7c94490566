import { ancestorsOf, countBelow, depthOf, nameOf, placeOf } from '../../lib/dashboard/tree.js';

describe('depthOf and nameOf', () => {
  it('split a path', () => {
    expect([depthOf('api'), depthOf('api/db/pool')]).toEqual([0, 2]);
    expect([nameOf('api'), nameOf('api/db/pool')]).toEqual(['api', 'pool']);
  });
});

describe('ancestorsOf', () => {
  it('names the nearest first', () => {
    expect(ancestorsOf('a/b/c')).toEqual(['a/b', 'a']);
    expect(ancestorsOf('a')).toEqual([]);
  });
});

describe('placeOf', () => {
  const order = ['a', 'a/x', 'a/x/1', 'ab', 'b'];

  it.each([
    ['c', 5],
    ['a/y', 3],
    ['a/x/2', 3],
    ['b/1', 5],
    ['ab/1', 4],
    // its supervisor is not known
    ['z/1', 5],
  ])('puts %s at %d', (path, place) => {
    expect(placeOf(path, order)).toBe(place);
  });
});

describe('countBelow', () => {
  it('counts at all levels', () => {
    expect([...countBelow(['a', 'a/x', 'a/x/1', 'a/x/2', 'b'])]).toEqual([
      ['a', 3],
      ['a/x', 2],
    ]);
  });
});
