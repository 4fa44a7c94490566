import { map, Observable, Subject, tap } from 'rxjs';
import { onAbort } from '../abort.js';
import { expected, isObject } from '../check.js';
import { service, type Service, type ServiceContext, SUBTREE } from '../service.js';
import type { Supervisor } from '../supervisor.js';
import { Feed } from './feed.js';
import { httpServer } from './http-server.js';
import { answers } from './routes.js';
import { type StatusServerOptions, type StatusServerSettings, statusServerSettings } from './status-server-settings.js';

/** Where a status server listens. */
export interface StatusServerAddress {
  readonly url: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Serves the status of a supervisor over HTTP, as a service: of that very supervisor, or, to be there to the end, of one above it.
 *
 * | request                                   | answer                                                                              |
 * | ----------------------------------------- | ----------------------------------------------------------------------------------- |
 * | `GET /`                                   | the dashboard                                                                       |
 * | `GET /livez`                              | 200 while the process answers                                                       |
 * | `GET /readyz`                             | 200, or 503 with the services that are not ready; `?exclude=<path>` looks past one, and what is in it |
 * | `GET /status`                             | a `StatusSnapshot`                                                                  |
 * | `GET /events`                             | Server-Sent Events: a `snapshot`, then each change (`status`, `removed`)            |
 * | `POST /services/<path>/restart`, `stop`, `start` | 200 when done, 202 where that takes longer than a second; see `commands`     |
 *
 * A service is ready when it is `running`, or has done its work: ended for good by itself, without an error.
 *
 * It is `running` when it listens, and its value says where. A port in use is a failure, after which it tries again as its policy
 * says. Asked to stop it ends the streams, answers what has been asked, and is cut after its grace. It keeps no supervisor alive
 * (`significant: false`).
 *
 * ```
 * GET /events     snapshot--status---status--- heartbeat ---status--
 * Last-Event-ID            ^ away  ^ status status (what was missed)
 * ```
 *
 * @throws RangeError or TypeError that names the option that is wrong
 * @example
 * ```ts
 * const supervisor = new Supervisor([service('feed', NEVER)]);
 * const status = statusServer(supervisor, { port: 0 });
 * supervisor.add(status);
 * supervisor.valuesOf(status).subscribe(({ url }) => console.log(new URL(url).hostname)); // 127.0.0.1
 * await supervisor.run({ signal: shutdownSignal() });
 * ```
 */
export function statusServer(supervisor: Supervisor, options: StatusServerOptions): Service<StatusServerAddress> {
  checkSupervisor(supervisor);
  const settings = statusServerSettings(options);
  // one that was free is kept, so that a page finds it again after a restart
  let { port } = settings;
  const run = (context: ServiceContext) =>
    serve(supervisor, { ...settings, port }, context).pipe(
      tap({
        next: (address) => {
          port = address.port;
        },
        error: () => {
          port = settings.port;
        },
      }),
    );
  return service(settings.name, run, settings.service);
}

/** By what it has: one of a copy of the package is no `instanceof`. */
function checkSupervisor(supervisor: unknown): void {
  if (!isObject(supervisor) || !(SUBTREE in supervisor) || !('statuses' in supervisor))
    throw new TypeError(expected('supervisor', 'a Supervisor', supervisor));
}

function serve(
  supervisor: Supervisor,
  settings: StatusServerSettings,
  { signal, ready, logger }: ServiceContext,
): Observable<StatusServerAddress> {
  return new Observable((subscriber) => {
    const stop$ = new Subject<void>();
    const feed = new Feed(supervisor, { ...settings, commands: settings.commands !== undefined });
    subscriber.add(
      feed.listening$.subscribe({
        error: (error: unknown) => {
          subscriber.error(error);
        },
      }),
    );
    const answer = answers({ supervisor, feed, settings, logger, stop$ });
    subscriber.add(
      httpServer(answer, settings, signal)
        .pipe(
          map(({ port }) => addressOf(settings.host, port)),
          tap((address) => {
            logger.info(address, `the status is at ${address.url}`);
            ready();
          }),
        )
        .subscribe(subscriber),
    );
    subscriber.add(
      onAbort(signal, () => {
        stop$.next();
      }),
    );
  });
}

function addressOf(host: string, port: number): StatusServerAddress {
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/`, host, port };
}
