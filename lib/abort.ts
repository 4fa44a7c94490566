import { fromEvent, Subscription } from 'rxjs';

/** Calls once when the signal is aborted, with its reason. It must not be aborted yet: its event would never come. */
export function onAbort(signal: AbortSignal | undefined, aborted: (reason: unknown) => void): Subscription {
  if (signal === undefined) return Subscription.EMPTY;
  // eslint-disable-next-line rxjs-x/no-ignored-error -- events know no errors
  return fromEvent(signal, 'abort').subscribe(() => {
    aborted(signal.reason);
  });
}
