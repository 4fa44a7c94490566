// Services that come and go: a pool has as many workers as its load asks for. Who adds and removes them is a service of the pool too,
// the only significant one: when it has ended, the pool ends.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { concatMap, delay, from, of } from 'rxjs';
import { type Service, service, Supervisor } from 'rxjs-supervisor';

/** A worker; asked to stop, it ends the job that it is at. */
function worker(name: string): Service<void> {
  return service(
    name,
    async ({ signal }) => {
      await once(signal, 'abort');
      await setTimeout(10); // the rest of that job
    },
    { significant: false },
  );
}

const load$ = from([1, 3, 2, 0, 2]).pipe(concatMap((load) => of(load).pipe(delay(20))));
const names: string[] = [];

/** Adds workers, or removes the youngest, until there are so many. */
async function scaleTo(load: number): Promise<void> {
  console.log(`load ${load}`);
  while (names.length < load) {
    const name = `worker-${names.length + 1}`;
    names.push(name);
    pool.add(worker(name));
  }
  // a name is free again when its service has ended
  for (const name of names.splice(load).reverse()) await pool.remove(name);
  console.log(`now there are ${[...pool.statuses().keys()].join(', ')}`);
}

const scaler = service('scaler', load$.pipe(concatMap(scaleTo)), { restart: 'never' });
const pool = new Supervisor([scaler], { stopOrder: 'concurrent' });

pool.status$.subscribe(({ service, status }) => {
  console.log(`  ${service} ${status}`);
});
void pool.run();
