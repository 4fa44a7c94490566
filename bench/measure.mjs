/* global gc, performance */
/**
 * One measurement of one side, in a process of its own: `node --expose-gc measure.mjs '{"metric":"idle","side":"by-hand",...}'`.
 * Prints its figures as JSON.
 */
import { asapScheduler } from 'rxjs';
import { median } from './median.mjs';

const METRICS = { idle, dynamic, heap, restarts, crashes };

/** Services started and stopped before anything is measured, so that the code is compiled: for so many rounds, or so many ms. */
const WARM_UP = { rounds: 50, time: 300, services: 1000 };

const { metric, side, ...options } = JSON.parse(process.argv[2]);
const { make, start, eventsToStart = (count) => count } = await import(`./sides/${side}.mjs`);
console.log(JSON.stringify(await METRICS[metric](options)));
process.exit();

/**
 * CPU time to start and to stop services that do nothing: the mean of so many rounds, for one service, in ns. In each round so many
 * supervisors (`alive`) of so many services (`count`) are started, and then stopped.
 */
async function idle({ count, alive = 1, rounds, stop, observers = 1 }) {
  await warmUp(stop, observers);
  const services = make('idle', count);
  let start = 0;
  let end = 0;
  for (let round = 0; round < rounds; round++) {
    const handles = [];
    const began = cpuTime();
    while (handles.length < alive) handles.push(await started(services, observers));
    const running = cpuTime();
    for (const handle of handles) await handle[stop]();
    end += cpuTime() - running;
    start += running - began;
  }
  const each = 1 / (rounds * alive * count);
  return { start: start * each, stop: end * each };
}

/**
 * CPU time to add services one by one to a supervisor that runs, and to remove them one by one: the mean of so many rounds, for one
 * service, in ns. In each round so many supervisors (`alive`) grow to so many services (`count`), and then shrink.
 */
async function dynamic({ count, alive = 1, rounds, stop }) {
  await addedAndRemoved(make('idle', WARM_UP.services), 1, WARM_UP.rounds, stop);
  const { add, remove } = await addedAndRemoved(make('idle', count), alive, rounds, stop);
  const each = 1 / (rounds * alive * count);
  return { add: add * each, remove: remove * each };
}

async function addedAndRemoved(services, alive, rounds, stop) {
  let add = 0;
  let remove = 0;
  for (let round = 0; round < rounds; round++) {
    const handles = Array.from({ length: alive }, () => start([], 10, [() => undefined]));
    const began = cpuTime();
    for (const handle of handles) for (const service of services) handle.add(service);
    const running = cpuTime();
    for (const handle of handles) for (const { name } of services) await handle.remove(name);
    remove += cpuTime() - running;
    add += running - began;
    for (const handle of handles) await handle[stop]();
  }
  return { add, remove };
}

/** The heap that an idle service weighs, and what is left of that after a stop; in bytes, the median of so many rounds. */
async function heap({ count, rounds, stop }) {
  await warmUp(stop, 1);
  const services = make('idle', count);
  const figures = { heap: [], left: [] };
  for (let round = 0; round < rounds; round++) {
    const before = heapUsed();
    const handles = [await started(services, 1)];
    figures.heap.push((heapUsed() - before) / count);
    await handles.pop()[stop]();
    figures.left.push((heapUsed() - before) / count);
  }
  return { heap: median(figures.heap), left: median(figures.left) };
}

async function warmUp(stop, observers) {
  const services = make('idle', WARM_UP.services);
  const until = performance.now() + WARM_UP.time;
  for (let round = 0; round < WARM_UP.rounds && performance.now() < until; round++) {
    await (await started(services, observers))[stop]();
  }
}

/** Starts services; when all say that they run, gives back what stops them. */
async function started(services, observers) {
  const running = eventCount(eventsToStart(services.length) * observers);
  const handle = start(services, 10, Array(observers).fill(running.observer));
  if (!running.isReached()) await running.reached;
  return handle;
}

/** CPU time of a restart, in ns: services that fail at once, over and over, are restarted after 10 ms. */
async function restarts({ count, alive = 1, rounds }) {
  const restarts = rounds * alive * count;
  const events = eventCount(2 * Math.max(20_000, alive * count), 2 * restarts);
  for (let index = 0; index < alive; index++) start(make('failing', count), 10, [events.observer]);
  await events.reached;
  return { cpu: events.cpu / restarts };
}

/**
 * One of so many services fails at once, over and over, and is restarted without a delay: CPU time of such a crash, and the median
 * of the times from `failed` to `running`; in ns. The clock is `asapScheduler`: a timer of Node takes 1 ms, behind which much can hide.
 */
async function crashes({ count, rounds }) {
  const latencies = [];
  let failedAt;
  let since;
  await new Promise((resolve) => {
    start(make('one failing', count), 0, [observer], asapScheduler);

    function observer({ status, restarts }) {
      if (status === 'failed') failedAt = performance.now();
      else if (restarts > 0) {
        latencies.push((performance.now() - failedAt) * 1e6);
        if (restarts === rounds) measureFromNow();
        else if (restarts === 2 * rounds) resolve();
      }
    }
  });
  return { cpu: (cpuTime() - since) / rounds, latency: median(latencies) };

  function measureFromNow() {
    gc(); // what the start has made is not a matter of the crashes
    latencies.length = 0;
    since = cpuTime();
  }
}

/** An observer that counts events: so many of them, and then so many of which the CPU time is taken. */
function eventCount(first, measured = 0) {
  const count = { observer, isReached: () => seen === first + measured, cpu: undefined };
  let seen = 0;
  let reach;
  let since;
  count.reached = new Promise((resolve) => (reach = resolve));
  return count;

  function observer() {
    seen++;
    if (seen === first && measured > 0) since = cpuTime();
    else if (seen === first + measured) {
      if (measured > 0) count.cpu = cpuTime() - since;
      reach();
    }
  }
}

/** CPU time of the process so far, with that of the collector's threads, in ns: whatever else the machine does is not in it. */
function cpuTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

function heapUsed() {
  gc();
  return process.memoryUsage().heapUsed;
}
