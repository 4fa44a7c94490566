import { once } from 'node:events';
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type RequestOptions,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { filter, NEVER, type Observable, ReplaySubject, Subject, take } from 'rxjs';
import {
  type Logger,
  type Service,
  service,
  type ServiceOptions,
  type StatusEvent,
  Supervisor,
} from '../../lib/index.js';
import { type StatusEventJson, statusServer, type StatusServerOptions, type StatusSnapshot } from '../../lib/node.js';
import { SUBTREE } from '../../lib/service.js';

/** Supervisors and sockets of the present test. */
const running = new Map<Supervisor, Promise<void>>();
const open = new Set<{ destroy(): unknown }>();

/** Ends all that a test has begun; for `afterEach`. */
export async function endAll(): Promise<void> {
  for (const each of open) each.destroy();
  open.clear();
  const runs = [...running];
  running.clear();
  for (const [supervisor] of runs.reverse()) await supervisor.shutdown();
  await Promise.allSettled(runs.map(([, run]) => run));
}

/** Runs a supervisor until the end of the test. */
export function run(supervisor: Supervisor): Promise<void> {
  const end = supervisor.run();
  running.set(supervisor, end);
  end.catch(() => undefined);
  return end;
}

export interface Site {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the server alone. */
  readonly root: Supervisor;
  /** What the server logged. */
  readonly log: readonly { level: string; data: object; message: string }[];
}

/** Serves a supervisor, on a free port, from a root of the server's own. */
export async function serve(supervisor: Supervisor, options: Partial<StatusServerOptions> = {}): Promise<Site> {
  const log: { level: string; data: object; message: string }[] = [];
  const at = (level: string) => (data: object, message: string) => log.push({ level, data, message });
  const logger: Logger = { debug: () => undefined, info: at('info'), warn: at('warn'), error: at('error') };
  const server = statusServer(supervisor, { port: 0, ...options });
  const root = new Supervisor([server], { name: 'root', logger });
  const address = first(root.valuesOf(server));
  void run(root);
  return { ...(await address), root, log };
}

/** A supervisor that runs services, and a server beside it. */
export async function serveServices(
  services: readonly Service[],
  options: Partial<StatusServerOptions> = {},
): Promise<Site & { readonly supervisor: Supervisor }> {
  const supervisor = new Supervisor(services, { autoShutdown: 'never' });
  void run(supervisor);
  return { ...(await serve(supervisor, options)), supervisor };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One request, on a connection of its own. */
export async function ask(url: string, path: string, options: RequestOptions = {}): Promise<Answer> {
  const asked = request(url, { agent: false, path, ...options });
  asked.end();
  return answerTo(asked);
}

export async function answerTo(asked: ClientRequest): Promise<Answer> {
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.setEncoding('utf8');
  let body = '';
  for await (const chunk of response) body += chunk as string;
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** What `/status` says. */
export async function snapshotOf(url: string): Promise<StatusSnapshot> {
  return JSON.parse((await ask(url, '/status')).body) as StatusSnapshot;
}

/** Sends text as it is, and resolves with all that is answered until the other side ends. */
export async function say(port: number, text: string): Promise<string> {
  const socket = await connected(port);
  let answered = '';
  socket.on('data', (chunk: Buffer) => (answered += chunk.toString('latin1')));
  socket.write(text);
  await once(socket, 'close');
  return answered;
}

/** A connection on which nothing has been said yet. */
export async function connected(port: number, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect(port, host);
  open.add(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** One message of Server-Sent Events. */
export interface Frame {
  readonly id?: string;
  readonly event?: string;
  readonly comment?: string;
  readonly retry?: string;
  readonly data?: unknown;
}

/** A reader of `/events`. */
export class Reader {
  /** All it got. */
  readonly frames: Frame[] = [];
  readonly #frame$ = new ReplaySubject<Frame>(Infinity);
  readonly #closed: Promise<void>;
  #text = '';

  private constructor(
    readonly response: IncomingMessage,
    readonly socket: Socket,
  ) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.#read(chunk);
    });
    response.on('error', () => undefined);
    this.#closed = new Promise((resolve) => {
      response.once('close', resolve);
    });
  }

  static async of(url: string, lastEventId?: string): Promise<Reader> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const asked = request(url, { agent: false, path: '/events', headers });
    open.add(asked);
    asked.on('error', () => undefined);
    asked.end();
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    return new Reader(response, response.socket);
  }

  get snapshots(): StatusSnapshot[] {
    return this.frames.flatMap(({ event, data }) => (event === 'snapshot' ? [data as StatusSnapshot] : []));
  }

  /** Changes, as words: `'a failed'`; `'- a'` where it was removed. */
  get words(): string[] {
    return this.frames.flatMap(({ event, data }) => {
      const { service, status } = (data ?? {}) as Partial<StatusEventJson>;
      if (event === 'removed') return [`- ${service}`];
      return event === 'status' ? [`${service} ${status}`] : [];
    });
  }

  get lastId(): string {
    return this.frames.findLast(({ id }) => id !== undefined)?.id ?? '';
  }

  /** The first frame, of those that came and that will come, that is of this kind. */
  async until(event: string, holds: (data: StatusEventJson) => boolean = () => true): Promise<Frame> {
    const isIt = (frame: Frame) => frame.event === event && holds(frame.data as StatusEventJson);
    return first(this.#frame$.pipe(filter(isIt)));
  }

  /** The first event of a service that says so. */
  async says(service: string, status: string): Promise<Frame> {
    return this.until('status', (data) => data.service === service && data.status === status);
  }

  /** The server has ended the stream, or cut it. */
  async ended(): Promise<void> {
    await this.#closed;
  }

  close(): void {
    this.socket.destroy();
  }

  #read(chunk: string): void {
    const parts = (this.#text + chunk).split('\n\n');
    this.#text = parts.pop() ?? '';
    for (const part of parts) {
      const frame = frameOf(part);
      this.frames.push(frame);
      this.#frame$.next(frame);
    }
  }
}

function frameOf(text: string): Frame {
  const fields = text.split('\n').map((line): [string, unknown] => {
    const colon = line.indexOf(': ');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 2);
    return [name === '' ? 'comment' : name, name === 'data' ? (JSON.parse(value) as unknown) : value];
  });
  return Object.fromEntries(fields);
}

/** A service that does what the test says: run it, let it fail, let it end. */
export class Puppet {
  #run$ = new Subject<unknown>();
  readonly service: Service;

  constructor(name: string, options?: ServiceOptions) {
    this.service = service(
      name,
      () => {
        this.#run$ = new Subject();
        return this.#run$;
      },
      options,
    );
  }

  emit(): void {
    this.#run$.next(undefined);
  }

  fail(error: Error): void {
    this.#run$.error(error);
  }

  complete(): void {
    this.#run$.complete();
  }
}

/** Runs for ever. */
export function idle(name: string, options?: ServiceOptions): Service {
  return service(name, NEVER, options);
}

/** The next event of a service that says so. */
export async function until(event$: Observable<StatusEvent>, service: string, status: string): Promise<StatusEvent> {
  return first(event$.pipe(filter((event) => event.service === service && event.status === status)));
}

/** The first value from now on. */
export async function first<T>(value$: Observable<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    value$.pipe(take(1)).subscribe({ next: resolve, error: reject });
  });
}

/** How many listen to the events of a supervisor. */
export function listeners(supervisor: Supervisor): number {
  // what `status$` is made of
  const events = supervisor[SUBTREE].status$ as unknown as { source: { observers: unknown[] } };
  return events.source.observers.length;
}

/** No more sockets and servers than these are open. They are closed a moment after they were destroyed. */
export async function socketsAre(...expected: string[]): Promise<void> {
  const open = () => process.getActiveResourcesInfo().filter((each) => each.startsWith('TCP'));
  for (let tries = 0; tries < 900 && open().join() !== expected.join(); tries++) await setTimeout(5);
  expect(open()).toEqual(expected);
}

/** Counts the timers of rxjs that are set and not cleared, from now on until mocks are restored. */
export function timers(): () => number {
  const set = new Set<unknown>();
  const { setInterval, clearInterval } = globalThis;
  jest.spyOn(globalThis, 'setInterval').mockImplementation((...args: Parameters<typeof setInterval>) => {
    const id = setInterval(...args);
    set.add(id);
    return id;
  });
  jest.spyOn(globalThis, 'clearInterval').mockImplementation((id) => {
    set.delete(id);
    clearInterval(id);
  });
  return () => set.size;
}
