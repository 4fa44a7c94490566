import {
  DuplicateServiceError,
  RestartLimitError,
  ServiceFailedError,
  ShutdownTimeoutError,
  StartTimeoutError,
  SupervisorError,
  SupervisorRunningError,
  SupervisorStoppedError,
  UnknownServiceError,
} from '../lib/errors.js';

const LIMIT = { restarts: 3, within: 500 };
const CAUSE = new Error('lost');

describe.each([
  [
    'RestartLimitError',
    RestartLimitError,
    (options?: ErrorOptions) => new RestartLimitError('api/db', LIMIT, options),
    { service: 'api/db', limit: LIMIT },
    "Service 'api/db' would restart more than 3 times within 500 ms",
  ],
  [
    'ShutdownTimeoutError',
    ShutdownTimeoutError,
    (options?: ErrorOptions) => new ShutdownTimeoutError(['a', 'api/db'], options),
    { services: ['a', 'api/db'] },
    "Not stopped within the grace given by 'shutdown': a, api/db",
  ],
  [
    'StartTimeoutError',
    StartTimeoutError,
    (options?: ErrorOptions) => new StartTimeoutError('a', 50, options),
    { service: 'a', startTimeout: 50 },
    "Service 'a' was not ready within 50 ms",
  ],
  [
    'ServiceFailedError',
    ServiceFailedError,
    (options?: ErrorOptions) => new ServiceFailedError('a', options),
    { service: 'a' },
    "Service 'a' failed",
  ],
  [
    'DuplicateServiceError',
    DuplicateServiceError,
    () => new DuplicateServiceError('a'),
    { service: 'a' },
    "There is a service 'a' already: names are unique in a supervisor",
  ],
  [
    'UnknownServiceError',
    UnknownServiceError,
    () => new UnknownServiceError('api/db'),
    { service: 'api/db' },
    "There is no service 'api/db'",
  ],
  [
    'SupervisorRunningError',
    SupervisorRunningError,
    () => new SupervisorRunningError('root'),
    { supervisor: 'root' },
    "Supervisor 'root' runs already",
  ],
  [
    'SupervisorStoppedError',
    SupervisorStoppedError,
    () => new SupervisorStoppedError('root'),
    { supervisor: 'root' },
    "Supervisor 'root' is not running, or is stopping",
  ],
])('%s', (name, type, make: (options?: ErrorOptions) => SupervisorError, fields, message) => {
  it('is a SupervisorError and an Error, of its own class alone', () => {
    const error = make();
    expect(error).toBeInstanceOf(type);
    expect(error).toBeInstanceOf(SupervisorError);
    expect(error).toBeInstanceOf(Error);
    expect(Object.getPrototypeOf(type)).toBe(SupervisorError);
  });

  it('has the name of its class, also at the head of its stack', () => {
    const error = make();
    expect(error.name).toBe(name);
    expect(error.stack).toMatch(new RegExp(`^${name}: `));
  });

  it('has it as the built-in errors have theirs: out of sight, and free to be changed', () => {
    const own = Object.getOwnPropertyDescriptor(type.prototype, 'name');
    expect(own).toEqual({ ...Object.getOwnPropertyDescriptor(TypeError.prototype, 'name'), value: name });
  });

  it('says what happened, to people and in fields', () => {
    const error = make();
    expect(error.message).toBe(message);
    expect(Object.fromEntries(Object.entries(error))).toEqual(fields);
  });

  it('has no cause where none is given', () => {
    expect(make()).not.toHaveProperty('cause');
  });
});

describe('SupervisorError', () => {
  it('has its own name, a message and a cause, as an Error', () => {
    const error = new SupervisorError('x', { cause: CAUSE });
    expect([error.name, error.message, error.cause]).toEqual(['SupervisorError', 'x', CAUSE]);
    expect(error).toBeInstanceOf(Error);
  });

  it.each<[string, SupervisorError]>([
    ['RestartLimitError', new RestartLimitError('a', LIMIT, { cause: CAUSE })],
    ['ShutdownTimeoutError', new ShutdownTimeoutError(['a'], { cause: CAUSE })],
    ['StartTimeoutError', new StartTimeoutError('a', 50, { cause: CAUSE })],
    ['ServiceFailedError', new ServiceFailedError('a', { cause: CAUSE })],
  ])('keeps the cause that is given to a %s', (_name, error) => {
    expect(error.cause).toBe(CAUSE);
  });
});
