const UNITS: Partial<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** The longest time a `setTimeout` can wait; what is longer would be over at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * `'500ms'`, `'5s'`, `'1m'` in ms.
 *
 * @throws RangeError for anything else
 */
export function milliseconds(duration: string): number {
  const [, count, unit = ''] = /^(\d+)(ms|s|m)$/.exec(duration) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? NaN);
  // so that NaN is refused as well
  if (!(ms <= LONGEST)) throw new RangeError(`Expected --for to be like 500ms, 5s or 1m, got '${duration}'`);
  return ms;
}

/** @throws RangeError where it is no port */
export function portNumber(port: string): number {
  const number = Number(port);
  if (!/^\d+$/.test(port) || number > 65_535)
    throw new RangeError(`Expected --port to be from 0 to 65535, got '${port}'`);
  return number;
}
