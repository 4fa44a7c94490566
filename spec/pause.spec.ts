import { EMPTY, NEVER, of, Subscription, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { Pause, released } from '../lib/pause.js';

describe('Pause', () => {
  const owner = () => ({ swallowed: jest.fn<undefined, [unknown]>() });

  it('begins without a wait, not due, not refused, and keeps what there is to say', () => {
    const last = { kind: 'completed' } as const;
    expect(new Pause(owner(), last)).toMatchObject({
      kind: 'waiting',
      wait: undefined,
      due: false,
      refused: false,
      last,
    });
    expect(new Pause(owner(), undefined).last).toBeUndefined();
  });

  it('is cancelled with what it waits for, where there is something yet', () => {
    const pause = new Pause(owner(), undefined);
    expect(() => {
      pause.cancel();
    }).not.toThrow();
    pause.wait = new Subscription();
    pause.cancel();
    expect(pause.wait.closed).toBe(true);
  });

  it('hands over what the teardown of a delay throws, and throws nothing', () => {
    const { swallowed } = owner();
    const pause = new Pause({ swallowed }, undefined);
    pause.wait = new Subscription(() => {
      throw new Error('in the teardown');
    });
    expect(() => {
      pause.cancel();
    }).not.toThrow();
    pause.cancel();
    expect(String(swallowed.mock.calls[0]?.[0])).toContain('in the teardown');
    expect(swallowed).toHaveBeenCalledTimes(1);
  });
});

describe('released', () => {
  it.each([
    ['at the first value, whatever it is', '--a--b-|', '--(t|)', '^-!'],
    ['never, where it completes without one', '---|', '---(f|)', '^--!'],
    ['never, where it errors', '  ---#', '---#', '^--!'],
    ['not while it is silent', '-----', '-----', '^----'],
    ['at once', '(a|)', '(t|)', '(^!)'],
  ])('lets the restart happen %s', (_title, delay, expected, subscription) => {
    const scheduler = new TestScheduler((actual, wanted) => {
      expect(actual).toEqual(wanted);
    });
    scheduler.run(({ cold, expectObservable, expectSubscriptions }) => {
      const delay$ = cold<unknown>(delay, { a: undefined, b: false });
      expectObservable(released(delay$)).toBe(expected, { t: true, f: false });
      expectSubscriptions(delay$.subscriptions).toBe(subscription);
    });
  });

  it.each([
    ['a value', of(undefined, 2), ['next true', 'complete']],
    ['an end without a value', EMPTY, ['next false', 'complete']],
    ['an error', throwError(() => new Error('x')), ['Error: x']],
    ['nothing', NEVER, []],
  ])('answers within the call to %s that comes within it', (_title, delay$, expected) => {
    const seen: string[] = [];
    released(delay$).subscribe({
      next: (go) => seen.push(`next ${String(go)}`),
      error: (error: unknown) => seen.push(String(error)),
      complete: () => seen.push('complete'),
    });
    expect(seen).toEqual(expected);
  });
});
