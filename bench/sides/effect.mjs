import { Effect, Fiber, Schedule } from 'effect';
import { ERROR } from '../services.mjs';

const RUNS = { idle: Effect.never, failing: Effect.fail(ERROR) };

export const make = (kind, count) =>
  Array.from({ length: count }, (_, index) => ({ name: `service-${index}`, run: Effect.suspend(() => RUNS[kind]) }));

/** A fiber for each service, with a retry schedule, all children of one. */
export function start(services, delay, [observer]) {
  const schedule = Schedule.spaced(delay);
  const supervised = ({ name, run }) => {
    let restarts = -1;
    const say = (status) => observer({ service: name, time: Date.now(), status, restarts });
    return Effect.sync(() => {
      restarts++;
      say('running');
    }).pipe(
      Effect.andThen(run),
      Effect.tapError(() => Effect.sync(() => say('failed'))),
      Effect.retry(schedule),
      Effect.forkChild,
    );
  };
  const all = Effect.forEach(services, supervised, { discard: true }).pipe(Effect.andThen(Effect.never));
  const fiber = Effect.runFork(all);
  return { graceful: () => Effect.runPromise(Fiber.interrupt(fiber)) };
}
