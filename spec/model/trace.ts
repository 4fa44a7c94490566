import type { StatusEvent } from '../../lib/index.js';
import { pathIn, type Place, type TreeCommand } from './history.js';

/** What was seen while a history was played. */
export interface Trace {
  readonly log: readonly Entry[];
  /** The events, as an observer saw them that stands behind the one that reacts. */
  readonly lastObserver: readonly StatusEvent[];
  /** What came out of where nothing may come out: the scheduler, a command, unsubscribe(). */
  readonly escaped: readonly unknown[];
  /** What was reported as rxjs does, and what was to be. */
  readonly uncaught: readonly unknown[];
  readonly thrownByObservers: number;
  /** Timers of the machine that were set. */
  readonly realTimers: number;
  readonly left: Remains;
}

/** What is there yet. */
export interface Remains {
  /** Scheduled by the library. */
  readonly actions: number;
  /** On the signals that were given to it. */
  readonly listeners: number;
  /** Observables of services that are subscribed to. */
  readonly subscriptions: number;
}

/** `time` is virtual; `turn` counts what the scheduler has executed. */
export type Entry = { readonly time: number; readonly turn: number } & (
  | { readonly kind: 'event'; readonly event: StatusEvent; readonly snapshots: readonly Snapshot[] | undefined }
  /** An event, as the supervisor of this path tells it, which is below the root. */
  | { readonly kind: 'below'; readonly supervisor: string; readonly event: StatusEvent }
  /** The function of a service is called, for the `nth` time since the service was made. */
  | {
      readonly kind: 'called';
      readonly service: string;
      readonly restarts: number;
      readonly name: string;
      readonly nth: number;
    }
  /** The signal of a run is aborted. */
  | { readonly kind: 'aborted'; readonly service: string }
  /** The Observable of a run is subscribed to, or no more. */
  | { readonly kind: 'opened' | 'closed'; readonly service: string }
  /** A value goes out of a service, and comes in at `valuesOf`. */
  | { readonly kind: 'sent' | 'received'; readonly service: string; readonly value: string }
  | { readonly kind: 'command'; readonly id: number; readonly command: TreeCommand; readonly from: Place | 'clock' }
  | { readonly kind: 'answered'; readonly id: number; readonly error: unknown }
  /** The supervisor is run, by this command; and ends. */
  | { readonly kind: 'begun'; readonly id: number }
  | { readonly kind: 'ended'; readonly id: number; readonly how: Outcome; readonly left: Remains }
);

export type Snapshot = ReadonlyMap<string, StatusEvent>;

export type Outcome =
  | { readonly how: 'completed' }
  | { readonly how: 'failed'; readonly error: unknown }
  | { readonly how: 'unsubscribed' };

/** An error in a few words: what it is of, or, where it is the service's own, what it says. */
export function labelOf(error: unknown): string {
  // of another realm, where a DOMException is no Error
  if (error instanceof DOMException) return error.name;
  if (!(error instanceof Error)) return String(error);
  if ('services' in error) return `${error.name} ${String(error.services)}`;
  if ('service' in error) return `${error.name} ${String(error.service)}`;
  return error.name === 'Error' ? `Error ${error.message}` : error.name;
}

/** A line for each entry, for people, and to compare by. */
export function lines({ log }: Trace): string[] {
  return log.map((entry) => `${entry.time} ${inWords(entry)}`);
}

function inWords(entry: Entry): string {
  switch (entry.kind) {
    case 'event':
      return eventLine(entry.event);
    case 'command': {
      const { command, id, from } = entry;
      const path = 'path' in command ? command.path : 'to' in command ? pathIn(command.to, command.node.name) : '';
      return `${command.kind} ${path} #${id} from ${from}`;
    }
    case 'below':
      return `(${entry.supervisor}: ${eventLine(entry.event)})`;
    case 'answered':
      return `#${entry.id} ${entry.error === undefined ? 'resolves' : `rejects: ${labelOf(entry.error)}`}`;
    case 'begun':
      return `#${entry.id} begins`;
    case 'ended':
      return `#${entry.id} ends: ${outcomeLine(entry.how)}`;
    case 'sent':
    case 'received':
      return `${entry.service} ${entry.kind} ${entry.value}`;
    default:
      return `(${entry.service} ${entry.kind})`;
  }
}

export const outcomeLine = (end: Outcome): string => (end.how === 'failed' ? labelOf(end.error) : end.how);

/** Like `a failed final 3 Error: ...`: all of an event but its time. */
export function eventLine(event: StatusEvent): string {
  const parts = [event.service, event.status, `restarts=${event.restarts}`];
  if ('final' in event) parts.push(`final=${String(event.final)}`);
  if ('restartIn' in event) parts.push(`restartIn=${String(event.restartIn)}`);
  if ('error' in event) parts.push(`error=${labelOf(event.error)}`);
  return parts.join(' ');
}

/** The events, in the words of the reference model; and so the next two. */
export const eventsIn = ({ log }: Trace): string[] =>
  log.flatMap((entry) => (entry.kind === 'event' ? [`${entry.event.time} ${eventLine(entry.event)}`] : []));

/** How the supervisor ended, each time. */
export const endsIn = ({ log }: Trace): string[] =>
  log.flatMap((entry) =>
    entry.kind === 'ended' && outcomeLine(entry.how) !== 'SupervisorRunningError'
      ? [`${entry.time} ${outcomeLine(entry.how)}`]
      : [],
  );

/** How the commands were answered. */
export const answersIn = ({ log }: Trace): Map<number, string> =>
  new Map(
    log.flatMap((entry) =>
      entry.kind === 'answered'
        ? [[entry.id, `${entry.time} ${entry.error === undefined ? 'resolves' : labelOf(entry.error)}`] as const]
        : [],
    ),
  );
