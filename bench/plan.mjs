/** How each side is stopped where it matters little how: the class and the peers know only the graceful way. */
const STOP = { 'by-hand': 'hard', supervise: 'hard' };

/**
 * For so many services: in how many rounds idle ones are started and stopped, or added and removed, their heap is taken, and failing ones
 * restarted.
 */
const ROUNDS = {
  1_000: { idle: 60, heap: 5, restarts: 20 },
  10_000: { idle: 3, heap: 1, restarts: 2 },
  100_000: { idle: 1, heap: 1, restarts: 1 },
};

/** How often the one service crashes that crashes alone. */
const CRASHES = 20_000;

function idle(side, count, { stop = STOP[side] ?? 'graceful', ...more } = {}) {
  return { metric: 'idle', side, count, stop, rounds: ROUNDS[count].idle, ...more };
}

function dynamic(side, count, more) {
  return { metric: 'dynamic', side, count, stop: STOP[side] ?? 'graceful', rounds: ROUNDS[count].idle, ...more };
}

function heap(side, count, stop = STOP[side] ?? 'graceful') {
  return { metric: 'heap', side, count, stop, rounds: ROUNDS[count].heap };
}

function restarts(side, count, more) {
  return { metric: 'restarts', side, count, rounds: ROUNDS[count].restarts, ...more };
}

function crashes(side, count) {
  return { metric: 'crashes', side, count, rounds: CRASHES };
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
      ...ours.flatMap((side) => {
        const graceful = idle(side, count, { stop: 'graceful' });
        return [
          row(`graceful stop, ${count}`, 'stop', 3, graceful, idle('by-hand', count)),
          row(`graceful stop, ${count}`, 'stop', undefined, graceful, idle('supervise', count)),
        ];
      }),
    ]),
    heap: [
      ...counts.flatMap((count) =>
        ours.map((side) => row(`heap, ${count}`, 'heap', 0.6, heap(side, count), heap('by-hand', count))),
      ),
      ...stops.map(([side, stop]) => left(side, most, stop)),
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
    dynamic: [
      ...['add', 'remove'].flatMap((figure) => {
        const inOne = dynamic('supervisor', most);
        return [
          row(`${figure} one by one, ${most}`, figure, 2, inOne, dynamic('supervisor', 1_000, idleCrowd)),
          row(`${figure} one by one, ${most}, to 1000 alone`, figure, undefined, inOne, dynamic('supervisor', 1_000)),
          row(`${figure} one by one, ${most}`, figure, undefined, inOne, dynamic('by-hand', most)),
        ];
      }),
    ],
    tree: [
      row(`tree, start, ${most}`, 'start', undefined, idle('tree', most), idle('supervisor', most)),
      row(`tree, graceful stop, ${most}`, 'stop', undefined, idle('tree', most), idle('supervisor', most)),
      row(`tree, heap, ${most}`, 'heap', undefined, heap('tree', most), heap('supervisor', most)),
      left('tree', most, 'graceful'),
    ],
    'one-crash': ours.flatMap((side) => [
      row(`CPU of a crash, 1 of ${most}`, 'cpu', 2, crashes(side, most), crashes(side, 1_000)),
      row(`latency of a restart, 1 of ${most}`, 'latency', 2, crashes(side, most), crashes(side, 1_000)),
      row(`CPU of a crash, 1 of ${most}`, 'cpu', undefined, crashes(side, most), crashes('by-hand', most)),
      row(`latency of a restart, 1 of ${most}`, 'latency', undefined, crashes(side, most), crashes('by-hand', most)),
    ]),
    observers: [1, 10, 100].map((observers) =>
      row(
        `start, status to ${observers} observer(s), 1000`,
        'start',
        undefined,
        idle('supervisor', 1_000, { observers, rounds: 20 }),
        idle('by-hand', 1_000, { observers, rounds: 20 }),
      ),
    ),
  };
}

function row(what, figure, limit, ours, other) {
  return { what, figure, otherFigure: figure, limit, ours, other };
}

/** What is left of the heap after a stop. */
function left(side, count, stop) {
  const measurement = heap(side, count, stop);
  return {
    ...row(`heap left after ${stop} stop, ${count}`, 'left', 0.01, measurement, measurement),
    otherFigure: 'heap',
  };
}

/** The measurements of every side, for a table of their own. */
export function peers() {
  return ['by-hand', 'supervise', 'supervisor', 'effect', 'xstate', 'p-retry'].map((side) => ({
    side,
    idle: idle(side, 10_000),
    heap: heap(side, 10_000),
    restarts: restarts(side, 10_000),
  }));
}
