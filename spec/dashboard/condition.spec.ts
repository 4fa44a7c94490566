import {
  COMMANDS,
  conditionOf,
  CONDITIONS,
  countConditions,
  isAllowed,
  isDown,
} from '../../lib/dashboard/condition.js';
import { event, failed } from './events.js';

describe('conditionOf', () => {
  it.each([
    [event({ status: 'idle' }), 'idle'],
    [event({ status: 'starting' }), 'starting'],
    [event({ status: 'running' }), 'running'],
    [event({ status: 'stopping' }), 'stopping'],
    [event({ status: 'stopped', final: false }), 'waiting'],
    [event({ status: 'stopped', final: true }), 'stopped'],
    [failed({ final: false }), 'waiting'],
    [failed({ final: true }), 'failed'],
  ])('of %j is %s', (given, condition) => {
    expect(conditionOf(given)).toBe(condition);
  });
});

describe('isDown', () => {
  it('is said of what failed and of what waits for its restart', () => {
    expect(CONDITIONS.filter(isDown)).toEqual(['failed', 'waiting']);
  });
});

describe('countConditions', () => {
  it('counts each service once', () => {
    const services = [event({}), event({}), failed({})].map((each) => ({ event: each }));
    expect(countConditions(services)).toMatchObject({ running: 2, waiting: 1, failed: 0 });
  });
});

describe('isAllowed', () => {
  it.each([
    ['idle', ['start']],
    ['starting', ['restart', 'stop']],
    ['running', ['restart', 'stop']],
    ['stopping', ['start']],
    ['waiting', ['stop', 'start']],
    ['stopped', ['start']],
    ['failed', ['start']],
  ] as const)('where a service is %s allows %j', (condition, commands) => {
    expect(COMMANDS.filter((each) => isAllowed(each, condition))).toEqual(commands);
  });
});
