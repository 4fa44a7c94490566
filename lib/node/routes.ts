import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Observable, takeUntil } from 'rxjs';
import type { Logger } from '../logger.js';
import type { Supervisor } from '../supervisor.js';
import { isAllowedHost } from './allowed-hosts.js';
import { bearsToken, carryOut, type Command, commandOf } from './commands.js';
import { errorJson, eventJson } from './error-json.js';
import { sendFrames } from './event-stream.js';
import type { Feed } from './feed.js';
import { PAGE, SCRIPT_HASH, STYLE_HASH } from './page.generated.js';
import { notReady } from './readiness.js';
import type { StatusServerSettings } from './status-server-settings.js';

/** What the answers are made of. */
export interface Site {
  readonly supervisor: Supervisor;
  readonly feed: Feed;
  readonly settings: StatusServerSettings;
  readonly logger: Logger;
  /** The server is to stop: streams end, and nobody is kept waiting. */
  readonly stop$: Observable<unknown>;
}

const HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** The page is one file: what it may run and look like is that, and it may talk to where it came from. */
const PAGE_POLICY = [
  `default-src 'none'`,
  `script-src '${SCRIPT_HASH}'`,
  `style-src '${STYLE_HASH}'`,
  `connect-src 'self'`,
  `img-src data:`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'none'`,
  `require-trusted-types-for 'script'`,
  `trusted-types 'none'`,
].join('; ');

type Reader = (site: Site, request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => void;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['/', page],
  ['/livez', livez],
  ['/readyz', readyz],
  ['/status', status],
  ['/events', events],
]);

/** Answers the requests to a status server. */
export function answers(site: Site): RequestListener {
  return (request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    response.setHeader('content-security-policy', `default-src 'none'; frame-ancestors 'none'`);
    // a reader that is gone is no failure of ours
    response.on('error', () => undefined);
    try {
      answer(site, request, response);
    } catch (error) {
      failed(site, response, error);
    }
  };
}

function answer(site: Site, request: IncomingMessage, response: ServerResponse): void {
  const { method = '', headers } = request;
  if (!isAllowedHost(headers.host, site.settings.allowedHosts)) {
    refuse(response, 403, `The host '${headers.host ?? ''}' is not one of \`allowedHosts\``);
    return;
  }
  // not by `URL`, which would take the name of a service for a way up
  const [pathname = '', query] = (request.url ?? '').split('?', 2);
  const reader = READERS.get(pathname);
  const command = commandOf(pathname);
  if (reader !== undefined) {
    if (isOneOf(method, ['GET', 'HEAD'], response)) reader(site, request, response, new URLSearchParams(query));
  } else if (command !== undefined) {
    if (isOneOf(method, ['POST'], response)) obey(site, request, response, command);
  } else refuse(response, 404, 'There is nothing here');
}

function isOneOf(method: string, allowed: readonly string[], response: ServerResponse): boolean {
  if (allowed.includes(method)) return true;
  response.setHeader('allow', allowed.join(', '));
  refuse(response, 405, `Only ${allowed.join(' and ')} is allowed here`);
  return false;
}

function page(_site: Site, _request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('content-security-policy', PAGE_POLICY);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
}

function livez(_site: Site, _request: IncomingMessage, response: ServerResponse): void {
  json(response, 200, { live: true });
}

function readyz(
  { supervisor, settings }: Site,
  _request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
): void {
  const services = notReady(supervisor, query.getAll('exclude'));
  const ready = services.length === 0;
  json(response, ready ? 200 : 503, { ready, notReady: services.map((each) => eventJson(each, settings.stacks)) });
}

function status({ feed }: Site, _request: IncomingMessage, response: ServerResponse): void {
  json(response, 200, feed.snapshot());
}

function events(site: Site, request: IncomingMessage, response: ServerResponse): void {
  const { feed, settings, logger, stop$ } = site;
  const lastId = request.headers['last-event-id'];
  const frame$ = feed.frames(typeof lastId === 'string' ? lastId : undefined);
  if (request.method === 'HEAD') {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).end();
    return;
  }
  const reader = { address: request.socket.remoteAddress, port: request.socket.remotePort };
  sendFrames(response, frame$.pipe(takeUntil(stop$)), settings.maxBuffered, {
    dropped: () => {
      logger.warn(reader, 'dropped a reader of /events that does not keep up');
    },
    failed: (error) => {
      failed(site, response, error);
    },
  });
}

function obey(site: Site, request: IncomingMessage, response: ServerResponse, command: Command): void {
  const { supervisor, settings, logger, stop$ } = site;
  const { commands, stacks } = settings;
  if (commands === undefined)
    refuse(response, 403, 'Commands are not allowed: the status server was made without `commands`');
  else if (!bearsToken(request.headers.authorization, commands.token)) {
    logger.warn(
      { command: command.verb, target: command.service, address: request.socket.remoteAddress },
      'refused a command: wrong token',
    );
    response.setHeader('www-authenticate', 'Bearer');
    refuse(response, 401, 'A command needs the token of `commands`, as `Authorization: Bearer <token>`');
  } else {
    logger.info({ command: command.verb, target: command.service }, `${command.verb} ${command.service}, by HTTP`);
    carryOut(supervisor, command, stop$).subscribe({
      next: ({ status, error }) => {
        const what = error === undefined ? { ...command, done: status === 200 } : { error: errorJson(error, stacks) };
        json(response, status, what);
      },
      error: (error: unknown) => {
        failed(site, response, error);
      },
    });
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  json(response, status, { error: { name: 'Error', message } });
}

function failed({ settings, logger }: Site, response: ServerResponse, error: unknown): void {
  logger.error({ error }, 'the status server could not answer');
  if (response.headersSent) response.destroy();
  else json(response, 500, { error: errorJson(error, settings.stacks) });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
