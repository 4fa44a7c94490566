import { fromEvent, type Observable, share, Subscription } from 'rxjs';

/** One listener for each signal, however many wait for it: Node warns of a leak where there are more than ten. */
const aborts = new WeakMap<AbortSignal, Observable<Event>>();

/** Calls once when the signal is aborted, with its reason. It must not be aborted yet: its event would never come. */
export function onAbort(signal: AbortSignal | undefined, aborted: (reason: unknown) => void): Subscription {
  if (signal === undefined) return Subscription.EMPTY;
  const abort$ = aborts.get(signal) ?? fromEvent<Event>(signal, 'abort').pipe(share());
  aborts.set(signal, abort$);
  // eslint-disable-next-line rxjs-x/no-ignored-error -- events know no errors
  return abort$.subscribe(() => {
    aborted(signal.reason);
  });
}
