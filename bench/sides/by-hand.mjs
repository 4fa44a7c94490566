import { defer, from, mergeAll, retry, Subject, tap, timer } from 'rxjs';
import { observableServices } from '../services.mjs';

export const make = (kind, count) => observableServices(kind, count, (name, run$) => ({ name, run: () => run$ }));

/** What one writes without a supervisor: each service a cold Observable with `retry` around it, and a Subject of statuses. */
export function start(services, delay, observers, scheduler) {
  const status$ = new Subject();
  for (const observer of observers) status$.subscribe(observer);
  const restarting = ({ name, run }) => {
    let restarts = -1;
    const say = (status) => status$.next({ service: name, time: Date.now(), status, restarts });
    return defer(run).pipe(
      tap({
        subscribe: () => {
          restarts++;
          say('running');
        },
        error: (error) =>
          status$.next({
            service: name,
            time: Date.now(),
            status: 'failed',
            restarts,
            error,
            final: false,
            restartIn: delay,
          }),
      }),
      retry({ delay: () => timer(delay, scheduler) }),
    );
  };
  const subscription = from(services.map(restarting)).pipe(mergeAll()).subscribe();
  const added = new Map();
  return {
    hard: () => subscription.unsubscribe(),
    add: (service) => added.set(service.name, restarting(service).subscribe()),
    remove: (name) => {
      added.get(name).unsubscribe();
      added.delete(name);
    },
  };
}
