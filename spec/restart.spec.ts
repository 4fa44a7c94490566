import { isObservable, NEVER, of } from 'rxjs';
import type { Backoff } from '../lib/backoff.js';
import { Budget } from '../lib/budget.js';
import {
  decide,
  DEFAULT_RESTART,
  type History,
  restartPolicy,
  type RestartOptions,
  type RestartPolicy,
  type Verdict,
  withCause,
} from '../lib/restart.js';
import { COMPLETED, type Termination } from '../lib/termination.js';

const LOST = new Error('lost');
const FAILED: Termination = { kind: 'failed', error: LOST };
const FIRST: History = { attempt: 0, previous: undefined, lasted: 0 };

const BASE: RestartPolicy = {
  when: 'on-failure',
  delay: 5,
  resetAfter: 1000,
  limit: { restarts: 1, within: 10 },
  exhausted: 'give-up',
};

describe('restartPolicy', () => {
  it.each<[string, Parameters<typeof restartPolicy>[1], Partial<RestartPolicy>]>([
    ['nothing', undefined, {}],
    ['an empty object', {}, {}],
    ['a number', 10, { delay: 10 }],
    ['0', 0, { delay: 0 }],
    ['a mode', 'never', { when: 'never' }],
    ['`when`', { when: 'always' }, { when: 'always' }],
    ['`delay`', { delay: 7 }, { delay: 7 }],
    ['`resetAfter`', { resetAfter: 0 }, { resetAfter: 0 }],
    ['`limit`', { limit: { restarts: 0, within: 1 } }, { limit: { restarts: 0, within: 1 } }],
    ['`exhausted`', { exhausted: 'escalate' }, { exhausted: 'escalate' }],
  ])('changes only what is given: %s', (_title, given, changed) => {
    expect(restartPolicy(BASE, given)).toEqual({ ...BASE, ...changed });
  });

  it('changes nothing by fields that are undefined, and ignores what it does not know', () => {
    const given = { when: undefined, delay: undefined, resetAfter: undefined, limit: undefined, exhausted: undefined };
    expect(restartPolicy(BASE, { ...given, colour: 'red' } as unknown as RestartOptions)).toEqual(BASE);
  });

  it('takes functions for `when` and `delay`', () => {
    const when = () => true;
    const delay = () => 3;
    expect(restartPolicy(BASE, { when, delay })).toEqual({ ...BASE, when, delay });
  });

  it('keeps the very limit that it takes over, and copies one that is given', () => {
    expect(restartPolicy(BASE, { delay: 1 }).limit).toBe(BASE.limit);
    const limit = { restarts: 1, within: 10 };
    const policy = restartPolicy(BASE, { limit });
    limit.restarts = 1000;
    expect(policy.limit).toEqual({ restarts: 1, within: 10 });
  });

  it('leaves the policy it starts from as it was', () => {
    restartPolicy(BASE, {
      when: 'never',
      delay: 1,
      resetAfter: 1,
      limit: { restarts: 9, within: 9 },
      exhausted: 'escalate',
    });
    expect(BASE).toEqual({
      when: 'on-failure',
      delay: 5,
      resetAfter: 1000,
      limit: { restarts: 1, within: 10 },
      exhausted: 'give-up',
    });
  });

  it('starts from: always, exponential with full jitter, a reset after a minute, no limit, escalate', () => {
    const { delay, ...rest } = DEFAULT_RESTART;
    expect(rest).toEqual({ when: 'always', resetAfter: 60_000, limit: undefined, exhausted: 'escalate' });
    const given = Array.from({ length: 200 }, () => (delay as Backoff)(3, COMPLETED, undefined) as number);
    expect(Math.min(...given)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...given)).toBeLessThan(400);
    expect(Math.max(...given)).toBeGreaterThan(200);
  });
});

function verdict(
  options: RestartOptions,
  end: Termination = FAILED,
  history: History = FIRST,
  budget?: Budget,
): Verdict {
  return decide(restartPolicy(DEFAULT_RESTART, options), end, history, budget, 0);
}

describe('decide', () => {
  it.each([
    ['always', 'a failure', FAILED, 'restart'],
    ['always', 'a completion', COMPLETED, 'restart'],
    ['on-failure', 'a failure', FAILED, 'restart'],
    ['on-failure', 'a completion', COMPLETED, 'end'],
    ['never', 'a failure', FAILED, 'end'],
    ['never', 'a completion', COMPLETED, 'end'],
  ] as const)('answers, with when %s, to %s', (when, _end, end, kind) => {
    expect(verdict({ when, delay: 5 }, end).kind).toBe(kind);
  });

  it('asks a function `when`, with the end', () => {
    const when = jest.fn((end: Termination) => end.kind === 'completed');
    expect([verdict({ when, delay: 5 }, COMPLETED).kind, verdict({ when, delay: 5 }, FAILED).kind]).toEqual([
      'restart',
      'end',
    ]);
    expect(when.mock.calls).toEqual([[COMPLETED], [FAILED]]);
  });

  it.each([0, 0.5, 5, 2 ** 31, Number.MAX_VALUE])('gives a delay of %d, as it is or from a backoff', (delay) => {
    const restart = { kind: 'restart', attempt: 1, delay };
    expect(verdict({ delay })).toEqual(restart);
    expect(verdict({ delay: () => delay })).toEqual(restart);
  });

  it('takes a delay of Infinity, as it is or from a backoff, for no restart, which is not counted', () => {
    const budget = new Budget({ restarts: 1, within: 10 });
    expect(verdict({ delay: Infinity }, FAILED, FIRST, budget)).toEqual({ kind: 'end' });
    expect(verdict({ delay: () => Infinity }, FAILED, FIRST, budget)).toEqual({ kind: 'end' });
    expect(budget.allows(0)).toBe(true);
  });

  it('hands on an Observable from a backoff as it is', () => {
    expect(verdict({ delay: () => NEVER })).toEqual({ kind: 'restart', attempt: 1, delay: NEVER });
  });

  it.each([
    ['a promise', Promise.resolve('go'), ['go']],
    ['an array', ['a', 'b'], ['a', 'b']],
    [
      'an interop Observable',
      { [(Symbol.observable as typeof Symbol.observable | undefined) ?? '@@observable']: () => of(1) },
      [1],
    ],
  ])('makes an Observable of %s from a backoff', async (_title, input, values) => {
    const given = verdict({ delay: () => input as never });
    expect(given.kind).toBe('restart');
    const { delay } = given as Extract<Verdict, { kind: 'restart' }>;
    if (!isObservable(delay)) throw new Error('no Observable');
    const seen: unknown[] = [];
    await delay.forEach((value) => seen.push(value));
    expect(seen).toEqual(values);
  });

  it.each([
    [4, 999, 5, 77],
    [4, 1000, 1, undefined],
    [4, 1001, 1, undefined],
  ])(
    'after attempt %d and a run of %d ms comes attempt %d, the delay before being %p',
    (before, lasted, attempt, previous) => {
      const delay = jest.fn(() => 5);
      const given = verdict({ delay, resetAfter: 1000 }, FAILED, { attempt: before, previous: 77, lasted });
      expect(given).toEqual({ kind: 'restart', attempt, delay: 5 });
      expect(delay.mock.calls).toEqual([[attempt, FAILED, previous]]);
    },
  );

  it('counts the restart that it allows, at that time, and no other', () => {
    const budget = new Budget({ restarts: 1, within: 10 });
    const policy = restartPolicy(DEFAULT_RESTART, { delay: 5, when: 'on-failure' });
    const ends: [Termination, number][] = [
      [COMPLETED, 3],
      [FAILED, 4],
      [FAILED, 13],
      [FAILED, 14],
    ];
    const kinds = ends.map(([end, now]) => decide(policy, end, FIRST, budget, now).kind);
    expect(kinds).toEqual(['end', 'restart', 'exhausted', 'restart']);
  });

  it('does not call a backoff for a restart that the limit forbids, and says which limit', () => {
    const delay = jest.fn(() => 5);
    const limit = { restarts: 0, within: 1 };
    expect(verdict({ delay }, FAILED, FIRST, new Budget(limit))).toEqual({ kind: 'exhausted', limit });
    expect(delay).not.toHaveBeenCalled();
  });

  it.each([
    [NaN, RangeError, 'Expected `delay` to be a number from 0 up, got `NaN`'],
    [-1, RangeError, 'Expected `delay` to be a number from 0 up, got `-1`'],
    [-Infinity, RangeError, 'Expected `delay` to be a number from 0 up, got `-Infinity`'],
    ['soon', TypeError, 'Expected `delay` to be a number from 0 up or an Observable, got `"soon"`'],
    [undefined, TypeError, 'Expected `delay` to be a number from 0 up or an Observable, got `undefined`'],
    [null, TypeError, 'Expected `delay` to be a number from 0 up or an Observable, got `null`'],
    [true, TypeError, 'Expected `delay` to be a number from 0 up or an Observable, got `true`'],
    [{}, TypeError, 'You provided an invalid object'],
  ])('is broken where a backoff answers %p, with the error of the service as cause', (answer, type, message) => {
    const given = verdict({ delay: () => answer as never });
    expect(given).toEqual({ kind: 'broken', error: expect.any(type) as unknown });
    const { error } = given as { error: Error };
    expect(error.message).toContain(message);
    expect(error.cause).toBe(LOST);
  });

  it('has no cause to give where the run completed', () => {
    const given = verdict({ delay: () => -1 }, COMPLETED);
    expect((given as { error: object }).error).not.toHaveProperty('cause');
  });

  it.each(['when', 'delay'])('is broken where %s throws, with what it threw, and counts nothing', (option) => {
    const budget = new Budget({ restarts: 1, within: 10 });
    const thrown = new Error('in the policy');
    const fail = () => {
      throw thrown;
    };
    const given = verdict({ delay: 5, [option]: fail }, FAILED, FIRST, budget) as Extract<Verdict, { kind: 'broken' }>;
    expect(given.kind).toBe('broken');
    expect(given.error).toBe(thrown);
    expect(thrown.cause).toBe(LOST);
    expect(budget.allows(0)).toBe(true);
  });
});

describe('withCause', () => {
  it('sets the error of the service on an Error without a cause, out of sight as a cause is', () => {
    const error = new Error('x');
    expect(withCause(error, FAILED)).toBe(error);
    expect(Object.getOwnPropertyDescriptor(error, 'cause')).toEqual(
      Object.getOwnPropertyDescriptor(new Error('x', { cause: LOST }), 'cause'),
    );
  });

  it('keeps a cause that is there', () => {
    const error = new Error('x', { cause: 'mine' });
    expect(withCause(error, FAILED)).toBe(error);
    expect(error.cause).toBe('mine');
  });

  it('sets nothing where the run completed', () => {
    const error = new Error('x');
    expect(withCause(error, COMPLETED)).toBe(error);
    expect(error).not.toHaveProperty('cause');
  });

  it('does not make an error its own cause', () => {
    const error = new Error('x');
    expect(withCause(error, { kind: 'failed', error })).toBe(error);
    expect(error).not.toHaveProperty('cause');
  });

  it.each([['a string'], [7], [undefined], [null], [{ message: 'no Error' }]])('hands on %p as it is', (thrown) => {
    const before = structuredClone(thrown);
    expect(withCause(thrown, FAILED)).toBe(thrown);
    expect(thrown).toEqual(before);
  });

  it('leaves a frozen error as it is', () => {
    const error = Object.freeze(new Error('x'));
    expect(withCause(error, FAILED)).toBe(error);
    expect(error).not.toHaveProperty('cause');
  });
});
