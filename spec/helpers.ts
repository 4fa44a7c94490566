import { delay, fromEvent, NEVER, type Observable, take, timer } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { service, type Service, type ServiceOptions, type StatusEvent } from '../lib/index.js';

export function marbles(test: (helpers: RunHelpers) => void): void {
  new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  }).run(test);
}

export function abortedAt(ms: number): AbortSignal {
  const controller = new AbortController();
  timer(ms).subscribe(() => {
    controller.abort();
  });
  return controller.signal;
}

/** Whether a promise has settled, and how. */
export function outcome(promise: Promise<void>): { is: 'pending' | 'resolved' | 'rejected'; error?: unknown } {
  const seen: ReturnType<typeof outcome> = { is: 'pending' };
  promise.then(
    () => (seen.is = 'resolved'),
    (error: unknown) => Object.assign(seen, { is: 'rejected', error }),
  );
  return seen;
}

export function at(ms: number, act: () => unknown): void {
  timer(ms).subscribe(() => {
    act();
  });
}

/** An Observable service that reads its signal, and ends so many ms after it is aborted. */
export function slow(name: string, ms: number, options?: ServiceOptions): Service {
  return service(name, ({ signal }) => fromEvent(signal, 'abort').pipe(take(1), delay(ms)), options);
}

export function idle(name: string, options?: ServiceOptions): Service {
  return service(name, NEVER, options);
}

/** Time goes on, and promises settle. */
export async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}

/** What is said, as words, from now on. */
export function words(event$: Observable<StatusEvent>): string[] {
  const said: string[] = [];
  event$.subscribe((event) => {
    said.push(`${event.service} ${event.status}${'final' in event && event.final ? ' for good' : ''}`);
  });
  return said;
}
