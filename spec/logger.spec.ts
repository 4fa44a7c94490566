import { log, type Logger, type LogLevel, serviceLogger } from '../lib/logger.js';

const LEVELS: LogLevel[] = ['debug', 'info', 'warn', 'error'];

type Line = [LogLevel, object, string];

function recorder(): { logger: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: LogLevel) => (data: object, message: string) => {
    lines.push([level, data, message]);
  };
  return { logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }, lines };
}

/** As pino's: its methods need their object. */
class PrefixedLogger implements Logger {
  readonly lines: string[] = [];
  readonly #prefix = '> ';

  debug(_data: object, message: string): void {
    this.lines.push(`${this.#prefix}debug ${message}`);
  }
  info(_data: object, message: string): void {
    this.lines.push(`${this.#prefix}info ${message}`);
  }
  warn(_data: object, message: string): void {
    this.lines.push(`${this.#prefix}warn ${message}`);
  }
  error(_data: object, message: string): void {
    this.lines.push(`${this.#prefix}error ${message}`);
  }
}

function thrower(): Logger {
  const fail = () => {
    throw new Error('the disk is full');
  };
  return { debug: fail, info: fail, warn: fail, error: fail };
}

describe('log', () => {
  it.each(LEVELS)('writes at level %s, and at that alone', (level) => {
    const { logger, lines } = recorder();
    const data = { a: 1 };
    log(logger, level, data, 'text');
    expect(lines).toEqual([[level, data, 'text']]);
    expect(lines[0]?.[1]).toBe(data);
  });

  it('calls the functions of a logger as its methods', () => {
    const logger = new PrefixedLogger();
    for (const level of LEVELS) log(logger, level, {}, 'text');
    expect(logger.lines).toEqual(['> debug text', '> info text', '> warn text', '> error text']);
  });

  it('is silent without a logger', () => {
    expect(() => {
      log(undefined, 'error', {}, 'text');
    }).not.toThrow();
  });

  it('swallows what a logger throws', () => {
    const logger = thrower();
    const error = jest.spyOn(logger, 'error');
    expect(() => {
      log(logger, 'error', {}, 'text');
    }).not.toThrow();
    expect(error).toHaveBeenCalledTimes(1);
  });
});

describe('serviceLogger', () => {
  it.each(LEVELS)('adds the path of the service at level %s, and leaves the data as it was', (level) => {
    const { logger, lines } = recorder();
    const data = { port: 80 };
    serviceLogger(logger, 'api/db')[level](data, 'listening');
    expect(lines).toEqual([[level, { service: 'api/db', port: 80 }, 'listening']]);
    expect(data).toEqual({ port: 80 });
  });

  it('says whose line it is whatever the data says', () => {
    const { logger, lines } = recorder();
    serviceLogger(logger, 'api/db').info({ service: 'postgres' }, 'text');
    expect(lines).toEqual([['info', { service: 'api/db' }, 'text']]);
  });

  it('can be taken apart', () => {
    const logger = new PrefixedLogger();
    const { info } = serviceLogger(logger, 'a') as { info: (this: void, data: object, message: string) => void };
    info({}, 'text');
    expect(logger.lines).toEqual(['> info text']);
  });

  it('swallows what the logger below throws, and is silent without one', () => {
    for (const below of [thrower(), undefined]) {
      expect(() => {
        serviceLogger(below, 'a').warn({}, 'text');
      }).not.toThrow();
    }
  });
});
