// A supervision tree, and how far a crash reaches in it:
//
//   app               one-for-one
//   ├── metrics
//   └── backend       rest-for-one: each part needs those before it
//       ├── pool
//       ├── cache     crashes in its first two runs
//       └── api
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { delay, filter, mergeMap, NEVER, skip, throwError, timer } from 'rxjs';
import { ofService, service, Supervisor } from 'rxjs-supervisor';

let crashes = 0;
const crash$ = timer(20).pipe(mergeMap(() => throwError(() => new Error('out of memory'))));

const pool = service('pool', NEVER);
const cache = service('cache', () => (crashes++ < 2 ? crash$ : NEVER));
const api = service('api', async ({ signal }) => {
  await once(signal, 'abort');
  await setTimeout(10); // requests that are under way are answered
});

// the first crash takes the API down, and leaves the pool alone; the second is one too many here, and so a matter for the level above
const backend = new Supervisor([pool, cache, api], {
  name: 'backend',
  strategy: 'rest-for-one',
  restart: { delay: 10, limit: { restarts: 1, within: 60_000 } },
});
const app = new Supervisor([service('metrics', NEVER), backend], { restart: 10 });

app.status$.subscribe((event) => {
  const indent = event.service.replace(/[^/]+\//g, '  ');
  const reason = event.status === 'failed' ? `: ${event.error instanceof Error ? event.error.message : ''}` : '';
  console.log(`${indent} ${event.status}${reason}`);
});

// in its third run the API stays: the tree is stopped, its leaves first
const stop = new AbortController();
app.status$
  .pipe(
    ofService('backend/api'),
    filter(({ status }) => status === 'running'),
    skip(2),
    delay(20),
  )
  .subscribe(() => {
    console.log('(all is well, and is stopped)');
    stop.abort();
  });

void app.run({ signal: stop.signal });
