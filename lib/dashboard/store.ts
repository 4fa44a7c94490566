import type { ErrorJson, ServiceJson, StatusEventJson, StatusSnapshot } from '../node/wire.js';
import type { StatusEvent } from '../status.js';
import type { Message } from './message.js';
import { extend, type Timeline, timelineOf } from './timeline.js';
import { placeOf } from './tree.js';

/** How many events the log keeps. */
export const LOGGED = 200;

export interface Failure {
  readonly time: number;
  readonly error: ErrorJson;
}

export interface ServiceState {
  /** The latest. */
  readonly event: StatusEventJson;
  /** The latest failure, which may be older than that. */
  readonly failure: Failure | undefined;
  readonly timeline: Timeline;
}

/** Times are of the page's own clock, in ms. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  /** `retryAt` is known where the page is to connect again, and not where the browser does. */
  | { readonly kind: 'lost'; readonly since: number; readonly retryAt: number | undefined };

/** All that the page shows, folded from the messages. It is never changed, and parts that stay the same are the same objects. */
export interface State {
  readonly supervisor: string | undefined;
  readonly commands: boolean;
  /** What the server's clock is ahead of the page's, in ms. */
  readonly skew: number;
  /** The paths, as they are shown: a supervisor before the services in it. */
  readonly order: readonly string[];
  readonly services: ReadonlyMap<string, ServiceState>;
  /** The latest events, the oldest first. */
  readonly log: readonly StatusEventJson[];
  readonly connection: ConnectionState;
}

export const INITIAL: State = {
  supervisor: undefined,
  commands: false,
  skew: 0,
  order: [],
  services: new Map(),
  log: [],
  connection: { kind: 'connecting' },
};

export function reduce(state: State, message: Message): State {
  switch (message.type) {
    case 'snapshot':
      return withSnapshot(state, message.snapshot, message.at);
    case 'status':
      return withEvent(state, message.event);
    case 'removed':
      return without(state, message.service);
    case 'heartbeat':
      return { ...state, skew: message.time - message.at };
    case 'open':
      return { ...state, connection: { kind: 'connected' } };
    case 'lost':
      return { ...state, connection: lost(state.connection, message.at, undefined) };
    case 'connection':
      return { ...state, connection: connectionAfter(state.connection, message.event) };
  }
}

function withSnapshot(state: State, snapshot: StatusSnapshot, at: number): State {
  const { supervisor, time, commands, services, history = [] } = snapshot;
  const histories = new Map<string, StatusEventJson[]>();
  for (const event of history) {
    const known = histories.get(event.service);
    if (known === undefined) histories.set(event.service, [event]);
    else known.push(event);
  }
  return {
    supervisor,
    commands,
    skew: time - at,
    order: services.map(({ service }) => service),
    services: new Map(services.map((each) => [each.service, serviceOf(each, histories.get(each.service) ?? [])])),
    log: history.slice(-LOGGED),
    connection: state.connection,
  };
}

function serviceOf(service: ServiceJson, history: readonly StatusEventJson[]): ServiceState {
  const { lastFailure: failure, ...event } = service;
  return { event, failure, timeline: timelineOf(service, history) };
}

function withEvent(state: State, event: StatusEventJson): State {
  const { service, time, error } = event;
  const known = state.services.get(service);
  const next: ServiceState = {
    event,
    failure: error === undefined ? known?.failure : { time, error },
    timeline: extend(known?.timeline ?? [], event),
  };
  return {
    ...state,
    order: known === undefined ? state.order.toSpliced(placeOf(service, state.order), 0, service) : state.order,
    services: new Map(state.services).set(service, next),
    log: [...state.log.slice(state.log.length < LOGGED ? 0 : 1), event],
  };
}

function without(state: State, service: string): State {
  const services = new Map(state.services);
  if (!services.delete(service)) return state;
  return { ...state, services, order: state.order.filter((path) => path !== service) };
}

function connectionAfter(now: ConnectionState, event: StatusEvent): ConnectionState {
  if (event.status === 'failed' || event.status === 'stopped') {
    return lost(now, event.time, event.restartIn === undefined ? undefined : event.time + event.restartIn);
  }
  // trying again is not yet to be connected
  return now.kind === 'lost' ? { ...now, retryAt: undefined } : now;
}

function lost(now: ConnectionState, at: number, retryAt: number | undefined): ConnectionState {
  return { kind: 'lost', since: now.kind === 'lost' ? now.since : at, retryAt };
}
