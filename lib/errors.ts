/**
 * The errors of this library. What a service throws is never changed into one of these:
 * it is their `cause`, or the `error` of a status event.
 *
 * Each class has its name in `name`, so that errors can be told apart where the package is loaded twice.
 */
export class SupervisorError extends Error {
  static {
    named(this, 'SupervisorError');
  }
}

/**
 * Too many restarts in too short a time: the supervisor gave up.
 *
 * `cause` is the last error of the service; it is absent where its last run completed.
 */
export class RestartLimitError extends SupervisorError {
  static {
    named(this, 'RestartLimitError');
  }

  constructor(
    /** Path of the service, from the root supervisor. */
    readonly service: string,
    /** The limit that was reached: so many restarts within so many ms. */
    readonly limit: { readonly restarts: number; readonly within: number },
    options?: ErrorOptions,
  ) {
    const { restarts, within } = limit;
    super(`Service '${service}' would restart more than ${restarts} times within ${within} ms`, options);
  }
}

/** Services did not end within their grace (`shutdown`), and were cut off. */
export class ShutdownTimeoutError extends SupervisorError {
  static {
    named(this, 'ShutdownTimeoutError');
  }

  constructor(
    /** Paths of the services, from the root supervisor. */
    readonly services: readonly string[],
    options?: ErrorOptions,
  ) {
    super(`Not stopped within the grace given by 'shutdown': ${services.join(', ')}`, options);
  }
}

/** A service was not ready within its `startTimeout`. */
export class StartTimeoutError extends SupervisorError {
  static {
    named(this, 'StartTimeoutError');
  }

  constructor(
    /** Path of the service, from the root supervisor. */
    readonly service: string,
    /** The time it had, in ms. */
    readonly startTimeout: number,
    options?: ErrorOptions,
  ) {
    super(`Service '${service}' was not ready within ${startTimeout} ms`, options);
  }
}

/** Two services of one supervisor have the same name. */
export class DuplicateServiceError extends SupervisorError {
  static {
    named(this, 'DuplicateServiceError');
  }

  constructor(
    /** The name that was given twice. */
    readonly service: string,
  ) {
    super(`There is a service '${service}' already: names are unique in a supervisor`);
  }
}

/** A command names a service that is not there. */
export class UnknownServiceError extends SupervisorError {
  static {
    named(this, 'UnknownServiceError');
  }

  constructor(
    /** The path, as it was given. */
    readonly service: string,
  ) {
    super(`There is no service '${service}'`);
  }
}

/** The supervisor runs already. */
export class SupervisorRunningError extends SupervisorError {
  static {
    named(this, 'SupervisorRunningError');
  }

  constructor(
    /** Name of the supervisor. */
    readonly supervisor: string,
  ) {
    super(`Supervisor '${supervisor}' runs already`);
  }
}

/** The supervisor is not running, or is stopping, and so starts nothing. */
export class SupervisorStoppedError extends SupervisorError {
  static {
    named(this, 'SupervisorStoppedError');
  }

  constructor(
    /** Name of the supervisor. */
    readonly supervisor: string,
  ) {
    super(`Supervisor '${supervisor}' is not running, or is stopping`);
  }
}

/** A significant service failed for good, and so the supervisor ended. `cause` is the service's error. */
export class ServiceFailedError extends SupervisorError {
  static {
    named(this, 'ServiceFailedError');
  }

  constructor(
    /** Path of the service, from the root supervisor. */
    readonly service: string,
    options?: ErrorOptions,
  ) {
    super(`Service '${service}' failed`, options);
  }
}

/** On the prototype, as the built-in errors have it: the first line of `stack` then has the name too. */
export function named(type: { prototype: Error }, name: string): void {
  Object.defineProperty(type.prototype, 'name', { value: name, configurable: true, writable: true });
}
