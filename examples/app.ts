// A small application whose parts fail, as parts do, and its dashboard: `npm start`, `npm start -- --for 5s --port 8080`.
//
//   exchange        a TCP server that sends prices, and drops its clients at random
//   api             an HTTP server that serves the last price
//   clients         a supervisor of
//   clients/feed    gets the prices from the exchange, over a socket
//   clients/poller  fetches the price from the api, over another
//   worker          does jobs, and throws now and then
//   status          the dashboard
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { fromEvent, map, merge, NEVER, takeUntil, timer } from 'rxjs';
import { exponential, type RestartOptions, Supervisor } from 'rxjs-supervisor';
import { statusServer } from 'rxjs-supervisor/node';
import { milliseconds, portNumber } from './app/options.js';
import { message, Report } from './app/report.js';
import { api, exchange, feed, poller, price$, worker } from './app/services.js';

const RESTART: RestartOptions = {
  delay: exponential({ initial: 200, max: 5_000, jitter: 'equal' }),
  resetAfter: 2_000,
};

interface Options {
  /** In ms; undefined: until a signal comes. */
  readonly runFor: number | undefined;
  /** Of the dashboard; 0: one that is free. */
  readonly port: number;
}

function options(): Options {
  const { values } = parseArgs({ options: { for: { type: 'string' }, port: { type: 'string', default: '0' } } });
  return { runFor: values.for === undefined ? undefined : milliseconds(values.for), port: portNumber(values.port) };
}

async function main({ runFor, port }: Options): Promise<void> {
  // what others depend on comes first: the services are stopped in reverse
  const clients = new Supervisor([feed, poller], { name: 'clients', restart: RESTART, shutdown: 2_000 });
  const supervisor = new Supervisor([exchange, api, clients, worker], { restart: RESTART, shutdown: 2_000 });
  const token = randomBytes(16).toString('hex');
  const status = statusServer(supervisor, { port, commands: { token } });
  supervisor.add(status);

  const report = new Report(supervisor.statuses().keys());
  supervisor.status$.subscribe((event) => {
    report.event(event);
  });
  supervisor.valuesOf(status).subscribe(({ url }) => {
    // what stands behind the # stays in the browser, which needs it for its buttons
    report.line('app', 'running', `dashboard at ${url}#token=${token}`);
  });
  // one subscription for all runs of the feed
  supervisor.valuesOf(feed).subscribe(price$);

  const stop = new AbortController();
  const aborted$ = fromEvent(stop.signal, 'abort');
  merge(
    // not by `shutdownSignal`: npm passes on a signal of its own at a Ctrl-C, and that second one would cut what is stopping in order
    ...['SIGINT', 'SIGTERM'].map((signal) => fromEvent(process, signal).pipe(map(() => signal))),
    runFor === undefined
      ? NEVER
      : timer(runFor).pipe(
          map(() => 'time is up'),
          takeUntil(aborted$),
        ),
  ).subscribe((reason) => {
    if (!stop.signal.aborted) report.line('app', 'stopping', reason);
    stop.abort();
  });

  // nobody reads any more, as after `| head`
  process.stdout.on('error', () => {
    stop.abort();
  });

  try {
    await supervisor.run({ signal: stop.signal });
  } finally {
    report.summary(supervisor.statuses());
  }
}

try {
  // an error of the run itself is not caught here: it is to fail the process
  void main(options());
} catch (error) {
  console.error(message(error));
  process.exitCode = 2;
}
