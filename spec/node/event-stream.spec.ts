import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { of, Subject, throwError, type Observable } from 'rxjs';
import { sendFrames } from '../../lib/node/event-stream.js';
import { ask, connected, endAll, first } from './http.js';

const GET = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';
const MB = 2 ** 20;

describe('sendFrames', () => {
  let server: Server;
  let tell: { dropped: jest.Mock; failed: jest.Mock };
  const begun$ = new Subject<void>();
  const closed$ = new Subject<void>();

  /** Resolves with its port. */
  async function serving(frame$: Observable<string>, maxBuffered = MB): Promise<number> {
    server = createServer((_, response) => {
      response.on('error', () => undefined);
      sendFrames(response, frame$, maxBuffered, tell);
      response.once('close', () => {
        closed$.next();
      });
      begun$.next();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  beforeEach(() => {
    tell = { dropped: jest.fn(), failed: jest.fn() };
  });

  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await endAll();
  });

  it('sends frames, and ends with them', async () => {
    const port = await serving(of('data: 1\n\n', 'data: 2\n\n'));
    const { status, headers, body } = await ask(`http://127.0.0.1:${port}`, '/');
    expect([status, body]).toEqual([200, 'data: 1\n\ndata: 2\n\n']);
    expect(headers).toMatchObject({ 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  });

  it('stops to listen when the reader goes away', async () => {
    const frame$ = new Subject<string>();
    const port = await serving(frame$);
    const begun = first(begun$);
    const socket = await connected(port);
    socket.write(GET);
    await begun;
    expect(frame$.observed).toBe(true);
    const closed = first(closed$);
    socket.destroy();
    await closed;
    expect(frame$.observed).toBe(false);
    expect(tell.dropped).not.toHaveBeenCalled();
  });

  it('drops a reader that does not read, at once, and no other', async () => {
    const frame$ = new Subject<string>();
    const port = await serving(frame$);
    const [slow, fast] = [await connected(port), await connected(port)];
    let begun = first(begun$);
    slow.pause();
    slow.write(GET);
    await begun;
    begun = first(begun$);
    fast.write(GET);
    await begun;
    let read = 0;
    fast.on('data', (chunk: Buffer) => (read += chunk.length));
    frame$.next('first');
    let sent = 0;
    while (tell.dropped.mock.calls.length === 0) {
      frame$.next('x'.repeat(MB / 4));
      sent += MB / 4;
      while (read < sent) await once(fast, 'data');
    }
    frame$.next('small');
    expect(tell.dropped).toHaveBeenCalledTimes(1);
    frame$.next('x'.repeat(2 * MB));
    expect(tell.dropped).toHaveBeenCalledTimes(1); // by what waits, not by what comes
    frame$.next('small');
    expect(tell.dropped).toHaveBeenCalledTimes(2); // of one that had no time to read
    slow.resume();
    await once(slow, 'close');
    expect(frame$.observed).toBe(false);
  });

  it('does not count the first frame', async () => {
    const frame$ = new Subject<string>();
    const port = await serving(frame$, 1_000);
    const begun = first(begun$);
    const socket = await connected(port);
    socket.pause();
    socket.write(GET);
    await begun;
    frame$.next('x'.repeat(100 * MB));
    frame$.next('x'.repeat(900));
    frame$.next('x'.repeat(200));
    expect(tell.dropped).not.toHaveBeenCalled();
    frame$.next('x');
    expect(tell.dropped).toHaveBeenCalledTimes(1);
    expect(frame$.observed).toBe(false);
  });

  it('tells of a failure', async () => {
    const error = new Error('down');
    tell.failed.mockImplementation(() => {
      server.closeAllConnections();
    });
    const port = await serving(throwError(() => error));
    await expect(ask(`http://127.0.0.1:${port}`, '/')).rejects.toThrow();
    expect(tell.failed).toHaveBeenCalledWith(error);
  });
});
