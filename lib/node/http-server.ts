import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Observable, timer } from 'rxjs';
import { onAbort } from '../abort.js';

export interface Endpoint {
  readonly port: number;
  readonly host: string;
}

/** How long an answer that has been given may wait to be taken, when the server is to stop, in ms. */
const LAST_WORDS = 1_000;

/**
 * An HTTP server: its one value is where it listens. When the signal is aborted it takes no more connections, and completes when those that
 * are being answered have been; unsubscribing cuts them. So does an abort, after a second, where the answer is there but nobody takes it.
 *
 * ```
 * requests     --(---)--(-----)
 * signal       ------------!        what is under way is answered
 * value        -a--------------|
 * ```
 */
export function httpServer(
  answer: RequestListener,
  { port, host }: Endpoint,
  signal: AbortSignal,
): Observable<AddressInfo> {
  return new Observable((subscriber) => {
    const connections = new Connections();
    const server = createServer((request, response) => {
      const { socket } = request;
      connections.begin(socket, response);
      response.once('close', () => {
        connections.end(socket, response);
        // Node would keep it open for the next request
        if (!server.listening && connections.isIdle(socket)) socket.destroySoon();
      });
      answer(request, response);
    });
    server.on('connection', (socket) => {
      connections.add(socket);
    });
    server.on('error', (error) => {
      subscriber.error(error);
    });
    server.once('close', () => {
      subscriber.complete();
    });
    server.listen({ port, host }, () => {
      // the name of the host was being looked up when it was closed, which Node forgets
      if (subscriber.closed) server.close();
      else subscriber.next(server.address() as AddressInfo);
    });
    subscriber.add(
      onAbort(signal, () => {
        server.close();
        // also those that a browser opens in advance, on which nothing has been asked yet: Node waits for them
        connections.cut((underWay) => underWay.size === 0);
        subscriber.add(
          // eslint-disable-next-line rxjs-x/no-ignored-error -- timers know no errors
          timer(LAST_WORDS).subscribe(() => {
            connections.cut(
              (underWay) => underWay.size > 0 && Array.from(underWay).every((each) => each.writableEnded),
            );
          }),
        );
      }),
    );
    return () => {
      server.close();
      connections.cut(() => true);
    };
  });
}

/** The connections of a server, and the answers that are under way on each: several, where requests are sent without waiting. */
class Connections {
  readonly #all = new Map<Socket, Set<ServerResponse>>();

  add(socket: Socket): void {
    const underWay = new Set<ServerResponse>();
    this.#all.set(socket, underWay);
    socket.once('close', () => {
      this.#all.delete(socket);
      // Node tells only the one whose turn it was
      for (const each of underWay) if (each.socket === null) each.emit('close');
    });
  }

  begin(socket: Socket, response: ServerResponse): void {
    this.#all.get(socket)?.add(response);
  }

  end(socket: Socket, response: ServerResponse): void {
    this.#all.get(socket)?.delete(response);
  }

  isIdle(socket: Socket): boolean {
    return this.#all.get(socket)?.size === 0;
  }

  cut(which: (underWay: ReadonlySet<ServerResponse>) => boolean): void {
    for (const [socket, underWay] of this.#all) if (which(underWay)) socket.destroy();
  }
}
