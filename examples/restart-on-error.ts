// A service that throws is started again, 10 ms later, until it has what it wants.
import { service, Supervisor } from 'rxjs-supervisor';

const done = new AbortController();

const flaky = service('flaky', ({ restarts }) => {
  // a throw, a rejection and an error notification would all be the same
  if (restarts < 3) throw new Error('oops');
  console.log(`service restarted ${restarts} times`);
  // without this it would be started again: having completed, it has nothing against another run
  done.abort();
});

void new Supervisor([flaky], { restart: 10 }).run({ signal: done.signal });
