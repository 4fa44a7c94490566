// Marble tests of restart timing: minutes of backoff, proved in no time. `TestScheduler` is the clock, and `node:assert` judges;
// in a Jest or Vitest spec it would be `expect(actual).toEqual(expected)`.
import { deepStrictEqual } from 'node:assert/strict';
import { TestScheduler } from 'rxjs/testing';
import { exponential, type RestartOptions, supervise } from 'rxjs-supervisor';
import { scriptedService, sequence, statusMarbles } from 'rxjs-supervisor/testing';

interface Proof {
  readonly title: string;
  /** What the service does in its first run, its second, and so on; the last is repeated. */
  readonly runs: readonly string[];
  readonly restart: number | RestartOptions;
  /** r running, f failed, c stopped; in upper case where that is final */
  readonly events: string;
  /** When the test ends: a supervisor goes on for ever, and virtual time would too. */
  readonly until: string;
}

const proofs: Proof[] = [
  {
    title: 'starts 3 ms after each failure',
    runs: ['--#'],
    restart: 3,
    events: 'r-f--r-f--r-f',
    until: '-------------!',
  },
  {
    title: 'waits twice as long each time',
    runs: ['-#'],
    restart: { delay: exponential({ initial: 1, jitter: 'none' }) },
    events: 'rfrf-rf---rf-------rf',
    until: '---------------------!',
  },
  {
    title: 'forgets earlier failures after a run of 4 ms',
    runs: ['-#', '-#', '----#', '-#'],
    restart: { delay: exponential({ initial: 1, jitter: 'none' }), resetAfter: 4 },
    events: 'rfrf-r---frf-rf',
    until: '---------------!',
  },
  {
    title: 'waits a random part of the delay, and the test says which part',
    runs: ['-#'],
    restart: { delay: exponential({ initial: 6, random: sequence([1 / 2, 1 / 4, 1 / 8, 1 / 16]) }) },
    events: 'rf--rf--rf--rf',
    until: '--------------!',
  },
  {
    title: 'gives up at the third failure within a minute',
    runs: ['- 20s #'],
    restart: { delay: 5_000, limit: { restarts: 2, within: 60_000 }, exhausted: 'give-up' },
    events: 'r 20s f 4999ms r 20s f 4999ms r 20s F',
    until: '1m 11s !',
  },
];

for (const { title, runs, restart, events, until } of proofs) {
  const clock = new TestScheduler((actual, expected) => {
    deepStrictEqual(actual, expected);
  });
  clock.run(({ cold, expectObservable }) => {
    // it also fails should two runs ever overlap
    const feed = scriptedService('feed', runs, cold);
    const status$ = supervise([feed], { restart, autoShutdown: 'never' });
    expectObservable(status$.pipe(statusMarbles()), until).toBe(events);
  });
  console.log(`a service ${title}`);
  console.log(`    ${events}`);
}
