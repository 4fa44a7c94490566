import { NEVER } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { supervise } from '../../lib/supervise.js';
import { Supervisor } from '../../lib/supervisor.js';
import { scriptedService } from '../../lib/testing/scripted-service.js';
import { statusMarbles } from '../../lib/testing/status-marbles.js';

function testScheduler(): TestScheduler {
  return new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
}

describe('scriptedService', () => {
  it('plays one diagram a run, and repeats the last', () => {
    testScheduler().run(({ cold, expectObservable }) => {
      const feed = scriptedService('feed', ['--#', '----|', '#'], cold);
      const status$ = supervise([feed], { restart: 5 }).pipe(statusMarbles());
      const unsubscribe = '            ----------------------!';
      expectObservable(status$, unsubscribe).toBe('r-f----r---c----(rf)-(rf)');
    });
  });

  it('repeats the only one', () => {
    testScheduler().run(({ cold, expectObservable }) => {
      const feed = scriptedService('feed', ['--#'], cold);
      const unsubscribe = '---------!';
      expectObservable(supervise([feed], { restart: 2 }).pipe(statusMarbles()), unsubscribe).toBe('r-f-r-f-r');
    });
  });

  it('has the values of its diagrams', () => {
    testScheduler().run(({ cold, expectObservable, flush }) => {
      const feed = scriptedService('feed', ['a-#', '-b-|'], cold);
      const supervisor = new Supervisor([feed], { restart: { delay: 3, limit: { restarts: 1, within: 99 } } });
      expectObservable(supervisor.valuesOf(feed)).toBe('a-----b');
      void supervisor.run().catch(() => undefined);
      flush();
    });
  });

  it('is a service of that name, with these options', () => {
    const options = { significant: false };
    expect(scriptedService('feed', ['-'], () => NEVER, options)).toMatchObject({ name: 'feed', options });
    expect(scriptedService('feed', ['-'], () => NEVER)).not.toHaveProperty('options');
    expect(() => scriptedService('', ['-'], () => NEVER)).toThrow(TypeError);
    expect(() => scriptedService('feed', ['-'], () => NEVER, { shutdown: -1 })).toThrow(RangeError);
  });

  it('throws where there is no diagram', () => {
    expect(() => scriptedService('feed', [], () => NEVER)).toThrow(
      new TypeError('Expected `marbles` to have a diagram for the first run, got none'),
    );
  });

  it.each([
    ['the second begins in the middle of the first', '---', '-^'],
    ['both begin at once', '---', '^'],
  ])('fails the test, with its name, where two runs overlap: %s', (_title, marbles, begin) => {
    const scheduler = testScheduler();
    const play = () => {
      scheduler.run(({ cold, expectObservable }) => {
        const feed = scriptedService('feed', [marbles], cold);
        // each subscription is a supervisor of its own
        const status$ = supervise([feed]).pipe(statusMarbles());
        expectObservable(status$).toBe('r');
        expectObservable(status$, begin).toBe(begin === '^' ? 'r' : '-r');
      });
    };
    expect(play).toThrow(new Error("Two runs of the scripted service 'feed' overlap"));
  });

  it('fails the test also where the supervisor would restart it', () => {
    const play = () => {
      testScheduler().run(({ cold }) => {
        const feed = scriptedService('feed', ['---'], cold);
        for (let times = 0; times < 2; times++) supervise([feed], { restart: 5 }).subscribe({ error: () => undefined });
      });
    };
    expect(play).toThrow("'feed'");
  });

  it.each([
    ['ends', '-#', '--!', '--^'],
    ['is unsubscribed from', '---', '--!', '--^'],
  ])('lets a run begin when the one before %s', (_title, marbles, end, begin) => {
    testScheduler().run(({ cold, expectObservable }) => {
      const feed = scriptedService('feed', [marbles], cold);
      const status$ = supervise([feed], { restart: 'never', autoShutdown: 'never' }).pipe(statusMarbles());
      expectObservable(status$, end).toBe(marbles === '-#' ? 'rF' : 'r-');
      expectObservable(status$, begin).toBe(marbles === '-#' ? '--rF' : '--r');
    });
  });

  it('tells two services of one name apart', () => {
    testScheduler().run(({ cold, expectObservable }) => {
      const [one, other] = [scriptedService('feed', ['---'], cold), scriptedService('feed', ['---'], cold)];
      expectObservable(supervise([one]).pipe(statusMarbles())).toBe('r');
      expectObservable(supervise([other]).pipe(statusMarbles())).toBe('r');
    });
  });

  describe('without virtual time', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    it('fails the test on a later turn', () => {
      const status$ = supervise([scriptedService('feed', ['-'], () => NEVER)]);
      status$.subscribe();
      jest.runOnlyPendingTimers();
      status$.subscribe();
      expect(() => {
        jest.runOnlyPendingTimers();
      }).toThrow("Two runs of the scripted service 'feed' overlap");
    });
  });
});
