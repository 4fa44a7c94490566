// A small application whose parts fail, as parts do: `npm start`, `npm start -- --for 5s`.
//
//   exchange  a TCP server that sends prices, and drops its clients at random
//   api       an HTTP server that serves the last price
//   feed      gets the prices from the exchange, over a socket
//   poller    fetches the price from the api, over another
//   worker    does jobs, and throws now and then
import { parseArgs } from 'node:util';
import { fromEvent, map, merge, NEVER, takeUntil, timer } from 'rxjs';
import { exponential, Supervisor } from 'rxjs-supervisor';
import { milliseconds } from './app/duration.js';
import { message, Report } from './app/report.js';
import { api, exchange, feed, poller, price$, worker } from './app/services.js';

/** How long to run, in ms; undefined: until a signal comes. */
function duration(): number | undefined {
  const { values } = parseArgs({ options: { for: { type: 'string' } } });
  return values.for === undefined ? undefined : milliseconds(values.for);
}

async function main(runFor: number | undefined): Promise<void> {
  // what others depend on comes first: the services are stopped in reverse
  const supervisor = new Supervisor([exchange, api, feed, poller, worker], {
    restart: { delay: exponential({ initial: 200, max: 5_000, jitter: 'equal' }), resetAfter: 2_000 },
    shutdown: 2_000,
  });
  const report = new Report(supervisor.statuses().keys());
  supervisor.status$.subscribe((event) => {
    report.event(event);
  });
  // one subscription for all runs of the feed
  supervisor.valuesOf(feed).subscribe(price$);

  const stop = new AbortController();
  const aborted$ = fromEvent(stop.signal, 'abort');
  merge(
    // to the very end, and not `once`: npm passes on a signal of its own at a Ctrl-C, which must not kill what is stopping in order
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
  void main(duration());
} catch (error) {
  console.error(message(error));
  process.exitCode = 2;
}
