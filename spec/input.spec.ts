import { setImmediate } from 'node:timers/promises';
import { EMPTY, NEVER, Observable, of, Subject, take, throwError } from 'rxjs';
import { type Input, toInput } from '../lib/input.js';

const LOST = new Error('lost');

/** Subscribes, and notes what comes. */
function listen({ values$ }: Input) {
  const told: unknown[] = [];
  const subscription = values$.subscribe({
    next: (value) => told.push(value),
    error: (error: unknown) => told.push({ error }),
    complete: () => told.push('complete'),
  });
  return { told, subscription };
}

/** Asks it to end, and notes when it has. */
function close(input: Input): unknown[] {
  const told: unknown[] = [];
  input.close?.((failure) => told.push(failure ?? 'closed'));
  return told;
}

/** Lets all promises come to rest. */
async function rest(): Promise<void> {
  await setImmediate();
}

function asyncIterable(iterator: Partial<AsyncIterator<unknown>>): AsyncIterable<unknown> {
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<unknown> };
}

/** An async iterator in the hands of the spec: it answers what it is told to. */
function handmade(answer?: () => Promise<IteratorResult<unknown>>) {
  const asked: PromiseWithResolvers[] = [];
  const next = jest.fn(
    () =>
      new Promise<IteratorResult<unknown>>((resolve, reject) => {
        asked.push({ resolve, reject });
      }),
  );
  const end = jest.fn(answer ?? (() => Promise.resolve({ done: true, value: undefined })));
  return { next, return: end, asked, iterable: asyncIterable({ next, return: end }) };
}

interface PromiseWithResolvers {
  resolve(result: IteratorResult<unknown>): void;
  reject(error: unknown): void;
}

// eslint-disable-next-line @typescript-eslint/require-await -- an AsyncIterable is what it is to be
async function* asyncNumbers(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

function* numbers(): Generator<number> {
  yield 1;
  yield 2;
}

const thenable = (settle: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void) =>
  ({ then: settle }) as PromiseLike<unknown>;

/** rxjs takes this word where the symbol is not there. */
const observableKey = (Symbol.observable as symbol | undefined) ?? '@@observable';

const interop = (observable$: Observable<unknown>) => ({ [observableKey]: () => observable$ }) as never;

const stream = (source: UnderlyingDefaultSource<unknown>) => new ReadableStream<unknown>(source, { highWaterMark: 0 });

describe('toInput', () => {
  it.each<[string, () => Parameters<typeof toInput>[0], unknown[]]>([
    ['nothing', () => undefined, ['complete']],
    ['an Observable', () => of(1, 2), [1, 2, 'complete']],
    ['an interop Observable', () => interop(of(1, 2)), [1, 2, 'complete']],
    ['a promise', () => Promise.resolve(1), [1, 'complete']],
    ['a promise of nothing', () => Promise.resolve(), [undefined, 'complete']],
    [
      'a thenable',
      () =>
        thenable((resolve) => {
          resolve(1);
        }),
      [1, 'complete'],
    ],
    ['an array', () => [1, 2], [1, 2, 'complete']],
    ['another iterable', () => new Set([1, 2]), [1, 2, 'complete']],
    ['a generator', () => numbers(), [1, 2, 'complete']],
    ['a string', () => 'ab', ['a', 'b', 'complete']],
    ['an async generator', () => asyncNumbers(), [1, 2, 'complete']],
    [
      'a ReadableStream',
      () =>
        stream({
          start(controller) {
            controller.enqueue(1);
            controller.enqueue(2);
            controller.close();
          },
        }),
      [1, 2, 'complete'],
    ],
  ])('makes values of %s', async (_title, make, expected) => {
    const { told } = listen(toInput(make()));
    await rest();
    expect(told).toEqual(expected);
  });

  it.each<[string, () => Parameters<typeof toInput>[0]]>([
    ['an Observable', () => throwError(() => LOST)],
    ['an interop Observable', () => interop(throwError(() => LOST))],
    ['a promise', () => Promise.reject(LOST)],
    [
      'a thenable',
      () =>
        thenable((_resolve, reject) => {
          reject(LOST);
        }),
    ],
    [
      'a generator',
      // eslint-disable-next-line require-yield -- it fails before
      function* () {
        throw LOST;
      },
    ],
    [
      'an async generator',
      // eslint-disable-next-line @typescript-eslint/require-await, require-yield -- it fails before
      async function* () {
        throw LOST;
      },
    ],
    ['an async iterator whose `next` rejects', () => asyncIterable({ next: () => Promise.reject(LOST) })],
    [
      'an async iterator whose `next` throws',
      () =>
        asyncIterable({
          next: () => {
            throw LOST;
          },
        }),
    ],
    [
      'a ReadableStream',
      () =>
        stream({
          start(controller) {
            controller.error(LOST);
          },
        }),
    ],
  ])('hands on the failure of %s', async (_title, make) => {
    const { told } = listen(toInput(make()));
    await rest();
    expect(told).toEqual([{ error: LOST }]);
  });

  it.each([[null], [7], [true], [{}], [() => 1], [Symbol('s')]])('throws a TypeError for %p', (returned) => {
    expect(() => toInput(returned as never)).toThrow(TypeError);
  });

  it('hands on an Observable itself, whatever else it can do', () => {
    expect(toInput(NEVER).values$).toBe(NEVER);
    const iterable = Object.assign(new Observable<number>(), {
      [Symbol.asyncIterator]: asyncNumbers,
      getReader: () => undefined,
    });
    expect(toInput(iterable).values$).toBe(iterable);
    expect(toInput(iterable).close).toBeUndefined();
  });

  it.each<[string, () => Parameters<typeof toInput>[0], { hot: boolean; closes: boolean }]>([
    ['nothing', () => undefined, { hot: false, closes: false }],
    ['an Observable', () => EMPTY, { hot: false, closes: false }],
    ['an interop Observable', () => interop(EMPTY), { hot: false, closes: false }],
    ['an iterable', () => [1], { hot: false, closes: false }],
    ['a generator', () => numbers(), { hot: false, closes: false }],
    ['a promise', () => Promise.resolve(), { hot: true, closes: true }],
    ['a thenable', () => thenable(() => undefined), { hot: true, closes: true }],
    ['an async generator', () => asyncNumbers(), { hot: false, closes: true }],
    ['a ReadableStream', () => stream({}), { hot: false, closes: true }],
    [
      'an async iterator without `return`',
      () => asyncIterable({ next: () => Promise.reject(LOST) }),
      { hot: false, closes: false },
    ],
  ])('knows whether it works unasked, and has an end of its own: %s', (_title, make, expected) => {
    const input = toInput(make());
    expect({ hot: input.hot, closes: input.close !== undefined }).toEqual(expected);
  });

  describe('with a promise', () => {
    it('goes on after it was asked to end, which is when it ends', async () => {
      let resolve: (value: string) => void = () => undefined;
      const input = toInput(new Promise((settle) => (resolve = settle)));
      const { told } = listen(input);
      const closed = close(input);
      await rest();
      expect(told).toEqual([]);
      resolve('late');
      await rest();
      expect(told).toEqual(['late', 'complete']);
      expect(closed).toEqual([]);
    });

    it('gives nothing after it was unsubscribed from', async () => {
      const { told, subscription } = listen(toInput(Promise.resolve(1)));
      subscription.unsubscribe();
      await rest();
      expect(told).toEqual([]);
    });
  });

  describe('with an iterable', () => {
    it('returns its iterator where it is unsubscribed from half-way', () => {
      let returned = false;
      function* endless() {
        try {
          for (let each = 0; ; each++) yield each;
        } finally {
          returned = true;
        }
      }
      const seen: unknown[] = [];
      toInput(endless())
        .values$.pipe(take(2))
        .subscribe((value) => seen.push(value));
      expect(seen).toEqual([0, 1]);
      expect(returned).toBe(true);
    });
  });

  describe('with an async iterator', () => {
    it('pulls nothing before it is subscribed to, and then one at a time', async () => {
      const { iterable, next, asked } = handmade();
      const input = toInput(iterable);
      await rest();
      expect(next).not.toHaveBeenCalled();
      const { told } = listen(input);
      await rest();
      expect(next).toHaveBeenCalledTimes(1);
      asked[0]?.resolve({ done: false, value: 'a' });
      await rest();
      expect(told).toEqual(['a']);
      expect(next).toHaveBeenCalledTimes(2);
      asked[1]?.resolve({ done: true, value: 'not a value' });
      await rest();
      expect(told).toEqual(['a', 'complete']);
    });

    it('calls `next` and `return` as its methods', async () => {
      class Countdown {
        #left = 2;
        returned = false;
        next() {
          return Promise.resolve({ done: this.#left === 0, value: this.#left-- });
        }
        return() {
          this.returned = this.#left < 2;
          return Promise.resolve({ done: true, value: 0 });
        }
      }
      const { told } = listen(toInput(asyncIterable(new Countdown())));
      await rest();
      expect(told).toEqual([2, 1, 'complete']);
      const countdown = new Countdown();
      listen(toInput(asyncIterable(countdown))).subscription.unsubscribe();
      expect(countdown.returned).toBe(true);
    });

    it('does not return one that has ended by itself', async () => {
      const { iterable, return: end, asked } = handmade();
      const input = toInput(iterable);
      const { told } = listen(input);
      asked[0]?.resolve({ done: true, value: undefined });
      await rest();
      expect([told, close(input)]).toEqual([['complete'], []]);
      await rest();
      expect(end).not.toHaveBeenCalled();
    });

    it('does not return one that has failed by itself', async () => {
      const { iterable, return: end, asked } = handmade();
      const { told } = listen(toInput(iterable));
      asked[0]?.reject(LOST);
      await rest();
      expect(told).toEqual([{ error: LOST }]);
      expect(end).not.toHaveBeenCalled();
    });

    it('is closed by `return`, once, and has ended when that has settled', async () => {
      let settle: (result: IteratorResult<unknown>) => void = () => undefined;
      const { iterable, return: end } = handmade(() => new Promise((resolve) => (settle = resolve)));
      const input = toInput(iterable);
      const { told } = listen(input);
      const closed = close(input);
      expect(end).toHaveBeenCalledTimes(1);
      expect(close(input)).toEqual([]);
      await rest();
      expect(closed).toEqual([]);
      settle({ done: true, value: undefined });
      await rest();
      expect(closed).toEqual(['closed']);
      // that is for the one who asked to say
      expect(told).toEqual([]);
      expect(end).toHaveBeenCalledTimes(1);
    });

    it('pulls nothing more once it is being closed, and says nothing of its end', async () => {
      const { iterable, next, asked } = handmade();
      const input = toInput(iterable);
      const { told } = listen(input);
      close(input);
      asked[0]?.resolve({ done: false, value: 'on its way' });
      await rest();
      expect(told).toEqual(['on its way']);
      expect(next).toHaveBeenCalledTimes(1);
    });

    it.each<[string, () => Promise<never>]>([
      ['rejects', () => Promise.reject(LOST)],
      [
        'throws',
        () => {
          throw LOST;
        },
      ],
    ])('has failed where `return` %s', async (_title, answer) => {
      const { iterable } = handmade(answer);
      const input = toInput(iterable);
      listen(input);
      const closed = close(input);
      await rest();
      expect(closed).toEqual([{ error: LOST }]);
    });

    it('has failed where `next` rejects while it is being closed', async () => {
      let settle: (result: IteratorResult<unknown>) => void = () => undefined;
      const { iterable, asked } = handmade(() => new Promise((resolve) => (settle = resolve)));
      const input = toInput(iterable);
      const { told } = listen(input);
      const closed = close(input);
      asked[0]?.reject(LOST);
      await rest();
      expect([told, closed]).toEqual([[], []]);
      settle({ done: true, value: undefined });
      await rest();
      expect([told, closed]).toEqual([[], [{ error: LOST }]]);
    });

    it('can be closed before it was ever subscribed to', async () => {
      const { iterable, next, return: end } = handmade();
      const closed = close(toInput(iterable));
      await rest();
      expect(closed).toEqual(['closed']);
      expect([next.mock.calls.length, end.mock.calls.length]).toEqual([0, 1]);
    });

    it('has run the `finally` of a generator when it says that it has ended', async () => {
      const order: string[] = [];
      const gate = new Subject<void>();
      async function* generator() {
        try {
          yield 'value';
          yield 'never asked for';
        } finally {
          await new Promise<void>((resolve) => gate.subscribe(resolve));
          order.push('finally');
        }
      }
      const input = toInput(generator());
      const seen: unknown[] = [];
      // at its first value it stands at a yield
      input.values$.subscribe((value) => {
        seen.push(value);
        input.close?.(() => order.push('closed'));
      });
      await rest();
      expect([seen, order]).toEqual([['value'], []]);
      gate.next();
      await rest();
      expect([seen, order]).toEqual([['value'], ['finally', 'closed']]);
    });

    it('has failed where the `finally` of a generator throws', async () => {
      // eslint-disable-next-line @typescript-eslint/require-await -- an AsyncIterable is what it is to be
      async function* generator() {
        try {
          yield 1;
        } finally {
          // eslint-disable-next-line no-unsafe-finally -- the case
          throw LOST;
        }
      }
      const input = toInput(generator());
      const closed: unknown[] = [];
      input.values$.subscribe(() => input.close?.((failure) => closed.push(failure)));
      await rest();
      expect(closed).toEqual([{ error: LOST }]);
    });

    it('is returned where it is unsubscribed from, and gives nothing more', async () => {
      const { iterable, next, return: end, asked } = handmade();
      const { told, subscription } = listen(toInput(iterable));
      subscription.unsubscribe();
      expect(end).toHaveBeenCalledTimes(1);
      asked[0]?.resolve({ done: false, value: 'late' });
      await rest();
      expect(told).toEqual([]);
      expect(next).toHaveBeenCalledTimes(1);
    });

    it('is not returned again where it is unsubscribed from while it is being closed', () => {
      const { iterable, return: end } = handmade();
      const input = toInput(iterable);
      const { subscription } = listen(input);
      close(input);
      subscription.unsubscribe();
      expect(end).toHaveBeenCalledTimes(1);
    });

    it('leaves no rejection behind where it is unsubscribed from', async () => {
      const unhandled = jest.fn();
      process.on('unhandledRejection', unhandled);
      try {
        const { iterable, asked } = handmade(() => Promise.reject(LOST));
        listen(toInput(iterable)).subscription.unsubscribe();
        asked[0]?.reject(LOST);
        await rest();
        expect(unhandled).not.toHaveBeenCalled();
      } finally {
        process.off('unhandledRejection', unhandled);
      }
    });

    it('is dropped at once where it has no `return`', async () => {
      const { next, asked } = handmade();
      const { told, subscription } = listen(toInput(asyncIterable({ next })));
      subscription.unsubscribe();
      asked[0]?.resolve({ done: false, value: 'late' });
      await rest();
      expect(told).toEqual([]);
      expect(next).toHaveBeenCalledTimes(1);
    });
  });

  describe('with a ReadableStream', () => {
    it('is closed by `cancel`, also while it is being read, and has ended when that has settled', async () => {
      let settle: () => void = () => undefined;
      const cancel = jest.fn(() => new Promise<void>((resolve) => (settle = resolve)));
      const input = toInput(stream({ pull: () => new Promise(() => undefined), cancel }));
      const { told } = listen(input);
      await rest();
      const closed = close(input);
      await rest();
      expect(cancel).toHaveBeenCalledTimes(1);
      expect(closed).toEqual([]);
      settle();
      await rest();
      expect([told, closed]).toEqual([[], ['closed']]);
    });

    it('has failed where `cancel` rejects', async () => {
      const input = toInput(stream({ cancel: () => Promise.reject(LOST) }));
      listen(input);
      const closed = close(input);
      await rest();
      expect(closed).toEqual([{ error: LOST }]);
    });

    it('is cancelled where it is unsubscribed from', async () => {
      const cancel = jest.fn();
      const { told, subscription } = listen(toInput(stream({ cancel })));
      subscription.unsubscribe();
      await rest();
      expect(cancel).toHaveBeenCalledTimes(1);
      expect(told).toEqual([]);
    });

    it('is pulled as fast as its values are taken, not faster', async () => {
      let pulled = 0;
      const { told, subscription } = listen(
        toInput(
          stream({
            pull(controller) {
              if (++pulled < 3) controller.enqueue(pulled);
            },
          }),
        ),
      );
      await rest();
      expect([told, pulled]).toEqual([[1, 2], 3]);
      subscription.unsubscribe();
    });

    it.each<[string, UnderlyingDefaultSource<unknown>]>([
      [
        'has ended',
        {
          start(controller) {
            controller.close();
          },
        },
      ],
      [
        'has failed',
        {
          start(controller) {
            controller.error(LOST);
          },
        },
      ],
      ['was closed', {}],
      ['was closed, and failed in that', { cancel: () => Promise.reject(LOST) }],
    ])('is free for others when it %s', async (_title, source) => {
      const whole = stream(source);
      const input = toInput(whole);
      const { told } = listen(input);
      expect(whole.locked).toBe(true);
      await rest();
      const closed = close(input);
      await rest();
      expect([...told, ...closed]).toHaveLength(1);
      expect(whole.locked).toBe(false);
    });

    it.each<[string, UnderlyingDefaultSource<unknown>]>([
      ['well', {}],
      ['badly', { cancel: () => Promise.reject(LOST) }],
    ])('is free for others when it was closed before it was ever read, %s', async (_title, source) => {
      const whole = stream(source);
      const closed = close(toInput(whole));
      await rest();
      expect(closed).toHaveLength(1);
      expect(whole.locked).toBe(false);
    });

    it('throws where somebody else reads it', () => {
      const taken = stream({});
      taken.getReader();
      expect(() => toInput(taken)).toThrow('locked');
    });

    it('needs no async iterator, which streams of browsers may lack', async () => {
      const whole = stream({
        start(controller) {
          controller.enqueue('a');
          controller.close();
        },
      });
      const { told } = listen(toInput({ getReader: () => whole.getReader() } as ReadableStream<unknown>));
      await rest();
      expect(told).toEqual(['a', 'complete']);
    });
  });
});
