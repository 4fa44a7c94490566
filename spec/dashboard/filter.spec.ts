import { type Filter, filterBy, isSearching, NO_FILTER, visiblePaths } from '../../lib/dashboard/filter.js';
import { INITIAL, reduce } from '../../lib/dashboard/store.js';
import { event, failed } from './events.js';

const services = [
  event({ service: 'api' }),
  event({ service: 'api/Db' }),
  failed({ service: 'api/Db/pool' }),
  failed({ service: 'mailer', final: true }),
];
const state = reduce(INITIAL, {
  type: 'snapshot',
  at: 0,
  snapshot: { supervisor: 'orders', time: 0, commands: false, services },
});

function visible(...actions: Parameters<typeof filterBy>[1][]): string[] {
  return [...visiblePaths(state, actions.reduce<Filter>(filterBy, NO_FILTER))];
}

describe('visiblePaths', () => {
  it('are all where nothing is searched for', () => {
    expect(visible()).toEqual(['api', 'api/Db', 'api/Db/pool', 'mailer']);
  });

  it('are those with the text in their path, in any case', () => {
    expect(visible({ type: 'text', text: ' dB ' })).toEqual(['api/Db', 'api/Db/pool']);
  });

  it('are those of any of the conditions', () => {
    expect(visible({ type: 'condition', condition: 'failed' })).toEqual(['mailer']);
    expect(visible({ type: 'condition', condition: 'failed' }, { type: 'condition', condition: 'waiting' })).toEqual([
      'api/Db/pool',
      'mailer',
    ]);
    expect(visible({ type: 'text', text: 'api' }, { type: 'condition', condition: 'failed' })).toEqual([]);
  });

  it('leave out what is below a folded supervisor, unless it is searched for', () => {
    expect(visible({ type: 'fold', path: 'api' })).toEqual(['api', 'mailer']);
    expect(visible({ type: 'fold', path: 'api/Db' })).toEqual(['api', 'api/Db', 'mailer']);
    expect(visible({ type: 'fold', path: 'api' }, { type: 'text', text: 'pool' })).toEqual(['api/Db/pool']);
  });
});

describe('filterBy', () => {
  it('takes back what is chosen a second time', () => {
    const twice = [1, 2].reduce<Filter>(
      (filter) => filterBy(filter, { type: 'condition', condition: 'idle' }),
      NO_FILTER,
    );
    expect(twice).toEqual(NO_FILTER);
    expect(visible({ type: 'fold', path: 'api' }, { type: 'fold', path: 'api' })).toHaveLength(4);
  });
});

describe('isSearching', () => {
  it('is not said of blanks, nor of what is folded', () => {
    const filter = filterBy(filterBy(NO_FILTER, { type: 'text', text: '  ' }), { type: 'fold', path: 'api' });
    expect(isSearching(filter)).toBe(false);
    expect(isSearching(filterBy(filter, { type: 'text', text: 'a' }))).toBe(true);
  });
});
