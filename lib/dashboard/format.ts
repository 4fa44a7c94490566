const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in two units at most: `12s`, `3m 20s`, `5h 2m`, `2d 3h`. */
export function duration(ms: number): string {
  const left = Math.max(0, Math.floor(ms / SECOND) * SECOND);
  if (left >= DAY) return `${Math.floor(left / DAY)}d ${Math.floor((left % DAY) / HOUR)}h`;
  if (left >= HOUR) return `${Math.floor(left / HOUR)}h ${Math.floor((left % HOUR) / MINUTE)}m`;
  if (left >= MINUTE) return `${Math.floor(left / MINUTE)}m ${Math.floor((left % MINUTE) / SECOND)}s`;
  return `${left / SECOND}s`;
}

/** The time until something, never less than none: in tenths of a second where it is near, `2.4s`. */
export function countdown(ms: number): string {
  const left = Math.max(0, ms);
  return left < 10 * SECOND ? `${(Math.ceil(left / 100) / 10).toFixed(1)}s` : duration(left);
}

/** Time of day, `09:05:07`, where the page is read. */
export function timeOfDay(time: number): string {
  const date = new Date(time);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `Error: text`, as errors write themselves. */
export function errorTitle({ name, message }: { readonly name: string; readonly message: string }): string {
  return message === '' ? name : `${name}: ${message}`;
}
