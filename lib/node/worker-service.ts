import { isAbsolute } from 'node:path';
import { type ResourceLimits, SHARE_ENV, Worker } from 'node:worker_threads';
import { Observable, type Subscriber } from 'rxjs';
import { onAbort } from '../abort.js';
import { checkArray, checkNumber, checkObject, expected, isObject } from '../check.js';
import { service, type Service, type ServiceOptions } from '../service.js';
import { Ending } from './ending.js';
import { tellToStop } from './on-stop.js';
import { WorkerExitError } from './worker-errors.js';

/**
 * Options of a service that is a worker thread: those of every service, and those of a `Worker` of `node:worker_threads` that can be
 * given again and again. `transferList` is none of them: what has been transferred to the first run is gone for the second.
 */
export interface WorkerServiceOptions extends ServiceOptions {
  /** What the worker finds as `workerData`; cloned anew for each run. Default: nothing. */
  workerData?: unknown;
  /** Its `process.env`, or `SHARE_ENV`; what is undefined is left out. Default: a copy of this thread's, made for each run. */
  env?: Record<string, string | undefined> | typeof SHARE_ENV;
  /** What is appended to its `process.argv`. Default: nothing. */
  argv?: readonly unknown[];
  /** Options of Node for it. Default: this thread's. */
  execArgv?: readonly string[];
  /** How much memory it may use, in MB each; a worker that uses more fails. Default: Node's. */
  resourceLimits?: ResourceLimits;
}

/**
 * A worker thread as a service: each run is a thread of its own, each message that it posts is a value.
 *
 * ```
 * worker     --a--b--|      exits with code 0: also by process.exit(0), or when nothing keeps it alive
 * values     --a--b--|
 *
 * worker     --a--b--#      an uncaught error, an unhandled rejection, process.exit(1)
 * values     --a--b--#
 * ```
 *
 * It fails with
 * - the worker's uncaught error or unhandled rejection itself, as far as that can be cloned: its file missing or with bad syntax
 *   is such an error too
 * - an Error with the code `ERR_WORKER_OUT_OF_MEMORY`, where its `resourceLimits` are exhausted
 * - `WorkerExitError`, where it exits with another code than 0 without an error
 * - what the deserialiser says of a message that cannot be deserialised; the thread is terminated then
 * - what the `Worker` constructor throws: `DataCloneError` for a `workerData` that cannot be cloned
 *
 * All that was posted before the end is delivered before the end is told, and the thread has ended by then.
 *
 * To stop it, `{ type: 'stop' }` is posted to its `parentPort`, and what it has given to `onStop` is called. It has its grace
 * (`shutdown`) then to exit by itself, and values it posts are still delivered: exit code 0 is a stop, all else has failed. Out of
 * grace, or unsubscribed from, it is terminated, whatever it is doing; so is, after its whole grace, a worker that knows nothing of
 * stopping. Let it use `onStop`, or set `shutdown: 0`.
 *
 * A thread that was terminated ends a moment after that, or, in a call into the system that cannot be interrupted (`execSync`),
 * when that returns. The next run waits until then: no two threads of one service overlap.
 *
 * @typeParam T what the worker posts; taken on trust
 * @param url the worker's program: a URL (`file:` or `data:`), an absolute path, or a path from the working directory that begins with
 *   `./` or `../`
 * @throws TypeError where `name` is not a name of a service, or `url` is none of these
 * @throws RangeError or TypeError that names the option that is wrong
 * @example
 * ```ts
 * const program = 'import { parentPort } from "node:worker_threads"; parentPort.postMessage(6 * 7);';
 * const answer = workerService<number>('answer', new URL(`data:text/javascript,${program}`), {
 *   restart: 'never',
 *   resourceLimits: { maxOldGenerationSizeMb: 64 },
 * });
 * const supervisor = new Supervisor([answer]);
 * supervisor.valuesOf(answer).subscribe((value) => console.log(value)); // 42
 * await supervisor.run();
 * ```
 */
export function workerService<T = unknown>(
  name: string,
  url: string | URL,
  options: WorkerServiceOptions = {},
): Service<T> {
  checkUrl(url);
  checkOptions(options);
  const ending = new Ending();
  return service<T>(
    name,
    ({ name: path, signal }) =>
      ending.before(() => threadOf<T>(() => newWorker(url, options, path), signal, ending), signal),
    options,
  );
}

/** One thread: it begins with the subscription, and is cut with it. */
function threadOf<T>(start: () => Worker, signal: AbortSignal, ending: Ending): Observable<T> {
  return new Observable<T>((subscriber) => {
    const worker = start();
    const { threadId } = worker;
    const cut = () => {
      ending.add(terminate(worker));
    };
    // before the end is told: there is nothing left to cut
    worker.once('exit', () => {
      subscriber.remove(cut);
    });
    subscriber.add(forward(worker, subscriber));
    subscriber.add(cut);
    subscriber.add(
      onAbort(signal, () => {
        subscriber.add(tellToStop(threadId));
        worker.postMessage({ type: 'stop' });
      }),
    );
  });
}

/** Passes on its messages, and how it ends. What it returns ends that. */
function forward<T>(worker: Worker, to: Subscriber<T>): () => void {
  let failure: { readonly error: unknown } | undefined;
  const message = (value: T) => {
    to.next(value);
  };
  // only noted: what was posted before it may come after it, but before 'exit'
  const failed = (error: unknown) => {
    failure ??= { error };
  };
  const garbled = (error: unknown) => {
    failed(error);
    worker.off('message', message);
    void terminate(worker);
  };
  const exit = (code: number) => {
    if (failure !== undefined) to.error(failure.error);
    else if (code === 0) to.complete();
    else to.error(new WorkerExitError(code));
  };
  worker.on('message', message).on('messageerror', garbled).on('error', failed).on('exit', exit);
  return () => {
    // 'error' keeps its listener: one that nobody hears is thrown
    worker.off('message', message).off('messageerror', garbled).off('exit', exit);
  };
}

/** Resolves when the thread has ended; how, is nobody's business any more. */
async function terminate(worker: Worker): Promise<void> {
  await worker.terminate().catch(() => undefined);
}

function newWorker(url: string | URL, options: WorkerServiceOptions, name: string): Worker {
  const { workerData, env, argv, execArgv, resourceLimits } = options;
  return new Worker(url, {
    name,
    workerData,
    ...(env && { env: env === SHARE_ENV ? env : withoutUndefined(env) }),
    ...(argv && { argv: [...argv] }),
    ...(execArgv && { execArgv: [...execArgv] }),
    ...(resourceLimits && { resourceLimits }),
  });
}

/** As `spawn` does; `Worker` would make the word 'undefined' of it. */
function withoutUndefined(env: object): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined));
}

/** As `Worker` has it; it would say so in each run. */
function checkUrl(url: unknown): void {
  const isPath = typeof url === 'string' && (isAbsolute(url) || /^\.\.?[\\/]/.test(url));
  if (!isPath && !(isObject(url) && 'href' in url)) {
    throw new TypeError(
      expected('url', `a URL object, an absolute path or a path that begins with './' or '../'`, url),
    );
  }
}

function checkOptions(options: WorkerServiceOptions): void {
  checkObject('options', options);
  const { env, argv, execArgv, resourceLimits } = options;
  if (env !== undefined && env !== SHARE_ENV) checkObject('env', env);
  if (argv !== undefined) checkArray('argv', argv);
  if (execArgv !== undefined) checkArray('execArgv', execArgv);
  if (resourceLimits !== undefined) checkLimits(resourceLimits);
}

/** Node passes over what is wrong there. */
function checkLimits(limits: ResourceLimits): void {
  checkObject('resourceLimits', limits);
  for (const key of ['maxYoungGenerationSizeMb', 'maxOldGenerationSizeMb', 'codeRangeSizeMb', 'stackSizeMb'] as const) {
    if (limits[key] === undefined) continue;
    checkNumber(`resourceLimits.${key}`, limits[key], 'a number above 0', (value) => value > 0);
  }
}
