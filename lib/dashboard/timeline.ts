import type { ServiceJson, StatusEventJson } from '../node/wire.js';
import { type Condition, conditionOf } from './condition.js';

/** How much of the past a strip shows, in ms. */
export const WINDOW = 5 * 60_000;

/** What happens within one of these (ms) becomes one segment: a service that crashes 100 times a second costs no more than others. */
const CELL = 1_000;

export interface Segment {
  /** It lasts until the next one begins. Of the server's clock, in ms. */
  readonly from: number;
  readonly condition: Condition;
  /** Failures in it. */
  readonly crashes: number;
}

/** The past of one service, the oldest first: no more than one segment for a cell, and none that ended before the window. */
export type Timeline = readonly Segment[];

export function extend(timeline: Timeline, event: StatusEventJson): Timeline {
  const segment = { from: event.time, condition: conditionOf(event), crashes: event.status === 'failed' ? 1 : 0 };
  const last = timeline.at(-1);
  if (last !== undefined && cellOf(last.from) === cellOf(segment.from)) {
    return [...timeline.slice(0, -1), { ...segment, from: last.from, crashes: last.crashes + segment.crashes }];
  }
  const begin = event.time - WINDOW;
  // the one that was under way when the window began is still to be seen
  const first = timeline.findLastIndex(({ from }) => from <= begin);
  return [...timeline.slice(Math.max(0, first)), segment];
}

/** The past of one service as far as a snapshot knows it: of its latest events, and of its latest failure. */
export function timelineOf(service: ServiceJson, history: readonly StatusEventJson[]): Timeline {
  const before = history.filter(({ time }) => time < service.time);
  const { lastFailure } = service;
  const first = before[0]?.time ?? service.time;
  const failures: Timeline =
    // older than what is told of, and it came back since, so it was waiting
    lastFailure !== undefined && lastFailure.time < first
      ? [{ from: lastFailure.time, condition: 'waiting', crashes: 1 }]
      : [];
  const now = history.filter(({ time }) => time === service.time);
  return [...before, ...(now.length > 0 ? now : [service])].reduce(extend, failures);
}

export interface TimelineSummary {
  readonly crashes: number;
  /** From 0 to 1: the part of the time that is known. */
  readonly running: number;
}

export function summarise(timeline: Timeline, now: number): TimelineSummary {
  const begin = now - WINDOW;
  let crashes = 0;
  let running = 0;
  timeline.forEach((segment, index) => {
    const from = Math.max(begin, segment.from);
    const to = Math.max(from, timeline[index + 1]?.from ?? now);
    if (segment.from >= begin) crashes += segment.crashes;
    if (segment.condition === 'running') running += to - from;
  });
  const known = now - Math.max(begin, timeline[0]?.from ?? now);
  return { crashes, running: known > 0 ? running / known : 0 };
}

function cellOf(time: number): number {
  return Math.floor(time / CELL);
}
