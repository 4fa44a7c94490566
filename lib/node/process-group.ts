import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Guardian } from './guardian.js';

export interface StartOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** `undefined`: that of this process. */
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv | undefined;
}

/** On Windows a process is signalled alone. */
const HAS_GROUPS = process.platform !== 'win32';

/** Those that are to be killed at the end of this process, by their leader. */
const alive = new Map<number, ProcessGroup>();
const guardian = new Guardian();

/** A process and all that it starts, as long as that does not leave its group. */
export class ProcessGroup {
  readonly #leader: ChildProcess;
  readonly #id: number;

  constructor(leader: ChildProcess, id: number) {
    this.#leader = leader;
    this.#id = id;
    alive.set(id, this);
    if (HAS_GROUPS) guardian.add(id);
  }

  /** Killed, or known to be empty: nothing is sent to it any more, as its number may be another's by now. */
  get isOver(): boolean {
    return alive.get(this.#id) !== this;
  }

  /** Asks all in it to end. */
  terminate(): void {
    if (!this.isOver) this.#send('SIGTERM');
  }

  /** Kills what is left of it, synchronously. */
  kill(): void {
    if (this.isOver) return;
    this.#send('SIGKILL');
    this.#forget();
  }

  /** For when its leader has exited: its number is its own only as long as there are others in it. */
  forgetIfEmpty(): void {
    if (!this.isOver && !this.#send(0)) this.#forget();
  }

  /** Whether there was somebody to send it to. */
  #send(signal: 'SIGTERM' | 'SIGKILL' | 0): boolean {
    try {
      return HAS_GROUPS ? process.kill(-this.#id, signal) : this.#leader.kill(signal);
    } catch (error) {
      // EPERM: they are there, but are another user's
      return (error as NodeJS.ErrnoException).code !== 'ESRCH';
    }
  }

  #forget(): void {
    alive.delete(this.#id);
    if (HAS_GROUPS) guardian.remove(this.#id);
    leaveIfIdle();
  }
}

/** What has been started, or will say by an `'error'` why not. */
export interface Started {
  readonly leader: ChildProcessByStdio<null, Readable, Readable>;
  /** Missing where it could not be started; then its streams may be missing too. */
  readonly group: ProcessGroup | undefined;
}

/** Starts a process as the leader of a group. Those who watch are there before it is, and it is told to them in the same call. */
export function startGroup({ command, args, cwd, env = process.env }: StartOptions): Started {
  watch();
  try {
    const leader = spawn(command, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: HAS_GROUPS,
      windowsHide: true,
    });
    return { leader, group: leader.pid === undefined ? undefined : new ProcessGroup(leader, leader.pid) };
  } finally {
    leaveIfIdle();
  }
}

function watch(): void {
  if (alive.size === 0) process.on('exit', killAll);
  if (HAS_GROUPS) guardian.wake(alive.keys());
}

function leaveIfIdle(): void {
  if (alive.size > 0) return;
  process.off('exit', killAll);
  guardian.dismiss();
}

function killAll(): void {
  for (const group of [...alive.values()]) group.kill();
}
