import type { Condition } from './condition.js';
import { type Timeline, WINDOW } from './timeline.js';

/** Height of a strip; its width is the window, in seconds. */
export const STRIP_HEIGHT = 20;

/** How high a band is: the gaps are to be seen without the colours too. */
const BANDS: Readonly<Record<Condition, number>> = {
  running: 12,
  starting: 8,
  stopping: 8,
  waiting: 4,
  failed: 4,
  stopped: 4,
  idle: 2,
};

/** Beyond the right end of any strip. */
const END = WINDOW;

/** Paths of SVG: the bands of a condition, or the marks of crashes. */
export type Strip = ReadonlyMap<Condition | 'crash', string>;

/**
 * Draws the past of one service: a band for each condition that it was in, the last one without an end, and a mark over the whole height for
 * each crash. `x` is in seconds after `origin`, so that a strip moves on by its view box alone, and is drawn anew only for an event.
 */
export function stripOf(timeline: Timeline, origin: number): Strip {
  const paths = new Map<Condition | 'crash', string>();
  const add = (kind: Condition | 'crash', path: string) => paths.set(kind, (paths.get(kind) ?? '') + path);
  timeline.forEach(({ from, condition, crashes }, index) => {
    const [left, right] = [seconds(from - origin), seconds((timeline[index + 1]?.from ?? from + END) - origin)];
    const top = (STRIP_HEIGHT - BANDS[condition]) / 2;
    add(condition, `M${left} ${top}H${right}V${STRIP_HEIGHT - top}H${left}z`);
    if (crashes > 0) add('crash', `M${left} 0V${STRIP_HEIGHT}`);
  });
  return paths;
}

/** What is to be seen of a strip at a time. */
export function viewBoxAt(now: number, origin: number): string {
  return `${seconds(now - WINDOW - origin)} 0 ${seconds(WINDOW)} ${STRIP_HEIGHT}`;
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}
