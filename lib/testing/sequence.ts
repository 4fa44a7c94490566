/**
 * A source of "random" numbers for backoffs: these, in this order.
 *
 * @returns a function that gives the next number at each call, and throws `RangeError` when there is none left
 * @example
 * ```ts
 * const delay = exponential({ initial: 100, random: sequence([0, 0.5]) });
 * const end = { kind: 'completed' } as const;
 * console.log(delay(1, end, undefined), delay(1, end, undefined)); // 0 50
 * ```
 */
export function sequence(numbers: Iterable<number>): () => number {
  const list = [...numbers];
  let next = 0;
  return () => {
    const number = list[next++];
    if (number === undefined) throw new RangeError(`The sequence has run out: it had ${list.length} numbers`);
    return number;
  };
}
