const KEY = 'rxjs-supervisor token';

/** The token in a URL's fragment, `#token=...`. */
export function tokenIn(hash: string): string | undefined {
  const found = /^#(?:.*&)?token=([^&]+)/.exec(hash)?.[1];
  if (found === undefined) return undefined;
  try {
    return decodeURIComponent(found);
  } catch {
    // a token may contain a `%` of its own
    return found;
  }
}

/** Takes the token out of the address bar, where it could be read or copied by others. */
export function takeToken(): string | undefined {
  const token = tokenIn(location.hash);
  if (token !== undefined) history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}

/** For this tab alone, until it is closed. */
export function keepToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, token);
  } catch {
    // a browser that is told to keep nothing: it is known until the page is left
  }
}

export function keptToken(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}
