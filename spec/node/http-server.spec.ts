import dns from 'node:dns';
import { once } from 'node:events';
import { createServer, request, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bufferCount, ReplaySubject, Subject, type Subscription } from 'rxjs';
import { httpServer } from '../../lib/node/http-server.js';
import { answerTo, ask, connected, endAll, first, socketsAre } from './http.js';

const HOST = '127.0.0.1';

interface Served {
  readonly port: number;
  readonly url: string;
  readonly subscription: Subscription;
  readonly controller: AbortController;
  /** `listens`, `completes`. */
  readonly said: string[];
  readonly over: Promise<unknown>;
}

async function served(answer: RequestListener): Promise<Served> {
  const controller = new AbortController();
  const said: string[] = [];
  const address$ = new ReplaySubject<AddressInfo>(1);
  const over$ = new ReplaySubject<void>(Infinity);
  const subscription = httpServer(answer, { port: 0, host: HOST }, controller.signal).subscribe({
    next: (address) => {
      said.push('listens');
      address$.next(address);
    },
    complete: () => {
      said.push('completes');
      over$.next();
    },
  });
  cleanup.push(subscription);
  const { port } = await first(address$);
  return { port, url: `http://${HOST}:${port}`, subscription, controller, said, over: first(over$) };
}

const cleanup: Subscription[] = [];
interface LookupOnCue {
  /** The server has asked where its host is. */
  readonly found: Promise<void>;
  /** Answers. */
  tell(): void;
}

/** Where a name leads is told when the test says so. */
function lookupOnCue(): LookupOnCue {
  const found$ = new Subject<void>();
  const told$ = new Subject<void>();
  jest.spyOn(dns, 'lookup').mockImplementation((...args: unknown[]) => {
    const callback = args.at(-1) as (error: null, address: string, family: number) => void;
    told$.subscribe(() => {
      callback(null, HOST, 4);
    });
    found$.next();
  });
  return {
    found: first(found$),
    tell: () => {
      told$.next();
    },
  };
}

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('httpServer', () => {
  beforeAll(async () => {
    await socketsAre(); // of specs before
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    for (const each of cleanup.splice(0)) each.unsubscribe();
    await endAll();
  });

  it('listens, answers, and completes after an abort', async () => {
    const { url, controller, said, over } = await served((_, response) => response.end('hello'));
    expect((await ask(url, '/')).body).toBe('hello');
    controller.abort();
    await over;
    expect(said).toEqual(['listens', 'completes']);
    await expect(ask(url, '/')).rejects.toThrow('ECONNREFUSED');
    await socketsAre();
  });

  it('fails where the port is in use', async () => {
    const other = createServer().listen(0, HOST);
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const failure = first(httpServer(() => undefined, { port, host: HOST }, new AbortController().signal));
    await expect(failure).rejects.toMatchObject({ code: 'EADDRINUSE' });
    other.close();
    await once(other, 'close');
    await socketsAre();
  });

  it('fails where the host is none of this machine', async () => {
    const signal = new AbortController().signal;
    await expect(first(httpServer(() => undefined, { port: 0, host: '192.0.2.1' }, signal))).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
  });

  it('answers what is under way before it completes', async () => {
    const asked$ = new Subject<ServerResponse>();
    const { url, controller, said, over } = await served((_, response) => {
      asked$.next(response);
    });
    const asked = first(asked$);
    const answer = ask(url, '/');
    const response = await asked;
    controller.abort();
    response.write('late, ');
    expect(said).toEqual(['listens']);
    response.end('but whole');
    expect((await answer).body).toBe('late, but whole');
    await over;
    await socketsAre();
  });

  it('answers all that was asked on one connection without waiting', async () => {
    const asked$ = new ReplaySubject<ServerResponse>(Infinity);
    const { port, controller, over } = await served((_, response) => {
      asked$.next(response);
    });
    const socket = await connected(port);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(GET + GET);
    const both = first(asked$.pipe(bufferCount(2)));
    const [one, two] = await both;
    controller.abort();
    one?.end('one');
    await once(socket, 'data');
    two?.end('two');
    await once(socket, 'close');
    expect(text).toMatch(/one[^]*two/);
    await over;
  });

  it.each([
    ['nothing was asked', ''],
    ['half a request was sent', 'GET / HTTP/1.1\r\nHost: loc'],
    ['a request was answered', GET],
    [
      'a request was answered before its body came',
      'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf',
    ],
  ])('does not wait for a connection on which %s', async (_what, text) => {
    const { port, controller, over } = await served((_, response) => response.end('answered'));
    const socket = await connected(port);
    if (text !== '') socket.write(text);
    if (text.endsWith('\n') || text.endsWith('half')) await once(socket, 'data');
    else await ask(`http://${HOST}:${port}`, '/');
    controller.abort();
    await Promise.all([over, once(socket, 'close')]);
    await socketsAre();
  });

  it('does not wait for an idle connection that is kept for more requests, nor keeps one', async () => {
    const { url, controller, over } = await served((_, response) => response.end('answered'));
    const asked = request(url, { headers: { connection: 'keep-alive' } });
    asked.end();
    const closed = once(asked, 'close');
    await answerTo(asked);
    controller.abort();
    await Promise.all([over, closed]);
    await socketsAre();
  });

  it('cuts a connection whose answer nobody takes, a second after the abort', async () => {
    const asked$ = new Subject<ServerResponse>();
    const { port, controller, over, said } = await served((_, response) => {
      asked$.next(response);
    });
    const socket = await connected(port);
    const asked = first(asked$);
    socket.pause();
    socket.write(GET);
    const response = await asked;
    controller.abort();
    response.end(Buffer.alloc(100_000_000));
    expect(response.writableLength).toBeGreaterThan(1_000_000);
    await over;
    expect(response.writableFinished).toBe(false);
    expect(said).toEqual(['listens', 'completes']);
    socket.destroy();
    await socketsAre();
  });

  it('waits for an answer that has not been given, and cuts it when it is unsubscribed from', async () => {
    const asked$ = new Subject<ServerResponse>();
    const { url, controller, subscription, said } = await served((_, response) => {
      asked$.next(response);
    });
    const asked = first(asked$);
    const answer = ask(url, '/');
    await asked;
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(said).toEqual(['listens']);
    subscription.unsubscribe();
    await expect(answer).rejects.toThrow('socket hang up');
    expect(said).toEqual(['listens']);
    await socketsAre();
  });

  it('leaves nothing behind where it is unsubscribed from with connections of all kinds', async () => {
    const { port, url, subscription, said } = await served((incoming, response) => {
      if (incoming.url === '/') response.write('begun');
    });
    const silent = await connected(port);
    const half = await connected(port);
    half.write('GET /');
    const streaming = await connected(port);
    streaming.write(GET);
    await once(streaming, 'data');
    const unanswered = ask(url, '/never');
    const closed = [silent, half, streaming].map(async (socket) => once(socket, 'close'));
    subscription.unsubscribe();
    await expect(unanswered).rejects.toThrow();
    await Promise.all(closed);
    expect(said).toEqual(['listens']);
    await socketsAre();
  });

  it.each(['unsubscribed from', 'aborted'])(
    'does not listen where it is %s before the name of its host is known',
    async (how) => {
      const lookup = lookupOnCue();
      const controller = new AbortController();
      const listens = jest.fn();
      const over = new Promise<void>((resolve) => {
        const server$ = httpServer(() => undefined, { port: 0, host: 'localhost' }, controller.signal);
        const subscription = server$.subscribe({ next: listens, complete: resolve });
        void lookup.found.then(() => {
          subscription.add(resolve);
          if (how === 'aborted') controller.abort();
          else subscription.unsubscribe();
        });
      });
      await over;
      lookup.tell();
      await socketsAre();
      expect(listens).not.toHaveBeenCalled();
    },
  );

  it('tells all answers of a connection that it is closed, also those whose turn has not come', async () => {
    const { port } = await served((incoming, response) => {
      response.once('close', () => {
        closed.push(incoming.url);
      });
      asked$.next();
    });
    const closed: unknown[] = [];
    const asked$ = new ReplaySubject<void>(Infinity);
    const socket = await connected(port);
    const all = first(asked$.pipe(bufferCount(3)));
    socket.write(['/1', '/2', '/3'].map((path) => GET.replace('/', path)).join(''));
    await all;
    socket.destroy();
    await socketsAre('TCPServerWrap');
    expect(closed.sort()).toEqual(['/1', '/2', '/3']);
  });
});
