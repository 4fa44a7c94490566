import type { StatusEvent } from './status.js';
import { ShutdownTimeoutError } from './errors.js';

/** Where a supervisor writes what it does. `console` is one, and so is a pino logger. */
export interface Logger {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes to a logger, and swallows what that throws: a log is no reason for a service to fail. */
export function log(logger: Logger | undefined, level: LogLevel, data: object, message: string): void {
  try {
    logger?.[level](data, message);
  } catch {
    // there is nobody left to tell
  }
}

/** The logger that a service gets: it says whose lines they are. */
export function serviceLogger(logger: Logger | undefined, service: string): Logger {
  const at = (level: LogLevel) => (data: object, message: string) => {
    // an Error keeps what it says under the name that pino gives it
    log(logger, level, data instanceof Error ? { err: data, service } : { ...data, service }, message);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** Every event is for `debug`; a failure besides for `warn`, or, where it is final or out of grace, for `error`. */
export function logEvent(logger: Logger, event: StatusEvent, root: string | undefined): void {
  const data = root === undefined ? event : { ...event, service: `${root}/${event.service}` };
  const message = `${data.service}: ${event.status}`;
  log(logger, 'debug', data, message);
  if (event.status !== 'failed') return;
  const fatal = event.final || event.error instanceof ShutdownTimeoutError;
  log(logger, fatal ? 'error' : 'warn', data, message);
}
