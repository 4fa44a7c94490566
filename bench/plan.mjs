/** How each side is stopped where it matters little how: the class and the peers know only the graceful way. */
const STOP = { 'by-hand': 'hard', supervise: 'hard' };

/** For so many services: in how many rounds idle ones are started and stopped, their heap is taken, and failing ones restarted. */
const ROUNDS = {
  1_000: { idle: 200, heap: 7, restarts: 40 },
  10_000: { idle: 20, heap: 3, restarts: 4 },
  100_000: { idle: 2, heap: 1, restarts: 1 },
};

function idle(side, count, { stop = STOP[side] ?? 'graceful', ...more } = {}) {
  return { metric: 'idle', side, count, stop, rounds: ROUNDS[count].idle, ...more };
}

function heap(side, count, stop = STOP[side] ?? 'graceful') {
  return { metric: 'heap', side, count, stop, rounds: ROUNDS[count].heap };
}

function restarts(side, count, more) {
  return { metric: 'restarts', side, count, rounds: ROUNDS[count].restarts, ...more };
}

/** What makes of a measurement one of so many services in supervisors of 1,000, all alive at a time. */
function crowd(count, rounds) {
  return { alive: count / 1_000, rounds };
}

/**
 * What is compared, by group: a figure of one measurement with a figure of another, and what the ratio may be at most. Rows without
 * a limit are there to be read.
 */
export function plan(quick) {
  const counts = quick ? [1_000, 10_000] : [1_000, 10_000, 100_000];
  const most = Math.max(...counts);
  const ours = ['supervise', 'supervisor'];
  const idleCrowd = crowd(most, ROUNDS[most].idle);
  const restartCrowd = crowd(most, ROUNDS[most].restarts);
  const stops = [
    ['supervise', 'hard'],
    ['supervise', 'graceful'],
    ['supervisor', 'graceful'],
  ];

  return {
    start: counts.flatMap((count) =>
      ours.map((side) => row(`start, ${count}`, 'start', 0.75, idle(side, count), idle('by-hand', count))),
    ),
    stop: counts.flatMap((count) => [
      row(`hard stop, ${count}`, 'stop', 0.8, idle('supervise', count), idle('by-hand', count)),
      ...ours.map((side) =>
        row(`graceful stop, ${count}`, 'stop', 3, idle(side, count, { stop: 'graceful' }), idle('supervise', count)),
      ),
    ]),
    heap: [
      ...counts.flatMap((count) =>
        ours.map((side) => row(`heap, ${count}`, 'heap', 0.6, heap(side, count), heap('by-hand', count))),
      ),
      ...stops.map(([side, stop]) => ({
        ...row(`heap left after ${stop} stop, ${most}`, 'left', 0.01, heap(side, most, stop), heap(side, most, stop)),
        otherFigure: 'heap',
      })),
    ],
    restarts: ours.map((side) =>
      row('CPU of a restart, 10000', 'cpu', 0.8, restarts(side, 10_000), restarts('by-hand', 10_000)),
    ),
    growth: [
      ...stops.flatMap(([side, stop]) => [
        row(`start, ${most}`, 'start', 2, idle(side, most, { stop }), idle(side, 1_000, { stop, ...idleCrowd })),
        row(`${stop} stop, ${most}`, 'stop', 2, idle(side, most, { stop }), idle(side, 1_000, { stop, ...idleCrowd })),
      ]),
      ...ours.flatMap((side) => [
        row(`heap, ${most}`, 'heap', 2, heap(side, most), heap(side, 1_000)),
        row(`CPU of a restart, ${most}`, 'cpu', 2, restarts(side, most), restarts(side, 1_000, restartCrowd)),
      ]),
      ...['by-hand', ...ours].map((side) =>
        row(`start, ${most}, to 1000 alone`, 'start', undefined, idle(side, most), idle(side, 1_000)),
      ),
    ],
    observers: [1, 10, 100].map((observers) =>
      row(
        `start, status to ${observers} observer(s), 1000`,
        'start',
        undefined,
        idle('supervisor', 1_000, { observers }),
        idle('by-hand', 1_000, { observers }),
      ),
    ),
  };
}

function row(what, figure, limit, ours, other) {
  return { what, figure, otherFigure: figure, limit, ours, other };
}

/** The measurements of every side, for a table of their own. */
export function peers() {
  return ['by-hand', 'supervise', 'supervisor', 'effect', 'xstate', 'p-retry'].map((side) => ({
    side,
    idle: idle(side, 10_000, { rounds: 3 }),
    heap: heap(side, 10_000),
    restarts: restarts(side, 10_000),
  }));
}
