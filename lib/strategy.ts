/**
 * Which services are restarted where one is, as in OTP: it alone, all, or it and those after it in the list.
 */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** The services that go down with one that is to be restarted, in the order of the list. */
export function siblingsOf<S>(strategy: Strategy, list: Iterable<S>, failed: S): S[] {
  if (strategy === 'one-for-one') return [];
  const all = [...list];
  return strategy === 'one-for-all' ? all.filter((each) => each !== failed) : all.slice(all.indexOf(failed) + 1);
}
