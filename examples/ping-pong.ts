// Two services play ping-pong. A run is one stroke: it waits for its turn, plays, and completes. That a service has completed
// is no reason to let it rest: 10 ms later the supervisor starts it again, for its next stroke.
import { BehaviorSubject, first, tap } from 'rxjs';
import { service, Supervisor } from 'rxjs-supervisor';

// what survives a run stands outside of it; a BehaviorSubject, since a player may look at the table when the ball is there already
const table$ = new BehaviorSubject({ turn: 'ping', left: 2 });
const game = new AbortController();

const ping = service(
  'ping',
  table$.pipe(
    first(({ turn }) => turn === 'ping'),
    tap(({ left }) => {
      if (left === 0) {
        game.abort();
      } else {
        console.log('ping');
        table$.next({ turn: 'pong', left });
      }
    }),
  ),
);

const pong = service(
  'pong',
  table$.pipe(
    first(({ turn }) => turn === 'pong'),
    tap(({ left }) => {
      console.log('pong');
      table$.next({ turn: 'ping', left: left - 1 });
    }),
  ),
);

// resolves when the game has been aborted; were it to reject, the process would fail
void new Supervisor([ping, pong], { restart: 10 }).run({ signal: game.signal });
