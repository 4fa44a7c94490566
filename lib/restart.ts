import { from, isObservable, type Observable, type ObservableInput } from 'rxjs';
import { type Backoff, exponential } from './backoff.js';
import type { Budget, RestartLimit } from './budget.js';
import {
  checkFromZero,
  checkFunction,
  checkNumber,
  checkObject,
  checkOneOf,
  expected,
  isFromZero,
  isObject,
} from './check.js';
import type { Termination } from './termination.js';

/** When a service is restarted. In OTP's words: permanent, transient, temporary. */
export type RestartMode = 'always' | 'on-failure' | 'never';

/** The restart policy of a service, or of all services of a supervisor. Times are in ms. */
export interface RestartOptions {
  /** After which ends. A function is asked at each. Default `'always'`: after failure and completion. */
  when?: RestartMode | ((end: Termination) => boolean);
  /** How long to wait before a restart: ms, or a function that says so. Default `exponential()`. */
  delay?: number | Backoff;
  /** A run that lasted this long (ms) forgets earlier attempts. `Infinity`: none does. Default 60 000. */
  resetAfter?: number;
  /**
   * So many restarts within so many ms are allowed. In a supervisor's options it is one budget for all of its services; in a
   * service's it replaces that for this service, and counts its restarts alone. Default: none.
   */
  limit?: RestartLimit;
  /**
   * What happens where `limit` is reached: `'escalate'` ends the supervisor with `RestartLimitError`, `'give-up'` ends the
   * service alone. Default `'escalate'`.
   */
  exhausted?: 'escalate' | 'give-up';
}

/** The same, complete. */
export interface RestartPolicy {
  readonly when: RestartMode | ((end: Termination) => boolean);
  readonly delay: number | Backoff;
  readonly resetAfter: number;
  readonly limit: Readonly<RestartLimit> | undefined;
  readonly exhausted: 'escalate' | 'give-up';
}

export const DEFAULT_RESTART: RestartPolicy = {
  when: 'always',
  delay: exponential(),
  resetAfter: 60_000,
  limit: undefined,
  exhausted: 'escalate',
};

/** The policy that results where options are given over another policy, field by field. */
export function restartPolicy(
  base: RestartPolicy,
  given: RestartMode | number | RestartOptions | undefined,
): RestartPolicy {
  if (given === undefined) return base;
  if (typeof given === 'number') return restartPolicy(base, { delay: given });
  if (typeof given === 'string') return restartPolicy(base, { when: given });
  checkObject('restart', given);
  const { when = base.when, delay = base.delay, resetAfter = base.resetAfter, exhausted = base.exhausted } = given;
  if (typeof when !== 'function') checkOneOf('restart.when', when, ['always', 'on-failure', 'never']);
  if (typeof delay === 'number') checkFromZero('restart.delay', delay);
  else checkFunction('restart.delay', delay);
  checkFromZero('restart.resetAfter', resetAfter);
  checkOneOf('restart.exhausted', exhausted, ['escalate', 'give-up']);
  const limit = given.limit === undefined ? base.limit : checkedLimit(given.limit);
  return { when, delay, resetAfter, limit, exhausted };
}

function checkedLimit(limit: RestartLimit): RestartLimit {
  checkObject('restart.limit', limit);
  const { restarts, within } = limit;
  checkNumber('limit.restarts', restarts, 'an integer from 0 up', (value) => Number.isInteger(value) && value >= 0);
  checkNumber('limit.within', within, 'a number above 0', (value) => value > 0);
  return { restarts, within };
}

/** What a policy knows of a service whose run has just ended. */
export interface History {
  /** Restarts since the start or the last reset. */
  readonly attempt: number;
  /** The delay before the last of them, where it was a number. */
  readonly previous: number | undefined;
  /** How long the run lasted, in ms. */
  readonly lasted: number;
}

/** What happens next. */
export type Verdict =
  | { readonly kind: 'restart'; readonly attempt: number; readonly delay: number | Observable<unknown> }
  | { readonly kind: 'join' }
  | { readonly kind: 'end' }
  | { readonly kind: 'exhausted'; readonly limit: Readonly<RestartLimit> }
  | { readonly kind: 'broken'; readonly error: unknown };

/**
 * Decides whether and when a service is restarted. The restart that it allows is counted in the budget; a policy function
 * that throws, or answers what is no delay, is `broken`.
 */
export function decide(
  policy: RestartPolicy,
  end: Termination,
  history: History,
  budget: Budget | undefined,
  now: number,
): Verdict {
  try {
    if (!wanted(policy.when, end) || policy.delay === Infinity) return { kind: 'end' };
    // asked before the delay: a backoff is not called for a restart that cannot be
    if (budget?.allows(now) === false) return { kind: 'exhausted', limit: budget.limit };
    const reset = history.lasted >= policy.resetAfter;
    const attempt = reset ? 1 : history.attempt + 1;
    const { delay: given } = policy;
    const delay =
      typeof given === 'number' ? given : checkedDelay(given(attempt, end, reset ? undefined : history.previous));
    if (delay === Infinity) return { kind: 'end' };
    budget?.count(now);
    return { kind: 'restart', attempt, delay };
  } catch (error) {
    return { kind: 'broken', error: withCause(error, end) };
  }
}

/** Decides whether a service joins a restart of its group that is pending already. */
export function decideJoin(policy: RestartPolicy, end: Termination): Verdict {
  try {
    return { kind: wanted(policy.when, end) && policy.delay !== Infinity ? 'join' : 'end' };
  } catch (error) {
    return { kind: 'broken', error: withCause(error, end) };
  }
}

function wanted(when: RestartPolicy['when'], end: Termination): boolean {
  if (typeof when === 'function') return when(end);
  return when === 'always' || (when === 'on-failure' && end.kind === 'failed');
}

function checkedDelay(delay: number | ObservableInput<unknown>): number | Observable<unknown> {
  if (typeof delay === 'number') {
    if (isFromZero(delay)) return delay;
    throw new RangeError(expected('delay', 'a number from 0 up', delay));
  }
  // a string is an iterable, and so an input to rxjs; here it is a mistake
  if (isObservable(delay)) return delay;
  if (isObject(delay)) return from(delay);
  throw new TypeError(expected('delay', 'a number from 0 up or an Observable', delay));
}

/**
 * The error of a policy, or of its delay, with the service's own error as `cause`, so that neither is lost: set where it is
 * an Error that has no cause yet.
 */
export function withCause(error: unknown, end: Termination): unknown {
  if (end.kind === 'failed' && error !== end.error && error instanceof Error && error.cause === undefined) {
    // Reflect: a frozen error stays as it is, in silence
    Reflect.defineProperty(error, 'cause', { value: end.error, configurable: true, writable: true });
  }
  return error;
}
