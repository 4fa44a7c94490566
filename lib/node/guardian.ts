import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

/**
 * Reads which groups there are, and kills them when nothing more can come: its stdin ends when the process that holds the other end
 * does, whatever ends that. What is sent to all processes at once, as at the stop of a systemd unit, must not end it before.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="\${groups%%" $group "*} \${groups#*" $group "}" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
`;

/** A small shell that outlives this process, in order to kill the groups of processes that this one would leave behind. */
export class Guardian {
  #stdin: Writable | undefined = undefined;

  constructor(readonly shell = '/bin/sh') {}

  /** Has it there, and knowing these groups. Where it cannot be started, it is done without. */
  wake(groups: Iterable<number>): void {
    if (this.#stdin !== undefined) return;
    this.#stdin = this.#start();
    for (const group of groups) this.add(group);
  }

  add(group: number): void {
    this.#stdin?.write(`+ ${group}\n`);
  }

  remove(group: number): void {
    this.#stdin?.write(`- ${group}\n`);
  }

  /** Lets it end. It must know of no group any more. */
  dismiss(): void {
    this.#stdin?.end();
    this.#stdin = undefined;
  }

  #start(): Writable | undefined {
    try {
      // a session of its own: no Ctrl-C reaches it
      const child = spawn(this.shell, ['-c', SCRIPT, 'rxjs-supervisor-guardian'], {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true,
        cwd: '/',
        env: {},
      });
      const { stdin } = child;
      const gone = () => {
        if (this.#stdin === stdin) this.#stdin = undefined;
      };
      child.on('error', gone).on('exit', gone).unref();
      // without a process there may be no pipe either, whatever the types say
      (stdin as typeof stdin | undefined)?.on('error', gone);
      return stdin;
    } catch {
      return undefined;
    }
  }
}
