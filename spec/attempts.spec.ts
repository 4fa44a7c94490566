import { Attempts } from '../lib/attempts.js';
import { of } from 'rxjs';
import type { Backoff } from '../lib/backoff.js';
import { Budget } from '../lib/budget.js';
import { DEFAULT_RESTART, restartPolicy, type RestartOptions, type Verdict } from '../lib/restart.js';
import { COMPLETED, type Termination } from '../lib/termination.js';

function attempts(options: RestartOptions): Attempts {
  return new Attempts(restartPolicy(DEFAULT_RESTART, options));
}

/** The attempt of a restart; the kind of any other verdict. */
function short(verdict: Verdict): number | string {
  return verdict.kind === 'restart' ? verdict.attempt : verdict.kind;
}

describe('Attempts', () => {
  it('counts from 1, by one each time', () => {
    const counted = attempts({ delay: 5 });
    expect([1, 2, 3].map((now) => short(counted.decide(COMPLETED, 0, now, undefined)))).toEqual([1, 2, 3]);
  });

  it('starts over after a run that lasted `resetAfter`', () => {
    const counted = attempts({ delay: 5, resetAfter: 100 });
    const lasted = [0, 0, 99, 100, 0];
    expect(lasted.map((each) => short(counted.decide(COMPLETED, each, 0, undefined)))).toEqual([1, 2, 3, 1, 2]);
  });

  it('hands a backoff the attempt, the end, and the delay before where that was a number', () => {
    const answers = [10, 20, of('go'), 30, 40];
    const backoff = jest.fn<ReturnType<Backoff>, Parameters<Backoff>>(() => answers.shift() ?? 0);
    const counted = attempts({ delay: backoff });
    const end: Termination = { kind: 'failed', error: new Error('lost') };
    for (let run = 0; run < 5; run++) counted.decide(end, 0, 0, undefined);
    expect(backoff.mock.calls).toEqual([
      [1, end, undefined],
      [2, end, 10],
      [3, end, 20],
      [4, end, undefined],
      [5, end, 30],
    ]);
  });

  it('forgets the delay before with the attempts, after a long run and after a command', () => {
    const backoff = jest.fn<number, Parameters<Backoff>>(() => 10);
    const counted = attempts({ delay: backoff, resetAfter: 100 });
    counted.decide(COMPLETED, 0, 0, undefined);
    counted.decide(COMPLETED, 100, 0, undefined);
    counted.decide(COMPLETED, 0, 0, undefined);
    counted.forget();
    counted.decide(COMPLETED, 0, 0, undefined);
    expect(backoff.mock.calls).toEqual([
      [1, COMPLETED, undefined],
      [1, COMPLETED, undefined],
      [2, COMPLETED, 10],
      [1, COMPLETED, undefined],
    ]);
  });

  it('does not count a restart that does not happen', () => {
    const counted = attempts({ delay: 5, when: 'on-failure' });
    const failed: Termination = { kind: 'failed', error: undefined };
    const verdicts = [failed, COMPLETED, failed].map((end) => short(counted.decide(end, 0, 0, undefined)));
    expect(verdicts).toEqual([1, 'end', 2]);
  });

  it('counts against the budget of the supervisor where it has no limit of its own', () => {
    const shared = new Budget({ restarts: 3, within: 10 });
    const [a, b] = [attempts({ delay: 5 }), attempts({ delay: 5 })];
    const verdicts = [a, b, a, b, a].map((each) => short(each.decide(COMPLETED, 0, 0, shared)));
    expect(verdicts).toEqual([1, 1, 2, 'exhausted', 'exhausted']);
  });

  it('counts against the budget of the supervisor where it has taken over its limit', () => {
    const base = restartPolicy(DEFAULT_RESTART, { delay: 5, limit: { restarts: 1, within: 10 } });
    const [a, b] = [new Attempts(restartPolicy(base, { delay: 7 })), new Attempts(base)];
    const shared = base.limit && new Budget(base.limit);
    expect([a, b].map((each) => short(each.decide(COMPLETED, 0, 0, shared)))).toEqual([1, 'exhausted']);
  });

  it('counts its own restarts alone where it has a limit of its own', () => {
    const shared = new Budget({ restarts: 1, within: 10 });
    const own = attempts({ delay: 5, limit: { restarts: 2, within: 10 } });
    const other = attempts({ delay: 5 });
    const verdicts = [own, own, own, other, other].map((each) => short(each.decide(COMPLETED, 0, 0, shared)));
    expect(verdicts).toEqual([1, 2, 'exhausted', 1, 'exhausted']);
  });

  it('counts alone even where its own limit is equal to that of the supervisor', () => {
    const limit = { restarts: 1, within: 10 };
    const base = restartPolicy(DEFAULT_RESTART, { delay: 5, limit });
    const shared = base.limit && new Budget(base.limit);
    const own = new Attempts(restartPolicy(base, { limit }));
    const verdicts = [own, new Attempts(base)].map((each) => short(each.decide(COMPLETED, 0, 0, shared)));
    expect(verdicts).toEqual([1, 1]);
  });

  it('keeps what the limit has counted when a command restarts the service', () => {
    const own = attempts({ delay: 5, limit: { restarts: 1, within: 10 } });
    own.decide(COMPLETED, 0, 0, undefined);
    own.forget();
    expect(own.decide(COMPLETED, 0, 9, undefined)).toEqual({ kind: 'exhausted', limit: { restarts: 1, within: 10 } });
    expect(short(own.decide(COMPLETED, 0, 10, undefined))).toBe(1);
  });
});
