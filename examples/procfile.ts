// Runs the lines of a Procfile (`name: command`), as foreman does, and shows them in the browser:
// `npm run --silent example procfile [path]`. STATUS_PORT says where, NO_COLOR is heeded.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { styleText } from 'node:util';
import { exponential, type StatusEvent, Supervisor } from 'rxjs-supervisor';
import { ProcessExitError, processService, shutdownSignal, statusServer } from 'rxjs-supervisor/node';

const COLOURS = ['cyan', 'yellow', 'green', 'magenta', 'blue', 'red'] as const;
const coloured = process.stdout.isTTY && process.stdout.hasColors();
const [path = 'examples/procfile/Procfile'] = process.argv.slice(2);

// the shell is the user's choice here; what it starts is in its group, and so is stopped with it
const services = [...readFileSync(path, 'utf8').matchAll(/^([\w-]+):[ \t]*(\S.*)$/gm)].map(
  ([, name = '', command = '']) => processService(name, 'sh', ['-c', command], { cwd: dirname(path) }),
);
const supervisor = new Supervisor(services, {
  restart: { delay: exponential({ initial: 200, max: 10_000, jitter: 'equal' }), resetAfter: 10_000 },
});
const dashboard = statusServer(supervisor, { name: 'dashboard', port: Number(process.env['STATUS_PORT'] ?? 0) });
supervisor.add(dashboard);
const names = [...supervisor.statuses().keys()];
const width = Math.max(...names.map((name) => name.length));

function print(name: string, text: string): void {
  const prefix = `${name.padEnd(width)} |`;
  const colour = COLOURS[names.indexOf(name) % COLOURS.length] ?? 'white';
  console.log(`${coloured ? styleText(colour, prefix) : prefix} ${text}`);
}

function told(event: StatusEvent): string {
  if (event.status !== 'stopped' && event.status !== 'failed')
    return event.status === 'running' ? 'started' : event.status;
  const { restartIn } = event;
  const end =
    event.status === 'failed' ? failure(event.error) : restartIn === undefined ? 'stopped' : 'exited with code 0';
  return restartIn === undefined ? end : `${end}, restart in ${Math.round(restartIn)} ms`;
}

function failure(error: unknown): string {
  if (!(error instanceof ProcessExitError)) return error instanceof Error ? error.message : String(error);
  return error.signalName === null ? `exited with code ${String(error.code)}` : `was ended by ${error.signalName}`;
}

supervisor.status$.subscribe((event) => {
  print(event.service, told(event));
});
for (const each of services) {
  supervisor.valuesOf(each).subscribe(({ line }) => {
    print(each.name, line);
  });
}
supervisor.valuesOf(dashboard).subscribe(({ url }) => {
  print(dashboard.name, url);
});
void supervisor.run({ signal: shutdownSignal() });
