import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Observable, type Subscriber } from 'rxjs';
import { onAbort } from '../abort.js';
import type { Ending } from './ending.js';
import { LineSplitter } from './lines.js';
import { ProcessExitError } from './process-errors.js';
import { type ProcessGroup, startGroup, type StartOptions } from './process-group.js';
import { startError } from './process-start.js';

/** A line that a process has written, without its end. */
export interface ProcessLine {
  readonly stream: 'stdout' | 'stderr';
  readonly line: string;
}

export interface RunOptions extends StartOptions {
  readonly maxLineLength: number;
  readonly stderrLines: number;
}

/** How long the pipes may stay open, in ms, when the process and its group are gone: only a process that left the group can hold them. */
const DRAINING = 1_000;

/** How a process ended, and whether it had been asked to. */
interface Exit {
  readonly code: number | null;
  readonly signalName: NodeJS.Signals | null;
  readonly asked: boolean;
}

/** One run of a process, from its start to the end of its group. Cold; it ends by the signal, and at once by being unsubscribed from. */
export function processRun(options: RunOptions, signal: AbortSignal, ending: Ending): Observable<ProcessLine> {
  return new Observable((subscriber) => {
    const run = new ProcessRun(options, subscriber);
    subscriber.add(() => {
      run.cut(ending);
    });
    subscriber.add(
      onAbort(signal, () => {
        run.stop();
      }),
    );
  });
}

class ProcessRun {
  readonly #options: RunOptions;
  readonly #out: Subscriber<ProcessLine>;
  readonly #leader: ChildProcess;
  readonly #group: ProcessGroup | undefined;
  readonly #flushes: (() => void)[] = [];
  readonly #stderr: string[] = [];
  #asked = false;
  #exit: Exit | undefined = undefined;
  #draining: NodeJS.Timeout | undefined = undefined;
  /** It has exited, and nobody holds its pipes. */
  #isClosed = false;

  constructor(options: RunOptions, out: Subscriber<ProcessLine>) {
    this.#options = options;
    this.#out = out;
    const { leader, group } = this.#start();
    this.#leader = leader;
    this.#group = group;
    leader.on('error', (error) => {
      // others are of signals that could not be sent
      if (group === undefined) out.error(startError(options, error));
    });
    if (group === undefined) return;
    this.#read('stdout', leader.stdout);
    this.#read('stderr', leader.stderr);
    leader.on('exit', (code, signalName) => {
      this.#exited({ code, signalName, asked: this.#asked });
    });
    leader.on('close', () => {
      this.#closed();
    });
  }

  stop(): void {
    this.#asked = true;
    this.#group?.terminate();
  }

  /** Leaves nothing behind, but what has been killed and is not gone yet. */
  cut(ending: Ending): void {
    if (this.#group === undefined || this.#isClosed) return;
    this.#group.kill();
    this.#drain();
    // others in its group may take longer to die than the leader: all of them hold its pipes
    ending.add(new Promise((resolve) => this.#leader.once('close', resolve)));
  }

  /** When all are gone that may hold its pipes, they are not waited for without end. */
  #drain(): void {
    if (this.#exit === undefined || this.#group?.isOver !== true) return;
    this.#draining ??= setTimeout(() => {
      this.#leader.stdout?.destroy();
      this.#leader.stderr?.destroy();
    }, DRAINING);
  }

  #start() {
    try {
      return startGroup(this.#options);
    } catch (error) {
      throw startError(this.#options, error);
    }
  }

  /** Each chunk's lines are given before the next is read, so nothing piles up here; a reader that is slow slows the process down. */
  #read(stream: ProcessLine['stream'], readable: Readable): void {
    const decoder = new StringDecoder('utf8');
    const lines = new LineSplitter(this.#options.maxLineLength, (line) => {
      if (stream === 'stderr') this.#keep(line);
      this.#out.next({ stream, line });
    });
    const flush = () => {
      lines.write(decoder.end());
      lines.end();
    };
    this.#flushes.push(flush);
    readable
      .on('data', (chunk: Buffer) => {
        lines.write(decoder.write(chunk));
      })
      .on('end', flush)
      .on('error', (error) => {
        this.#out.error(error);
      });
  }

  #keep(line: string): void {
    this.#stderr.push(line);
    if (this.#stderr.length > this.#options.stderrLines) this.#stderr.shift();
  }

  #exited(exit: Exit): void {
    this.#exit = exit;
    // where it was asked to end, so were the others in its group, and may need their time
    if (exit.asked) this.#group?.forgetIfEmpty();
    else this.#group?.kill();
    this.#drain();
  }

  #closed(): void {
    this.#isClosed = true;
    clearTimeout(this.#draining);
    // what is left of it holds no pipe of ours
    this.#group?.kill();
    if (this.#out.closed) return;
    for (const flush of this.#flushes) flush();
    if (this.#exit === undefined || isOwn(this.#exit)) this.#out.complete();
    else {
      const { code, signalName } = this.#exit;
      this.#out.error(new ProcessExitError(this.#options.command, code, signalName, this.#stderr));
    }
  }
}

/** 143 is how shells, and programs that catch SIGTERM, say that it ended them. */
function isOwn({ code, signalName, asked }: Exit): boolean {
  return code === 0 || (asked && (signalName === 'SIGTERM' || code === 143));
}
