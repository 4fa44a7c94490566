import { UnsubscriptionError } from 'rxjs';
import { isObject } from './check.js';
import { COMPLETED, type Termination } from './termination.js';

/** How a run that was asked to end has ended: what is the abort's own is no failure. */
export function endOfStop(end: Termination, reason: unknown): Termination {
  if (end.kind === 'completed') return end;
  const { error } = end;
  const own = reason !== undefined && error === reason;
  return own || (isObject(error) && 'name' in error && error.name === 'AbortError') ? COMPLETED : end;
}

/** What a teardown threw, as it was thrown. */
export function teardownError(error: unknown): unknown {
  return error instanceof UnsubscriptionError && error.errors.length === 1 ? (error.errors[0] as unknown) : error;
}
