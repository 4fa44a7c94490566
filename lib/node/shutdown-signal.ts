import { constants } from 'node:os';
import { expected, isObject } from '../check.js';

/**
 * An AbortSignal that is aborted when the process is asked to end: by the first of these signals.
 *
 * Its reason is an `AbortError` that names the signal. The second one, whichever of them it is, exits the process at once with 128 +
 * its number, as shells say it: 130 after SIGINT, 143 after SIGTERM. What listens to the process's `'exit'` is still called. Each
 * signal counts, however close it comes to the one before: under `npm start` one Ctrl-C may reach the program twice, from the terminal
 * and from npm, so start with `node` what is to stop gracefully.
 *
 * ```
 * SIGINT            --------x------x
 * shutdownSignal()  --------a            a aborted: services are stopped
 * process           ---------------#     exit code 130
 * ```
 *
 * It does not keep the process alive. Disposing of it takes its listeners away; the signals then do what they did before, which is to
 * end the process where nobody else listens. Make it in the main thread: others get no signals.
 *
 * @param signals default `['SIGINT', 'SIGTERM']`
 * @throws TypeError where it is no list of signals that can be listened to, as SIGKILL cannot
 * @throws RangeError where the list is empty
 * @example
 * ```ts
 * using signal = shutdownSignal();
 * const ticks = service('ticks', interval(100));
 * const supervisor = new Supervisor([ticks]);
 * supervisor.valuesOf(ticks).subscribe((tick) => console.log(tick)); // 0
 * await supervisor.run({ signal }); // until Ctrl-C
 * ```
 */
export function shutdownSignal(signals: Iterable<NodeJS.Signals> = ['SIGINT', 'SIGTERM']): AbortSignal & Disposable {
  const names = checkedNames(signals);
  const controller = new AbortController();
  const { signal } = controller;
  const received = (name: NodeJS.Signals) => {
    if (signal.aborted) process.exit(128 + constants.signals[name]);
    controller.abort(new DOMException(`Received ${name}`, 'AbortError'));
  };
  for (const name of names) process.on(name, received);
  return Object.assign(signal, {
    [Symbol.dispose]: () => {
      for (const name of names) process.off(name, received);
    },
  });
}

/** All of them are checked before the first is listened to. */
function checkedNames(signals: Iterable<NodeJS.Signals>): ReadonlySet<NodeJS.Signals> {
  // a string is a list too, of its letters
  if (!isObject(signals) || !(Symbol.iterator in signals)) {
    throw new TypeError(expected('signals', 'a list of names of signals', signals));
  }
  const names = new Set(signals);
  if (names.size === 0) throw new RangeError(expected('signals', 'a list of at least one signal', signals));
  for (const name of names) {
    if (!Object.hasOwn(constants.signals, name) || name === 'SIGKILL' || name === 'SIGSTOP') {
      throw new TypeError(expected('signals', 'names of signals that can be listened to', name));
    }
  }
  return names;
}
