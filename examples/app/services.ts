import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { BehaviorSubject, exhaustMap, interval, map, NEVER, Observable, switchMap, takeUntil, timer } from 'rxjs';
import { fromFetch } from 'rxjs/fetch';
import { service } from 'rxjs-supervisor';

const HOST = '127.0.0.1';

// Services find each other through these. A server gets a free port at each start, so what depends on it listens for the
// port, and is idle while there is none; that is calmer than to fail until the server is there.
const exchangePort$ = new BehaviorSubject<number | undefined>(undefined);
const apiPort$ = new BehaviorSubject<number | undefined>(undefined);

/** The price that the api serves. */
export const price$ = new BehaviorSubject(0);

/** A TCP server that sends prices. As an Observable with a teardown: unsubscribing closes it, and cuts its lines. */
export const exchange = service(
  'exchange',
  ({ ready }) =>
    new Observable<never>((subscriber) => {
      const lines = new Set<Socket>();
      const server = createServer((socket) => {
        lines.add(socket);
        serve(socket).add(() => lines.delete(socket));
      });
      server.on('error', (error) => {
        subscriber.error(error);
      });
      server.listen(0, HOST, () => {
        ready();
        exchangePort$.next(portOf(server));
      });
      return () => {
        exchangePort$.next(undefined);
        server.close();
        for (const socket of lines) socket.destroy();
      };
    }),
  { readyOn: 'ready' },
);

/** Sends a price every 50 ms, and drops the line after half a second to two and a half, as the internet does. */
function serve(socket: Socket) {
  const prices$ = interval(50).pipe(
    map(() => 100 + Math.random()),
    takeUntil(timer(500 + 2_000 * Math.random())),
  );
  const sending = prices$.subscribe({
    next: (price) => socket.write(`${price.toFixed(2)}\n`),
    complete: () => socket.destroy(),
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    sending.unsubscribe();
  });
  return sending;
}

/** An HTTP server. As an async function: it has read `signal`, so it is given time to end by it. */
export const api = service(
  'api',
  async ({ signal, ready }) => {
    const server = createHttpServer((_request, response) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ price: price$.value }));
    });
    // the signal closes it
    server.listen({ port: 0, host: HOST, signal });
    // both are rejected by an 'error' of the server, which so is the failure of the service
    await once(server, 'listening', { signal });
    ready();
    apiPort$.next(portOf(server));
    try {
      await once(server, 'close');
    } finally {
      apiPort$.next(undefined);
    }
  },
  { readyOn: 'ready', startTimeout: 2_000 },
);

/** Prices from the exchange. It is running at its first value, and fails when its line is dropped. */
export const feed = service(
  'feed',
  exchangePort$.pipe(
    switchMap((port) => (port === undefined ? NEVER : linesFrom(port))),
    map((line) => Number(line)),
  ),
  { readyOn: 'value' },
);

function linesFrom(port: number): Observable<string> {
  return new Observable((subscriber) => {
    const socket = connect(port, HOST);
    createInterface({ input: socket }).on('line', (line) => {
      subscriber.next(line);
    });
    socket.on('error', (error) => {
      subscriber.error(error);
    });
    socket.on('close', () => {
      subscriber.error(new Error('connection dropped'));
    });
    return () => socket.destroy();
  });
}

/** Asks the api for the price, again and again. As an Observable: unsubscribing also aborts a request that is on its way. */
export const poller = service(
  'poller',
  apiPort$.pipe(
    switchMap((port) => (port === undefined ? NEVER : timer(0, 250).pipe(exhaustMap(() => fetchPrice(port))))),
  ),
  { readyOn: 'value' },
);

function fetchPrice(port: number): Observable<{ price: number }> {
  return fromFetch(`http://${HOST}:${port}/price`, {
    selector: async (response) => {
      if (!response.ok) throw new Error(`the api says ${response.status}`);
      return (await response.json()) as { price: number };
    },
  });
}

/** Does a job every 100 ms, some of which are too hard for it. As an async generator: each job done is a value. */
export const worker = service('worker', async function* ({ signal }) {
  for (let job = 1; ; job++) {
    // with the signal a stop need not wait for it; its AbortError is then no failure
    await setTimeout(100, undefined, { signal });
    if (Math.random() < 0.1) throw new Error(`job ${job} is too hard`);
    yield job;
  }
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
