/** Checks at the border. Each names the option, the rule and the value that came; nothing is ever repaired. */

export function checkNumber(
  name: string,
  value: unknown,
  rule: string,
  holds: (value: number) => boolean,
): asserts value is number {
  if (typeof value !== 'number') throw new TypeError(expected(name, rule, value));
  if (!holds(value)) throw new RangeError(expected(name, rule, value));
}

export function checkFromZero(name: string, value: unknown): asserts value is number {
  checkNumber(name, value, 'a number from 0 up', isFromZero);
}

/** NaN is not. */
export function isFromZero(value: number): boolean {
  return value >= 0;
}

export function checkWhole(name: string, value: unknown, from: number, to: number): asserts value is number {
  const holds = (number: number) => Number.isInteger(number) && number >= from && number <= to;
  checkNumber(name, value, `a whole number from ${from} to ${to}`, holds);
}

export function checkArray(name: string, value: unknown, rule = 'an array'): void {
  if (!Array.isArray(value)) throw new TypeError(expected(name, rule, value));
}

export function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') throw new TypeError(expected(name, 'a function', value));
}

export function checkBoolean(name: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new TypeError(expected(name, 'true or false', value));
}

export function checkOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (typeof value !== 'string' || !allowed.includes(value)) {
    throw new TypeError(expected(name, `one of ${allowed.map((each) => `'${each}'`).join(', ')}`, value));
  }
}

/** An object, with functions of these names. */
export function checkObject(name: string, value: unknown, ...methods: string[]): asserts value is object {
  const has = (method: string) => typeof (value as Record<string, unknown>)[method] === 'function';
  if (!isObject(value) || !methods.every(has)) {
    const rule = methods.length === 0 ? 'an object' : `an object with the functions ${methods.join(', ')}`;
    throw new TypeError(expected(name, rule, value));
  }
}

/** Names are the parts of paths. */
export function checkName(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '' || value.includes('/')) {
    throw new TypeError(expected(name, `a string that is not empty and has no '/'`, value));
  }
}

export function checkSignal(name: string, value: unknown): void {
  if (!isObject(value) || !('aborted' in value) || !('addEventListener' in value)) {
    throw new TypeError(expected(name, 'an AbortSignal', value));
  }
}

export function expected(name: string, rule: string, value: unknown): string {
  return `Expected \`${name}\` to be ${rule}, got \`${shown(value)}\``;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (!isObject(value)) return String(value);
  return Array.isArray(value) ? `[${value.length} entries]` : Object.prototype.toString.call(value);
}
