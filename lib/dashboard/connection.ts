import { connect, defer, finalize, fromEvent, map, merge, Observable, scan, startWith, switchMap, timer } from 'rxjs';
import { exponential } from '../backoff.js';
import type { StatusEventJson, StatusSnapshot } from '../node/wire.js';
import { supervised } from '../supervised.js';
import type { Message } from './message.js';

/** How often the server gives a sign of life where it does not say so, in ms. */
const HEARTBEAT = 15_000;
/** After so many heartbeats without a word the connection is dead, whatever the browser thinks of it. */
const SILENT_HEARTBEATS = 2.5;

/**
 * The messages of a stream of Server-Sent Events, for ever: one subscription is one EventSource, and `supervised` makes a new one
 * where that is closed or dead. A connection that is only interrupted is left to the browser, which resumes where it was.
 */
export function messagesFrom(open: () => EventSource): Observable<Message> {
  return new Observable((subscriber) =>
    listen(open)
      .pipe(
        supervised({
          name: 'connection',
          restart: { delay: exponential({ initial: 500, max: 10_000 }) },
          readyOn: 'value',
          onStatus: (event) => {
            subscriber.next({ type: 'connection', event });
          },
        }),
      )
      .subscribe(subscriber),
  );
}

function listen(open: () => EventSource): Observable<Message> {
  return defer(() => {
    const source = open();
    return merge(
      fromEvent(source, 'open').pipe(map((): Message => ({ type: 'open' }))),
      fromEvent(source, 'error').pipe(map((): Message => interrupted(source))),
      dataOf<StatusSnapshot>(source, 'snapshot').pipe(
        map((snapshot): Message => ({ type: 'snapshot', at: Date.now(), snapshot })),
      ),
      dataOf<StatusEventJson>(source, 'status').pipe(map((event): Message => ({ type: 'status', event }))),
      dataOf<{ service: string }>(source, 'removed').pipe(
        map(({ service }): Message => ({ type: 'removed', service })),
      ),
      dataOf<{ time: number }>(source, 'heartbeat').pipe(
        map(({ time }): Message => ({ type: 'heartbeat', at: Date.now(), time })),
      ),
    ).pipe(
      unlessSilent,
      finalize(() => {
        source.close();
      }),
    );
  });
}

/** Fails where nothing is heard for too long. */
function unlessSilent(message$: Observable<Message>): Observable<Message> {
  return message$.pipe(
    connect((shared$) => {
      const silence$ = shared$.pipe(
        scan(
          (heartbeat, each) => (each.type === 'snapshot' ? (each.snapshot.heartbeat ?? HEARTBEAT) : heartbeat),
          HEARTBEAT,
        ),
        startWith(HEARTBEAT),
        switchMap((heartbeat) => timer(SILENT_HEARTBEATS * heartbeat)),
        map((): never => {
          throw new Error('Nothing was heard from the server');
        }),
      );
      return merge(shared$, silence$);
    }),
  );
}

/** What comes is not checked: it is from the server that the page is from. */
function dataOf<T>(source: EventSource, type: string): Observable<T> {
  return fromEvent<MessageEvent<string>>(source, type).pipe(map(({ data }) => JSON.parse(data) as T));
}

/** An error that closed the source is its end; after any other it connects again by itself. */
function interrupted(source: EventSource): Message {
  if (source.readyState === source.CLOSED) throw new Error('The server refused the stream of events');
  return { type: 'lost', at: Date.now() };
}
