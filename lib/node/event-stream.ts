import type { ServerResponse } from 'node:http';
import { Subscription, type Observable } from 'rxjs';

/**
 * Sends frames to one reader, until it goes away. One that does not read what it is sent is dropped: it can come back, and be told what it
 * has missed. (The first frame may be a snapshot of any size, so it does not count.)
 *
 * @param maxBuffered in bytes
 */
export function sendFrames(
  response: ServerResponse,
  frame$: Observable<string>,
  maxBuffered: number,
  tell: { dropped(): void; failed(error: unknown): void },
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
  let allowed: number | undefined;
  const sending = new Subscription();
  response.once('close', () => {
    sending.unsubscribe();
  });
  sending.add(
    frame$.subscribe({
      next: (frame) => {
        if (allowed === undefined || response.writableLength <= allowed) {
          response.write(frame);
          allowed ??= maxBuffered + response.writableLength;
          return;
        }
        // at once: it may be long until it is closed, where it waits for its turn on its connection
        sending.unsubscribe();
        response.destroy();
        tell.dropped();
      },
      error: (error: unknown) => {
        tell.failed(error);
      },
      complete: () => {
        response.end();
      },
    }),
  );
}
