import type { ObservableInput } from 'rxjs';
import { checkFromZero, checkFunction, checkNumber, checkObject, checkOneOf, isFromZero } from './check.js';
import type { Termination } from './termination.js';

/**
 * Says how long to wait before a restart.
 *
 * @param attempt 1 for the first restart after a start or a reset (`resetAfter`), and one more each time
 * @param end how the run ended
 * @param previous the delay before this one in ms, where it was a number; `undefined` at attempt 1
 * @returns the delay in ms, from 0 up, `Infinity` for no restart; or an Observable (or what can be made one): the restart
 *   happens at its first value, and never if it completes without one
 */
export type Backoff = (
  attempt: number,
  end: Termination,
  previous: number | undefined,
) => number | ObservableInput<unknown>;

/**
 * How random a delay is, so that services that failed together do not all come back together:
 * `none`, `full`, `equal` and `decorrelated` as Marc Brooker describes them in
 * "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export type Jitter = 'none' | 'full' | 'equal' | 'decorrelated';

export interface LinearOptions {
  /** The first delay, in ms. Default 100. */
  initial?: number;
  /** What each further delay is longer by, in ms. Default 100. */
  step?: number;
  /** The longest delay, in ms. Default 30 000. */
  max?: number;
}

export interface ExponentialOptions {
  /** The first delay, in ms, before jitter. Default 100. */
  initial?: number;
  /** What each further delay is multiplied by; 1 or more. Default 2. */
  factor?: number;
  /** The longest delay, in ms. Default 30 000. */
  max?: number;
  /** Default `'full'`. */
  jitter?: Jitter;
  /** A source of numbers from 0 up to 1. Default `Math.random`. */
  random?: () => number;
}

/**
 * Always the same delay, in ms.
 *
 * ```
 * service         --#
 * constant(3)     r-f--r-f--r-f--r
 * ```
 *
 * @throws RangeError or TypeError where `ms` is not a number from 0 up
 * @example
 * ```ts
 * console.assert(constant(50)(7, { kind: 'completed' }, 50) === 50);
 * ```
 */
export function constant(ms: number): Backoff {
  checkFromZero('ms', ms);
  return () => ms;
}

/**
 * Delays that grow by the same step: `min(max, initial + step * (attempt - 1))` ms.
 *
 * @throws RangeError or TypeError that names the option that is wrong
 * @example
 * ```ts
 * const delay = linear({ initial: 100, step: 50, max: 175 });
 * const end = { kind: 'completed' } as const;
 * console.log([1, 2, 3, 4].map((attempt) => delay(attempt, end, undefined)).join(' ')); // 100 150 175 175
 * ```
 */
export function linear(options: LinearOptions = {}): Backoff {
  checkObject('options', options);
  const { initial = 100, step = 100, max = 30_000 } = options;
  checkFinite('initial', initial);
  checkFinite('step', step);
  checkFromZero('max', max);
  return (attempt) => finite(Math.min(max, initial + step * (attempt - 1)));
}

/**
 * Delays that double (`factor`), up to a ceiling, with jitter. With `d = min(max, initial * factor ** (attempt - 1))`:
 *
 * | jitter | delay in ms |
 * | --- | --- |
 * | `none` | `d` |
 * | `full` | `random() * d` |
 * | `equal` | `d / 2 + random() * d / 2` |
 * | `decorrelated` | `min(max, initial + random() * (3 * previous - initial))`, where `previous` is the delay before, at first `initial` |
 *
 * They stay finite at any attempt, and an `initial` of 0 stays 0. The jitters are those of Marc Brooker,
 * "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 *
 * @throws RangeError or TypeError that names the option that is wrong
 * @example
 * ```ts
 * const delay = exponential({ initial: 100, max: 500, jitter: 'none' });
 * const end = { kind: 'completed' } as const;
 * console.log([1, 2, 3, 4].map((attempt) => delay(attempt, end, undefined)).join(' ')); // 100 200 400 500
 * ```
 */
export function exponential(options: ExponentialOptions = {}): Backoff {
  checkObject('options', options);
  const { initial = 100, factor = 2, max = 30_000, jitter = 'full', random = () => Math.random() } = options;
  checkFinite('initial', initial);
  checkNumber('factor', factor, 'a finite number from 1 up', (value) => value >= 1 && value < Infinity);
  checkFromZero('max', max);
  checkOneOf('jitter', jitter, ['none', 'full', 'equal', 'decorrelated']);
  checkFunction('random', random);
  return (attempt, _end, previous = initial) => {
    if (jitter === 'decorrelated') {
      return finite(Math.min(max, initial + random() * (finite(3 * previous) - initial)));
    }
    // 0 times a power that has become Infinity would be NaN
    const ceiling = initial === 0 ? 0 : finite(Math.min(max, initial * factor ** (attempt - 1)));
    if (jitter === 'none') return ceiling;
    return jitter === 'full' ? random() * ceiling : ceiling / 2 + (random() * ceiling) / 2;
  };
}

function checkFinite(name: string, value: unknown): void {
  checkNumber(name, value, 'a finite number from 0 up', (each) => isFromZero(each) && each < Infinity);
}

/** A `max` of Infinity means no ceiling; a delay of Infinity would mean no restart. */
function finite(delay: number): number {
  return Math.min(Number.MAX_VALUE, delay);
}
