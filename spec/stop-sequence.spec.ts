import { StopSequence } from '../lib/stop-sequence.js';

interface Ends {
  /** Those that end within the call that asks them to. */
  quick?: string;
  /** Those that do not live. */
  dead?: string;
  /** Which others one takes with it when it is asked. */
  takes?: Record<string, string>;
}

/** Services that say what is done to them. */
function scene(order: 'reverse' | 'concurrent', services: string[], { quick = '', dead = '', takes = {} }: Ends = {}) {
  const told: string[] = [];
  const live = new Set(services.filter((service) => !dead.includes(service)));
  const stops: StopSequence<string> = new StopSequence(
    order,
    (service) => {
      told.push(`ask ${service}`);
      if (quick.includes(service)) end(service);
      for (const other of takes[service] ?? '') end(other);
    },
    (service) => live.has(service),
    () => told.push('done'),
  );
  function end(service: string): void {
    live.delete(service);
    told.push(`${service} ended`);
    stops.ended(service);
  }
  const advance = () => {
    stops.add(services);
  };
  return { told, end, stops, sequence: { advance } };
}

describe('StopSequence', () => {
  it('asks one after another in reverse order: the list as it was given, last first', () => {
    const { told, end, sequence } = scene('reverse', ['c', 'b', 'a']);
    sequence.advance();
    expect(told).toEqual(['ask c']);
    end('c');
    expect(told).toEqual(['ask c', 'c ended', 'ask b']);
    end('b');
    end('a');
    expect(told).toEqual(['ask c', 'c ended', 'ask b', 'b ended', 'ask a', 'a ended', 'done']);
  });

  it('asks all at once in concurrent order, and waits for all', () => {
    const { told, end, sequence } = scene('concurrent', ['c', 'b', 'a']);
    sequence.advance();
    expect(told).toEqual(['ask c', 'ask b', 'ask a']);
    end('b');
    end('a');
    expect(told).toEqual(['ask c', 'ask b', 'ask a', 'b ended', 'a ended']);
    end('c');
    expect(told.slice(5)).toEqual(['c ended', 'done']);
  });

  it.each(['reverse', 'concurrent'] as const)('is done at once where there is nothing to stop: %s', (order) => {
    const { told, sequence } = scene(order, []);
    sequence.advance();
    expect(told).toEqual(['done']);
  });

  it.each(['reverse', 'concurrent'] as const)('goes on within the call past those that end within it: %s', (order) => {
    const { told, sequence } = scene(order, ['c', 'b', 'a'], { quick: 'abc' });
    sequence.advance();
    expect(told).toEqual(['ask c', 'c ended', 'ask b', 'b ended', 'ask a', 'a ended', 'done']);
  });

  it.each(['reverse', 'concurrent'] as const)('does not wait for those that do not live: %s', (order) => {
    const { told, end, sequence } = scene(order, ['c', 'b', 'a'], { dead: 'ca' });
    sequence.advance();
    expect(told).not.toContain('done');
    end('b');
    expect(told.filter((line) => line === 'done')).toHaveLength(1);
    expect(told).toContain('ask a');
  });

  it('does not move on by the end of one that has not been asked', () => {
    const { told, end, sequence } = scene('reverse', ['c', 'b', 'a']);
    sequence.advance();
    end('a');
    expect(told).toEqual(['ask c', 'a ended']);
    end('c');
    end('b');
    expect(told.slice(2)).toEqual(['c ended', 'ask b', 'b ended', 'ask a', 'done']);
  });

  it('waits for one that takes the others with it when it is asked', () => {
    const { told, end, sequence } = scene('concurrent', ['c', 'b', 'a'], { takes: { a: 'cb' } });
    sequence.advance();
    expect(told).toEqual(['ask c', 'ask b', 'ask a', 'c ended', 'b ended']);
    end('a');
    expect(told.slice(5)).toEqual(['a ended', 'done']);
  });

  it('asks those that are left in their order where one takes another with it', () => {
    const { told, end, sequence } = scene('concurrent', ['c', 'b', 'a'], { takes: { b: 'c' } });
    sequence.advance();
    expect(told).toEqual(['ask c', 'ask b', 'c ended', 'ask a']);
    end('b');
    end('a');
    expect(told.slice(4)).toEqual(['b ended', 'a ended', 'done']);
  });

  it.each(['reverse', 'concurrent'] as const)('does not move on by an end that comes twice: %s', (order) => {
    const { told, end, sequence } = scene(order, ['a']);
    sequence.advance();
    end('a');
    end('a');
    expect(told.filter((line) => line === 'done')).toHaveLength(1);
  });

  it('takes more, which are asked after those before, and is done when they are', () => {
    const { told, end, stops } = scene('reverse', ['d', 'c', 'b', 'a']);
    stops.add(['d', 'c']);
    stops.add(['b']);
    end('d');
    end('c');
    expect(told).toEqual(['ask d', 'd ended', 'ask c', 'c ended', 'ask b']);
    expect(stops.isDone).toBe(false);
    end('b');
    expect(stops.isDone).toBe(true);
    stops.add(['a']);
    end('a');
    expect(told.slice(5)).toEqual(['b ended', 'done', 'ask a', 'a ended', 'done']);
  });

  it('forgets all when it is cleared: none is asked, and none is waited for', () => {
    const { told, end, stops } = scene('reverse', ['c', 'b', 'a']);
    stops.add(['c', 'b', 'a']);
    stops.clear();
    end('c');
    expect(told).toEqual(['ask c', 'c ended']);
    expect(stops.isDone).toBe(true);
  });

  it('does not overflow the stack with services that end within the call', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => index);
    let asked = 0;
    let done = false;
    const sequence = new StopSequence<number>(
      'reverse',
      () => asked++,
      () => false,
      () => (done = true),
    );
    sequence.add(many);
    expect([asked, done]).toEqual([100_000, true]);
  });
});
