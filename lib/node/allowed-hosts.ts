import { isIP } from 'node:net';

/**
 * Whether a request may be answered, by the host that it names. A page of another site whose name was made to lead here (DNS rebinding)
 * names that site, so names are refused but for `localhost` and those that are allowed; an address cannot be rebound.
 */
export function isAllowedHost(header: string | undefined, allowed: readonly string[]): boolean {
  // browsers always name one
  if (header === undefined) return true;
  const name = hostname(header);
  if (name === undefined) return false;
  return (
    name === 'localhost' ||
    isIP(name.replace(/^\[(.*)\]$/, '$1')) > 0 ||
    allowed.some((each) => hostname(each) === name)
  );
}

/** As browsers name it: in lower case, without the port, and in ASCII. Undefined where it is none. */
export function hostname(header: string): string | undefined {
  if (/[/?#@\\]/.test(header)) return undefined;
  try {
    return new URL(`http://${header}`).hostname;
  } catch {
    return undefined;
  }
}
