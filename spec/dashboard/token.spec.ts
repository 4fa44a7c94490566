import { tokenIn } from '../../lib/dashboard/token.js';

describe('tokenIn', () => {
  it.each([
    ['', undefined],
    ['#', undefined],
    ['#token=', undefined],
    ['#events', undefined],
    ['#mytoken=no', undefined],
    ['#token=abc', 'abc'],
    ['#token=a%20b%2Fc', 'a b/c'],
    ['#token=a+b==', 'a+b=='],
    ['#x=1&token=abc&y=2', 'abc'],
    ['#token=100%', '100%'],
  ])('of %j is %j', (hash, token) => {
    expect(tokenIn(hash)).toBe(token);
  });
});
