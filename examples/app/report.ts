import { styleText } from 'node:util';
import type { StatusEvent, Supervisor } from 'rxjs-supervisor';

type Style = Parameters<typeof styleText>[0];

const STYLES: Record<StatusEvent['status'], Style> = {
  idle: 'gray',
  starting: 'yellow',
  running: 'green',
  stopping: 'yellow',
  stopped: 'blue',
  failed: 'red',
};

/** `hasColors` is there on terminals alone, and knows NO_COLOR; `styleText` looks at neither before Node 20.18. */
const coloured = process.stdout.isTTY && process.stdout.hasColors();

/** Lines of one form for all that happens, and a table at the end. */
export class Report {
  readonly #started = Date.now();
  readonly #lastErrors = new Map<string, string>();
  readonly #width: number;

  constructor(names: Iterable<string>) {
    this.#width = Math.max(...Array.from(names, (name) => name.length));
  }

  event(event: StatusEvent): void {
    if (event.status === 'failed') this.#lastErrors.set(event.service, message(event.error));
    this.line(event.service, event.status, detail(event));
  }

  line(name: string, status: StatusEvent['status'], text: string): void {
    const elapsed = new Date(Date.now() - this.#started).toISOString().slice('1970-01-01T'.length, -1);
    // padded before it is coloured: the codes of a colour have a length too
    const columns = [elapsed, name.padEnd(this.#width), paint(STYLES[status], status.padEnd(8)), text];
    console.log(columns.join('  ').trimEnd());
  }

  summary(statuses: ReturnType<Supervisor['statuses']>): void {
    console.log(`\n${'service'.padEnd(this.#width)}  status    restarts  last error`);
    for (const [name, { status, restarts }] of statuses) {
      const columns = [name.padEnd(this.#width), paint(STYLES[status], status.padEnd(8)), String(restarts).padStart(8)];
      console.log([...columns, this.#lastErrors.get(name) ?? '-'].join('  '));
    }
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function detail(event: StatusEvent): string {
  const { status } = event;
  if (status !== 'failed' && status !== 'stopped') return '';
  const next = event.restartIn === undefined ? '' : `restart in ${Math.round(event.restartIn)} ms`;
  return status === 'failed' ? [message(event.error), next].filter(Boolean).join(', ') : next;
}

function paint(style: Style, text: string): string {
  return coloured ? styleText(style, text) : text;
}
