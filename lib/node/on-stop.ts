import { BroadcastChannel, parentPort, threadId } from 'node:worker_threads';
import { checkFunction } from '../check.js';

/*
 * Beside the `{ type: 'stop' }` that every worker gets by its port, a stop is told on a channel of its own. A listener of ours on
 * `parentPort` would start that port, and so take away what waits there for a listener that its owner adds later; and as a port is
 * ref'd for its first 'message' listener and unref'd with its last, whoever comes second could not keep the worker alive, and
 * whoever stays would.
 *
 * Both sides speak first when they open the channel, so the word is heard whoever comes last:
 *
 *     supervisor      ------(open, STOP)-->         --(open, STOP)---------------STOP-->
 *     worker          --(open)---------heard        ---------(open, IS_STOPPING)----heard
 */
const STOP = 'stop';
const IS_STOPPING = 'is stopping?';

/** No two threads of a process ever have the same id. */
function channelOf(thread: number): BroadcastChannel {
  // the types of Node leave out its `unref`
  const channel = new BroadcastChannel(`rxjs-supervisor:stop:${thread}`) as BroadcastChannel & { unref(): void };
  channel.unref();
  return channel;
}

/** The supervisor's side: says it now, and to each `onStop` that is yet to come. What it returns ends that. */
export function tellToStop(thread: number): () => void {
  const channel = channelOf(thread);
  channel.onmessage = ({ data }) => {
    if (data === IS_STOPPING) channel.postMessage(STOP);
  };
  channel.postMessage(STOP);
  return () => {
    channel.close();
  };
}

/**
 * In a worker thread that is run by `workerService`: calls back once, when the worker is asked to stop.
 *
 * From then on the worker has its grace (`shutdown`) to end by itself. It ends when nothing is left that keeps it alive, so close
 * and clear there what does: servers, intervals, ports. What the callback returns is not waited for where nothing else keeps the
 * worker alive. If it throws or rejects, that is an uncaught error of the worker, and its run has failed.
 *
 * ```
 * asked to stop        ------!
 * callback                   c-----|
 * worker               ------------|   ends by itself, within its grace
 * ```
 *
 * - A stop that was asked for before, while the worker was loading, is heard too. The callback is never called within `onStop`.
 * - It keeps no worker alive: a worker that has done its work ends, and is not called back.
 * - `parentPort` stays the worker's own: its messages, the `{ type: 'stop' }` among them, its listeners, its `ref` and `unref`.
 * - Any number of callbacks can be given, each by a call of its own; they are called in that order. One that throws does not keep the
 *   others from being called.
 * - A worker that was started in another way is asked by nobody: `{ type: 'stop' }` alone, posted by hand, is no stop.
 *
 * @returns a function that takes the callback back
 * @throws Error in a thread that has no parent, as the main thread: there, `shutdownSignal` is what tells of a stop
 * @throws TypeError where `callback` is not a function
 * @example
 * ```ts
 * const server = http.createServer().listen(0, '127.0.0.1');
 * onStop(() => {
 *   server.close(); // nothing else keeps the worker alive
 * });
 * ```
 */
export function onStop(callback: () => void | Promise<void>): () => void {
  checkFunction('callback', callback);
  if (parentPort === null) {
    throw new Error(
      '`onStop` belongs into a worker thread, which a `workerService` runs: the main thread is asked by nobody',
    );
  }
  const entry = { callback };
  waiting.add(entry);
  channel ??= listen();
  return () => {
    waiting.delete(entry);
    if (waiting.size === 0) hangUp();
  };
}

/** What is to be called, in this order. */
const waiting = new Set<{ readonly callback: () => void | Promise<void> }>();
/** Open as long as something waits. */
let channel: BroadcastChannel | undefined;

function listen(): BroadcastChannel {
  const opened = channelOf(threadId);
  opened.onmessage = ({ data }) => {
    if (data !== STOP) return;
    const asked = [...waiting];
    waiting.clear();
    hangUp();
    for (const { callback } of asked) void call(callback);
  };
  opened.postMessage(IS_STOPPING);
  return opened;
}

function hangUp(): void {
  channel?.close();
  channel = undefined;
}

async function call(callback: () => void | Promise<void>): Promise<void> {
  try {
    await callback();
  } catch (error) {
    // uncaught, whatever `--unhandled-rejections` says
    queueMicrotask(() => {
      throw error;
    });
  }
}
