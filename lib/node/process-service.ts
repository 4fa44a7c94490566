import { fileURLToPath } from 'node:url';
import { checkArray, checkObject, checkWhole, expected } from '../check.js';
import { service, type Service, type ServiceOptions } from '../service.js';
import { Ending } from './ending.js';
import { type ProcessLine, processRun } from './process-run.js';

/** Options of a process as a service. */
export interface ProcessServiceOptions extends ServiceOptions {
  /** The directory it runs in. Default: that of this process. */
  cwd?: string | URL;
  /** All of its environment. Default: that of this process, as it is at each start. */
  env?: NodeJS.ProcessEnv;
  /** A line with more characters (UTF-16 units, as `length` counts them) is given in pieces of so many. Default 16_777_216. */
  maxLineLength?: number;
  /** How many of the last lines of stderr a `ProcessExitError` has. Default 20. */
  stderrLines?: number;
}

/** Half of the longest string that Node can hold. */
const LONGEST_LINE = 2 ** 28;

/**
 * A child process as a service. Its values are the lines that it writes.
 *
 * The program is started without a shell, with its stdin closed. A line ends with `\n` or `\r\n`; a last one without is given as well.
 * What is no UTF-8 becomes U+FFFD. Lines of one stream are in order; between stdout and stderr the order is not known. They are given
 * as they are read, and nothing is queued: a subscriber that takes its time slows the process down, which then waits with its writing.
 *
 * **Its end.** Exit code 0 completes the run. Another code, or a signal, fails it with {@link ProcessExitError}; a program that cannot
 * be started fails it with {@link ProcessStartError}. Lines come before the end, and none after. When the process exits of itself, what
 * it leaves in its group is killed first; what has left the group and holds the output open is waited for a second.
 *
 * **Its stop.** SIGTERM is sent to its process group: to the process and to all that it has started. It has ended when it has exited
 * and the others have closed its stdout and stderr; then what is left of the group is killed. Exit code 0, 143 and an end by SIGTERM are
 * then a stop; another end is a failure. After the grace (`shutdown`), and when the run is unsubscribed from, SIGKILL goes to the
 * group at once.
 *
 * ```
 * stop           --x
 * process group  --T-----|        T SIGTERM; it has ended within its grace
 * events           x-----c        x stopping, c stopped
 *
 * stop           --x
 * process group  --T---------K    K SIGKILL
 * events           x---------F    F failed, for good, with ShutdownTimeoutError
 * ```
 *
 * **No orphans.** Groups that live are killed:
 * - at the end of a run, a stop and an unsubscribe: always. SIGKILL is sent within the call, and the system takes a moment to carry it
 *   out, in which a port may still be taken; the next run waits until all in the group are gone
 * - at `process.exit()`, an uncaught error and the second signal of `shutdownSignal()`: always, by a listener to the process's `'exit'`
 * - when this process is killed, crashes or is aborted: by a guardian, one small `/bin/sh` for all processes, which waits for the end of
 *   a pipe that only this process holds. There are microseconds between the start of a process and the word to the guardian, in which a
 *   SIGKILL of this process would leave it; and where there is no `/bin/sh`, or somebody kills the guardian, it is done without.
 *
 * Out of reach are programs that leave their group, by `setsid` or as daemons do: start those in the foreground. On Windows, where there
 * are no process groups, the process is killed alone, and there is no guardian.
 *
 * A Ctrl-C in the terminal reaches this process, and not those of the services, which are in sessions of their own: so the supervisor
 * can stop them in its order.
 *
 * @param command a program in PATH, or a path to one, relative to `cwd`
 * @throws TypeError or RangeError that names the argument or the option that is wrong
 * @example
 * ```ts
 * const answer = processService('answer', 'node', ['-p', '6 * 7'], { restart: 'never' });
 * const supervisor = new Supervisor([answer]);
 * supervisor.valuesOf(answer).subscribe(({ stream, line }) => console.log(stream, line)); // stdout 42
 * await supervisor.run();
 * ```
 */
export function processService(
  name: string,
  command: string,
  args: readonly string[] = [],
  options: ProcessServiceOptions = {},
): Service<ProcessLine> {
  checkText('command', command);
  if (command === '') throw new TypeError(expected('command', 'a string that is not empty', command));
  checkArgs(args);
  checkOptions(options);
  const { env, maxLineLength = 2 ** 24, stderrLines = 20 } = options;
  const cwd = options.cwd === undefined ? undefined : pathOf(options.cwd);
  const settings = { command, args: [...args], cwd, env, maxLineLength, stderrLines };
  const ending = new Ending();
  return service(name, ({ signal }) => ending.before(() => processRun(settings, signal, ending), signal), options);
}

function checkArgs(args: readonly unknown[]): void {
  checkArray('args', args, 'an array of strings');
  args.forEach((arg, index) => {
    checkText(`args[${index}]`, arg);
  });
}

function checkOptions(options: ProcessServiceOptions): void {
  checkObject('options', options);
  const { env, maxLineLength, stderrLines } = options;
  if (env !== undefined) checkObject('env', env);
  if (maxLineLength !== undefined) checkWhole('maxLineLength', maxLineLength, 1, LONGEST_LINE);
  if (stderrLines !== undefined) checkWhole('stderrLines', stderrLines, 0, LONGEST_LINE);
}

function pathOf(cwd: unknown): string {
  let path = cwd;
  try {
    if (cwd instanceof URL) path = fileURLToPath(cwd);
  } catch {
    // of another scheme, or with what no path can hold; so it is no string
  }
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return path;
  throw new TypeError(expected('cwd', 'a path that is not empty, or a file: URL', cwd));
}

/** What the system can pass on: it would end at a NUL. */
function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value.includes('\0')) {
    throw new TypeError(expected(name, 'a string without NUL characters', value));
  }
}
