import { EMPTY, from, Observable, type ObservableInput } from 'rxjs';
import { isObject } from './check.js';

/** What a service's function returned, ready to be subscribed to. */
export interface Input {
  readonly values$: Observable<unknown>;
  /** It works already, whether it is subscribed to or not. */
  readonly hot: boolean;
  /**
   * Where it has a way of its own to be ended: asks for that; when it is done, `ended` is called, with the error if there is one.
   * Present also for a promise, which can only be waited for.
   */
  readonly close?: (ended: (failure?: { error: unknown }) => void) => void;
  /** Where it is a supervisor: restarts nothing from now on. */
  readonly quiesce?: (reason: unknown) => void;
  /** Where it is a supervisor: the services that live in it, by their paths from the root. */
  readonly livePaths?: () => readonly string[];
}

/** Makes one input of whatever a service may return; TypeError where it is nothing of the kind. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- what a function without a return returns
export function toInput(returned: ObservableInput<unknown> | void): Input {
  if (returned === undefined) return { values$: EMPTY, hot: false };
  if (returned instanceof Observable) return { values$: returned, hot: false };
  if (isObject(returned)) {
    if ('then' in returned) return { values$: from(Promise.resolve(returned)), hot: true, close: waitOnly };
    // before AsyncIterable, which a stream may be as well
    if ('getReader' in returned) return pulled(reading(returned as ReadableStream<unknown>));
    if (Symbol.asyncIterator in returned) return pulled(returned[Symbol.asyncIterator]());
  }
  return { values$: from(returned), hot: false };
}

function waitOnly(): void {
  // a promise ends when it ends
}

type Pullable = Pick<AsyncIterator<unknown>, 'next' | 'return'>;

/** A stream read by its reader, which, unlike its iterator, can be cancelled while it reads. */
function reading(stream: Pick<ReadableStream<unknown>, 'getReader'>): Pullable {
  const reader = stream.getReader();
  return {
    next: async () => {
      const result = await reader.read().catch((error: unknown) => {
        reader.releaseLock();
        throw error;
      });
      if (result.done) reader.releaseLock();
      return result as IteratorResult<unknown>;
    },
    return: async () => {
      await reader.cancel().finally(() => {
        reader.releaseLock();
      });
      return { done: true, value: undefined };
    },
  };
}

/** As `from(asyncIterable)`, but that can be ended: rxjs does not call `return()` where it is unsubscribed from. */
function pulled(source: Pullable): Input {
  let state: 'open' | 'closing' | 'ended' = 'open';
  let failure: { error: unknown } | undefined;

  const pull = async (next: (value: unknown) => void): Promise<void> => {
    while (state === 'open') {
      const result = await source.next();
      if (result.done === true) break;
      next(result.value);
    }
  };

  const values$ = new Observable<unknown>((subscriber) => {
    // while it is being closed, the end is when that is done
    const ended = (tell: () => void) => {
      if (state !== 'open') return;
      state = 'ended';
      tell();
    };
    pull((value) => {
      subscriber.next(value);
    }).then(
      () => {
        ended(() => {
          subscriber.complete();
        });
      },
      (error: unknown) => {
        if (state === 'closing') failure = { error };
        ended(() => {
          subscriber.error(error);
        });
      },
    );
    return () => {
      if (state === 'open') close(() => undefined);
    };
  });

  const close: NonNullable<Input['close']> = (ended) => {
    if (state !== 'open') return;
    state = 'closing';
    const done = (thrown?: { error: unknown }) => {
      ended(failure ?? thrown);
    };
    callReturn(source).then(
      () => {
        done();
      },
      (error: unknown) => {
        done({ error });
      },
    );
  };

  return source.return === undefined ? { values$, hot: false } : { values$, hot: false, close };
}

/** Async, so that a throw is a rejection. */
async function callReturn(source: Pullable): Promise<void> {
  await source.return?.();
}
