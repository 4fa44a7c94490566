import { extend, summarise, type Timeline, timelineOf, WINDOW } from '../../lib/dashboard/timeline.js';
import { event, failed } from './events.js';

const NONE: Timeline = [];

describe('extend', () => {
  it('adds a segment for each event', () => {
    const timeline = [event({ time: 0 }), failed({ time: 4_000 }), event({ time: 6_000 })].reduce(extend, NONE);
    expect(timeline).toEqual([
      { from: 0, condition: 'running', crashes: 0 },
      { from: 4_000, condition: 'waiting', crashes: 1 },
      { from: 6_000, condition: 'running', crashes: 0 },
    ]);
  });

  it('makes one segment of what happens within a second, and counts the crashes in it', () => {
    const events = [0, 100, 200, 300].flatMap((time) => [event({ time }), failed({ time: time + 50 })]);
    expect(events.reduce(extend, NONE)).toEqual([{ from: 0, condition: 'waiting', crashes: 4 }]);
  });

  it('keeps what was under way when the window began, and forgets what was before', () => {
    const timeline = [0, 2_000, 4_000, WINDOW + 3_000].map((time) => event({ time })).reduce(extend, NONE);
    expect(timeline.map(({ from }) => from)).toEqual([2_000, 4_000, WINDOW + 3_000]);
  });

  it('stays small where a service crashes a hundred times a second', () => {
    let timeline: Timeline = NONE;
    for (let time = 0; time < 2 * WINDOW; time += 10) timeline = extend(timeline, failed({ time }));
    expect(timeline.length).toBeLessThanOrEqual(WINDOW / 1_000 + 1);
    expect(summarise(timeline, 2 * WINDOW).crashes).toBe(WINDOW / 10);
  });

  it('leaves the timeline that it was given as it is', () => {
    const before = extend(NONE, event({ time: 0 }));
    extend(before, failed({ time: 10 }));
    extend(before, failed({ time: 5_000 }));
    expect(before).toEqual([{ from: 0, condition: 'running', crashes: 0 }]);
  });
});

describe('timelineOf', () => {
  it('is made of the history', () => {
    const history = [event({ time: 0 }), failed({ time: 3_000 })];
    expect(timelineOf(failed({ time: 3_000 }), history)).toEqual(history.reduce(extend, NONE));
  });

  it('begins with the latest event where there is no history', () => {
    expect(timelineOf(event({ time: 7_000 }), [])).toEqual([{ from: 7_000, condition: 'running', crashes: 0 }]);
  });

  it('counts two events at one time as they happened', () => {
    const history = [failed({ time: 5 }), event({ time: 5 })];
    expect(timelineOf(event({ time: 5 }), history)).toEqual([{ from: 5, condition: 'running', crashes: 1 }]);
  });

  it('shows a failure that is older than the history', () => {
    const lastFailure = { time: 1_000, error: { name: 'Error', message: 'gone' } };
    expect(timelineOf({ ...event({ time: 9_000 }), lastFailure }, [event({ time: 9_000 })])).toEqual([
      { from: 1_000, condition: 'waiting', crashes: 1 },
      { from: 9_000, condition: 'running', crashes: 0 },
    ]);
  });

  it('shows a failure once where the history has it', () => {
    const lastFailure = { time: 1_000, error: { name: 'Error', message: 'gone' } };
    const history = [failed({ time: 1_000 }), event({ time: 9_000 })];
    expect(timelineOf({ ...event({ time: 9_000 }), lastFailure }, history)).toEqual(history.reduce(extend, NONE));
  });
});

describe('summarise', () => {
  const timeline = [event({ time: 0 }), failed({ time: 3_000 }), event({ time: 4_000 })].reduce(extend, NONE);

  it('says what part of the known time a service was running', () => {
    expect(summarise(timeline, 8_000)).toEqual({ crashes: 1, running: 7 / 8 });
  });

  it('looks no further back than the window', () => {
    expect(summarise(timeline, WINDOW + 3_500)).toEqual({ crashes: 0, running: (WINDOW - 500) / WINDOW });
  });

  it('knows nothing of nothing', () => {
    expect(summarise(NONE, 5)).toEqual({ crashes: 0, running: 0 });
  });
});
