import { createHash, timingSafeEqual } from 'node:crypto';
import { catchError, defer, from, map, merge, type Observable, of, take, timer } from 'rxjs';
import { SupervisorStoppedError, UnknownServiceError } from '../errors.js';
import type { Supervisor } from '../supervisor.js';

type Verb = 'restart' | 'stop' | 'start';

export interface Command {
  readonly verb: Verb;
  readonly service: string;
}

/** How long a command may take to be done until it is only said that it was accepted, in ms. */
const PATIENCE = 1_000;

/** `/services/<path>/restart`, `stop` or `start`; undefined where it is none of these. */
export function commandOf(pathname: string): Command | undefined {
  const [, path, verb] = /^\/services\/(.+)\/(restart|stop|start)$/.exec(pathname) ?? [];
  if (path === undefined) return undefined;
  try {
    return { verb: verb as Verb, service: decodeURIComponent(path) };
  } catch {
    return undefined;
  }
}

/** Whether a request brings the token, by a comparison that takes as long wherever the two differ, or how long they are. */
export function bearsToken(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer +(.*)$/i.exec(authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The HTTP status that answers a command: done, accepted (it goes on), or why not. */
export interface Outcome {
  readonly status: 200 | 202 | 404 | 409 | 500;
  readonly error?: unknown;
}

/** Carries out a command. What it comes to after the answer is to be seen in the events. */
export function carryOut(
  supervisor: Supervisor,
  { verb, service }: Command,
  stop$: Observable<unknown>,
): Observable<Outcome> {
  const done$ = defer(() => from(supervisor[verb](service))).pipe(map((): Outcome => ({ status: 200 })));
  // listened to before: it may be this very server that it stops, within the call
  const accepted$ = merge(timer(PATIENCE), stop$).pipe(map((): Outcome => ({ status: 202 })));
  return merge(accepted$, done$).pipe(
    take(1),
    catchError((error: unknown) => of({ status: statusOf(error), error })),
  );
}

/** By name: an error of a copy of the package that was loaded besides is no `instanceof`. */
function statusOf(error: unknown): Outcome['status'] {
  const { name } = error as Partial<Error>;
  if (name === UnknownServiceError.prototype.name) return 404;
  return name === SupervisorStoppedError.prototype.name ? 409 : 500;
}
