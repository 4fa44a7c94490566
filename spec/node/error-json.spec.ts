import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { ServiceFailedError, type StatusEvent } from '../../lib/index.js';
import { errorJson, eventJson } from '../../lib/node/error-json.js';
import type { ErrorJson } from '../../lib/node/wire.js';

function chain(length: number): Error {
  let error = new Error('1');
  for (let number = 2; number <= length; number++) error = new Error(String(number), { cause: error });
  return error;
}

function causes(json: ErrorJson | undefined): ErrorJson[] {
  return json === undefined ? [] : [json, ...causes(json.cause)];
}

function count(json: ErrorJson): number {
  const below = [...(json.cause ? [json.cause] : []), ...(json.errors ?? [])];
  return 1 + below.reduce((sum, each) => sum + count(each), 0);
}

describe('errorJson', () => {
  it('has the name, the message and the chain of causes', () => {
    const error = new ServiceFailedError('db', {
      cause: new TypeError('no such host', { cause: new RangeError('port') }),
    });
    expect(errorJson(error, false)).toEqual({
      name: 'ServiceFailedError',
      message: `Service 'db' failed`,
      cause: { name: 'TypeError', message: 'no such host', cause: { name: 'RangeError', message: 'port' } },
    });
  });

  it('has the errors of an AggregateError', () => {
    const error = new AggregateError([new Error('a', { cause: 'c' }), 'b'], 'both');
    expect(errorJson(error, false)).toEqual({
      name: 'AggregateError',
      message: 'both',
      errors: [
        { name: 'Error', message: 'a', cause: { name: 'string', message: 'c' } },
        { name: 'string', message: 'b' },
      ],
    });
  });

  it.each([
    [undefined, 'undefined', 'undefined'],
    [null, 'object', 'null'],
    ['text', 'string', 'text'],
    ['', 'string', ''],
    [42, 'number', '42'],
    [NaN, 'number', 'NaN'],
    [10n, 'bigint', '10n'],
    [true, 'boolean', 'true'],
    [Symbol('s'), 'symbol', 'Symbol(s)'],
    [{ code: 5 }, 'object', '{ code: 5 }'],
    [['a'], 'object', `[ 'a' ]`],
    [Object.create(null), 'object', '[Object: null prototype] {}'],
    [{ message: 'like one' }, 'Error', 'like one'],
    [{ name: 5, message: { no: 'text' } }, 'Error', `{ no: 'text' }`],
    [{ name: '', message: '' }, '', ''],
  ])('of %p has the name %p and the message %p', (thrown, name, message) => {
    expect(errorJson(thrown, false)).toEqual({ name, message });
  });

  it('knows an error of another realm', () => {
    const error: unknown = runInNewContext(`new TypeError('elsewhere', { cause: 1 })`);
    expect(errorJson(error, false)).toEqual({
      name: 'TypeError',
      message: 'elsewhere',
      cause: { name: 'number', message: '1' },
    });
  });

  it('has stacks where they are asked for, and nowhere else', () => {
    const error = new Error('a', { cause: new Error('b') });
    expect(causes(errorJson(error, true)).map(({ stack }) => stack)).toEqual([
      error.stack,
      (error.cause as Error).stack,
    ]);
    expect(causes(errorJson(error, false)).map(({ stack }) => stack)).toEqual([undefined, undefined]);
  });

  it('does not read the stack, which costs, where it is not asked for', () => {
    const read = jest.fn(() => 'stack');
    const error = Object.defineProperty(new Error('a'), 'stack', { get: read });
    errorJson(error, false);
    expect(read).not.toHaveBeenCalled();
    expect(errorJson(error, true).stack).toBe('stack');
  });

  it.each([
    ['an error in an object', { error: new Error('deep') }],
    ['an error in an array', [new Error('deep')]],
    ['an error as the message', { message: new Error('deep') }],
    ['a stack as text', { stack: new Error('deep').stack }],
    ['a short stack as text', { stack: 'Error: deep\n    at deep (/srv/deep.js:1:1)' }],
    ['a cause that is an object', new Error('deep', { cause: { error: new Error('deeper') } })],
  ])('shows no stack of %s', (_what, thrown) => {
    const text = JSON.stringify(errorJson(thrown, false));
    expect(text).toContain('deep');
    expect(text).not.toContain('at ');
    expect(text).not.toContain(__filename);
    expect(text).not.toContain('.js');
    expect(JSON.stringify(errorJson(thrown, true))).toContain('at ');
  });

  it.each([
    ['name', { name: 'Error', message: 'a', cause: { name: 'string', message: 'c' } }],
    ['message', { name: 'Error', message: 'what was thrown cannot be read', cause: { name: 'string', message: 'c' } }],
    ['cause', { name: 'Error', message: 'a' }],
    ['errors', { name: 'Error', message: 'a', cause: { name: 'string', message: 'c' } }],
  ])('has the rest of an error whose %s throws', (field, json) => {
    const error = new Error('a', { cause: 'c' });
    Object.defineProperty(error, field, {
      get: () => {
        throw new Error('no');
      },
    });
    expect(errorJson(error, false)).toEqual(json);
  });

  it('says so where nothing can be read', () => {
    const no = () => {
      throw new Error('no');
    };
    const unreadable = { name: 'Error', message: 'what was thrown cannot be read' };
    expect(errorJson(new Proxy({}, { get: no, has: no }), false)).toEqual(unreadable);
    expect(errorJson({ [inspect.custom]: no }, false)).toEqual(unreadable);
  });

  it('ends where causes lead back', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(
      causes(errorJson(a, false))
        .map(({ message }) => message)
        .join(''),
    ).toBe('ab'.repeat(10));
  });

  it('has the first 20 of a chain of 1,000', () => {
    expect(causes(errorJson(chain(1_000), false))).toHaveLength(20);
    expect(causes(errorJson(chain(20), false))).toHaveLength(20);
    expect(causes(errorJson(chain(19), false))).toHaveLength(19);
  });

  it('has no more than 100 errors, however they fan out', () => {
    const error = new AggregateError([], 'fan');
    error.errors = Array.from({ length: 10 }, () => error);
    error.cause = error;
    expect(count(errorJson(error, false))).toBe(100);
    expect(count(errorJson(new AggregateError(Array.from({ length: 1_000 }, String)), false))).toBe(100);
    const caused = Array.from({ length: 60 }, () => new Error('each', { cause: 'has one' }));
    expect(count(errorJson(new AggregateError(caused), false))).toBe(100);
    expect(count(errorJson(new AggregateError(Array.from({ length: 99 }, String)), false))).toBe(100);
    expect(count(errorJson(new AggregateError(Array.from({ length: 98 }, String)), false))).toBe(99);
  });

  it('cuts texts of more than 10,000 characters', () => {
    const error = new Error('x'.repeat(10_001));
    error.name = 'y'.repeat(10_001);
    error.stack = 'z'.repeat(10_001);
    const cut = '.'.repeat(3);
    expect(errorJson(error, true)).toEqual({
      name: 'y'.repeat(10_000) + cut,
      message: 'x'.repeat(10_000) + cut,
      stack: 'z'.repeat(10_000) + cut,
    });
    expect(errorJson('x'.repeat(10_000), false).message).toBe('x'.repeat(10_000));
  });
});

describe('eventJson', () => {
  it('is the event, with the error as JSON', () => {
    const running: StatusEvent = { service: 'a', status: 'running', time: 1, restarts: 0 };
    const failed: StatusEvent = { ...running, status: 'failed', final: false, restartIn: 5, error: new Error('down') };
    expect(eventJson(running, false)).toEqual(running);
    expect(eventJson(failed, false)).toEqual({ ...failed, error: { name: 'Error', message: 'down' } });
    expect(eventJson(failed, true).error?.stack).toContain(__filename);
  });
});
