import { named, SupervisorError } from '../errors.js';

/** A process could not be started. `cause` is Node's error. */
export class ProcessStartError extends SupervisorError {
  static {
    named(this, 'ProcessStartError');
  }

  constructor(
    /** The program, as it was given. */
    readonly command: string,
    /** The system's name for what is wrong: `'ENOENT'`, `'EACCES'`. */
    readonly code: string,
    /** The same in words. */
    why: string,
    options?: ErrorOptions,
  ) {
    super(`Cannot start '${command}': ${why} (${code})`, options);
  }
}

/** A process ended with an exit code other than 0, or by a signal that the supervisor had not sent. */
export class ProcessExitError extends SupervisorError {
  static {
    named(this, 'ProcessExitError');
  }

  constructor(
    /** The program, as it was given. */
    readonly command: string,
    /** Its exit code; `null` where a signal ended it. */
    readonly code: number | null,
    /** The signal that ended it; `null` where it exited. */
    readonly signalName: NodeJS.Signals | null,
    /** The last lines of its stderr, as many as `stderrLines` says. */
    readonly stderr: readonly string[],
    options?: ErrorOptions,
  ) {
    const how = signalName === null ? `exited with code ${String(code)}` : `was ended by ${signalName}`;
    const last = tellingLine(stderr);
    super(`'${command}' ${how}${last === undefined ? '' : `: ${last}`}`, options);
  }
}

/** How much of a line stands in a message. */
const SHOWN = 500;

/**
 * The last line that says what has happened. What comes after it is often indented (the stack of an error), without a word (the brace
 * that closes its properties), or the version that Node signs with.
 */
function tellingLine(lines: readonly string[]): string | undefined {
  const last =
    lines.findLast((line) => /^(?=\S).*[\p{L}\p{N}]/u.test(line) && !/^Node\.js v\d/.test(line)) ??
    lines.findLast((line) => line.trim() !== '');
  return last !== undefined && last.length > SHOWN ? `${last.slice(0, SHOWN)}...` : last;
}
