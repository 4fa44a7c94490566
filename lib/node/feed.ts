import { randomBytes } from 'node:crypto';
import { asyncScheduler, defer, ignoreElements, interval, merge, Observable, Subject, tap } from 'rxjs';
import { SUBTREE } from '../service.js';
import type { StatusEvent } from '../status.js';
import type { Supervisor } from '../supervisor.js';
import { errorJson, eventJson } from './error-json.js';
import { History } from './history.js';
import type { ErrorJson, ServiceJson, StatusEventJson, StatusSnapshot } from './wire.js';

/** How often it is looked whether services were added or removed without an event, in ms. */
const LOOK = 1_000;

/** One message of `/events`. */
interface Message {
  readonly event: 'status' | 'removed';
  readonly data: StatusEventJson | { readonly service: string };
}

interface FeedSettings {
  readonly stacks: boolean;
  readonly commands: boolean;
  readonly history: number;
  /** ms */
  readonly heartbeat: number;
}

/**
 * What a supervisor says, as Server-Sent Events: the latest ones are kept, so that who was away for a moment misses nothing.
 *
 * ```
 * history of 3    1 2 3 4 5
 * away after 3          4 5   what was missed
 * away after 1        S       a fresh snapshot: 2 is gone
 * ```
 */
export class Feed {
  /** An id of another run of the server, or of another server, is none of ours. */
  readonly #epoch = randomBytes(4).toString('hex');
  readonly #history: History<Message>;
  readonly #frames = new Subject<string>();
  readonly #failures = new Map<string, { readonly time: number; readonly error: ErrorJson }>();
  /** The event that was told last of each service, or, of those that are idle, the one that says so. */
  readonly #told = new Map<string, StatusEvent>();
  /** The list of services that was looked at last. */
  #shape = -1;
  /** All of the snapshot but the clock, and what it was made of. */
  #snapshot: { readonly last: number; readonly text: string } | undefined = undefined;

  constructor(
    private readonly supervisor: Supervisor,
    private readonly settings: FeedSettings,
  ) {
    this.#history = new History(settings.history);
  }

  /** Listens to the supervisor while it is subscribed to. */
  readonly listening$: Observable<never> = defer(() => {
    const { supervisor, settings } = this;
    for (const event of supervisor.statuses().values()) this.#note(event);
    this.#shape = supervisor[SUBTREE].shape;
    return merge(
      supervisor.status$.pipe(
        tap((event) => {
          this.#happened(event);
        }),
      ),
      interval(LOOK).pipe(
        tap(() => {
          this.#look();
        }),
      ),
      interval(settings.heartbeat).pipe(
        tap(() => {
          this.#beat();
        }),
      ),
    ).pipe(ignoreElements());
  });

  /** All there is to know now. */
  snapshot(): StatusSnapshot {
    const { supervisor, settings } = this;
    this.#look();
    const services = Array.from(supervisor.statuses().values(), (event) => this.#serviceJson(event));
    return { supervisor: supervisor.name, time: this.#now(), commands: settings.commands, services };
  }

  /** Server-Sent Events: what was missed since the message of that id, or a snapshot; then what happens. */
  frames(lastId: string | undefined): Observable<string> {
    return new Observable((subscriber) => {
      this.#look();
      const missed = this.#missed(lastId);
      subscriber.next(missed === undefined ? this.#snapshotFrame() : missed);
      return this.#frames.subscribe(subscriber);
    });
  }

  #serviceJson(event: StatusEvent): ServiceJson {
    const json = eventJson(event, this.settings.stacks);
    const lastFailure = this.#failures.get(event.service);
    return lastFailure === undefined ? json : { ...json, lastFailure };
  }

  #happened(event: StatusEvent): void {
    this.#note(event);
    this.#say({ event: 'status', data: eventJson(event, this.settings.stacks) });
    // forgotten with its last event: told at once, or what is added under its name would be taken for it
    const isLast = 'final' in event && event.final && !this.supervisor[SUBTREE].has(event.service);
    if (isLast) this.#removed(event.service);
  }

  #removed(service: string): void {
    this.#told.delete(service);
    this.#failures.delete(service);
    this.#say({ event: 'removed', data: { service } });
  }

  #beat(): void {
    const data = JSON.stringify({ time: this.#now() });
    // the comment is what others look for, the event what the script of a page can see
    this.#frames.next(`: heartbeat\nevent: heartbeat\ndata: ${data}\n\n`);
  }

  #note(event: StatusEvent): void {
    this.#told.set(event.service, event);
    if (event.status === 'idle') this.#failures.delete(event.service);
    if (event.status !== 'failed') return;
    this.#failures.set(event.service, { time: event.time, error: errorJson(event.error, this.settings.stacks) });
  }

  #now(): number {
    return (this.supervisor[SUBTREE].settings.scheduler ?? asyncScheduler).now();
  }

  #say(message: Message): void {
    const number = this.#history.add(message);
    if (this.#frames.observed) this.#frames.next(this.#frame(number, message));
  }

  #frame(number: number, { event, data }: Message): string {
    return `id: ${this.#epoch}-${number}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  /** Undefined where a snapshot is called for. */
  #missed(lastId: string | undefined): string | undefined {
    const [, epoch, number] = /^([^-]*)-(\d+)$/.exec(lastId ?? '') ?? [];
    if (epoch !== this.#epoch) return undefined;
    const first = Number(number) + 1;
    const messages = this.#history.since(Number(number));
    // `retry` besides, so that there is something to send at once
    return messages && RETRY + messages.map((each, index) => this.#frame(first + index, each)).join('');
  }

  #snapshotFrame(): string {
    const { last } = this.#history;
    if (this.#snapshot?.last !== last) {
      const { heartbeat } = this.settings;
      const { supervisor, commands, services } = this.snapshot();
      const history = this.#history.all().flatMap(({ event, data }) => (event === 'status' ? [data] : []));
      this.#snapshot = { last, text: JSON.stringify({ supervisor, commands, heartbeat, services, history }).slice(1) };
    }
    const data = `{"time":${this.#now()},${this.#snapshot.text}`;
    return `${RETRY}id: ${this.#epoch}-${last}\nevent: snapshot\ndata: ${data}\n\n`;
  }

  /** Services come and go without an event where they do not run. */
  #look(): void {
    const { shape } = this.supervisor[SUBTREE];
    if (shape === this.#shape) return;
    this.#shape = shape;
    const statuses = this.supervisor.statuses();
    for (const service of this.#told.keys()) if (!statuses.has(service)) this.#removed(service);
    // it may also be another of the same name
    for (const [service, event] of statuses) if (this.#told.get(service) !== event) this.#happened(event);
  }
}

/** ms after which a browser connects anew. */
const RETRY = 'retry: 1000\n\n';
