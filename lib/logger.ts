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
    log(logger, level, { ...data, service }, message);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
