import { NEVER, of, Subject } from 'rxjs';
import { Supervisor, SupervisorStoppedError, UnknownServiceError } from '../../lib/index.js';
import { bearsToken, carryOut, commandOf, type Outcome } from '../../lib/node/commands.js';
import { first } from './http.js';

describe('commandOf', () => {
  it.each([
    ['/services/a/restart', 'restart', 'a'],
    ['/services/a/stop', 'stop', 'a'],
    ['/services/a/start', 'start', 'a'],
    ['/services/api/db/stop', 'stop', 'api/db'],
    ['/services/api%2Fdb/stop', 'stop', 'api/db'],
    ['/services/stop/stop', 'stop', 'stop'],
    ['/services/restart/start/restart', 'restart', 'restart/start'],
    ['/services/two%20words/stop', 'stop', 'two words'],
    ['/services/100%25/stop', 'stop', '100%'],
    ['/services/%E2%98%83/stop', 'stop', '☃'],
    ['/services/../stop', 'stop', '..'],
    ['/services/%2E%2E/stop', 'stop', '..'],
    ['/services/./stop', 'stop', '.'],
    ['/services/%3Cimg%20src=x%3E/stop', 'stop', '<img src=x>'],
    ['/services/a+b/stop', 'stop', 'a+b'],
    ['/services/a%3Fb/stop', 'stop', 'a?b'],
    ['/services//stop/stop', 'stop', '/stop'],
  ])('of %p is to %s %p', (pathname, verb, service) => {
    expect(commandOf(pathname)).toEqual({ verb, service });
  });

  it.each([
    '',
    '/',
    '/services',
    '/services/',
    '/services/a',
    '/services/a/',
    '/services//stop',
    '/services/stop',
    '/services/a/kill',
    '/services/a/STOP',
    '/services/a/stop/',
    '/services/a/stopx',
    '/x/services/a/stop',
    'services/a/stop',
    '/services/%/stop',
    '/services/%zz/stop',
    '/services/%E2%98/stop',
    '/services/%C0%AE/stop',
  ])('there is none in %p', (pathname) => {
    expect(commandOf(pathname)).toBeUndefined();
  });
});

describe('bearsToken', () => {
  it.each(['Bearer secret', 'bearer secret', 'BEARER secret', 'Bearer   secret'])('%p does', (authorization) => {
    expect(bearsToken(authorization, 'secret')).toBe(true);
  });

  it.each([
    undefined,
    '',
    'secret',
    'Bearer',
    'Bearer ',
    'Bearersecret',
    'Bearer s',
    'Bearer secre',
    'Bearer secret2',
    'Bearer Secret',
    'Bearer secret secret',
    'Bearer secret,',
    'Basic secret',
    'Basic c2VjcmV0',
    'Token Bearer secret',
    `Bearer ${'x'.repeat(10_000)}`,
    'Bearer \u0000',
  ])('%p does not', (authorization) => {
    expect(bearsToken(authorization, 'secret')).toBe(false);
  });
});

/** A supervisor whose commands end as a test says. */
function supervisorWith(stop: () => Promise<void>): Supervisor {
  const supervisor = new Supervisor([]);
  supervisor.stop = stop;
  return supervisor;
}

const stopA = { verb: 'stop', service: 'a' } as const;
const never = async () => new Promise<void>(() => undefined);

describe('carryOut', () => {
  it.each<[string, unknown, Outcome['status']]>([
    ['an unknown service', new UnknownServiceError('a'), 404],
    ['a supervisor that does not run', new SupervisorStoppedError('supervisor'), 409],
    ['an error of a copy of the package', Object.assign(new Error('no'), { name: 'UnknownServiceError' }), 404],
    ['any other error', new Error('other'), 500],
    ['what is no error', 'text', 500],
  ])('answers %s, by its name', async (_what, error, status) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- it may be anything
    const supervisor = supervisorWith(async () => Promise.reject(error));
    expect(await first(carryOut(supervisor, stopA, NEVER))).toEqual({ status, error });
  });

  it('is done with 200', async () => {
    const stop = jest.fn(async () => Promise.resolve());
    expect(await first(carryOut(supervisorWith(stop), stopA, NEVER))).toEqual({ status: 200 });
    expect(stop).toHaveBeenCalledWith('a');
  });

  it('does nothing until it is subscribed to', () => {
    const stop = jest.fn(never);
    void carryOut(supervisorWith(stop), stopA, NEVER);
    expect(stop).not.toHaveBeenCalled();
  });

  it('is accepted with 202 where the server is stopped within the call', async () => {
    const stop$ = new Subject<void>();
    const supervisor = supervisorWith(async () => {
      stop$.next();
      return Promise.resolve();
    });
    expect(await first(carryOut(supervisor, stopA, stop$))).toEqual({ status: 202 });
  });

  describe('in time', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    it('is accepted with 202 after a second, and leaves no timer', async () => {
      const outcomes: Outcome[] = [];
      carryOut(supervisorWith(never), stopA, NEVER).subscribe((each) => outcomes.push(each));
      await jest.advanceTimersByTimeAsync(999);
      expect(outcomes).toEqual([]);
      await jest.advanceTimersByTimeAsync(1);
      expect(outcomes).toEqual([{ status: 202 }]);
      carryOut(supervisorWith(never), stopA, of(undefined)).subscribe((each) => outcomes.push(each));
      expect(outcomes).toHaveLength(2);
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});
