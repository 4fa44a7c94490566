import { Bus, reportUncaught } from '../lib/bus.js';

describe('Bus', () => {
  it('tells at once', () => {
    const told: string[] = [];
    new Bus().post(() => told.push('a'));
    expect(told).toEqual(['a']);
  });

  it('tells what is caused inside a telling after that has reached everyone, in the order of the causes', () => {
    const bus = new Bus();
    const told: string[] = [];
    bus.post(() => {
      told.push('a to 1');
      bus.post(() => {
        told.push('b to 1');
        bus.post(() => told.push('d'));
        told.push('b to 2');
      });
      bus.post(() => told.push('c'));
      told.push('a to 2');
    });
    expect(told).toEqual(['a to 1', 'a to 2', 'b to 1', 'b to 2', 'c', 'd']);
    bus.post(() => told.push('e'));
    expect(told.at(-1)).toBe('e');
  });

  it('tells each once', () => {
    const bus = new Bus();
    const told: number[] = [];
    bus.post(() => {
      bus.post(() => told.push(1));
    });
    bus.post(() => told.push(2));
    expect(told).toEqual([1, 2]);
  });

  it('does not grow the stack with what is caused', () => {
    const bus = new Bus();
    let left = 100_000;
    const cause = () => {
      if (--left > 0) bus.post(cause);
    };
    bus.post(cause);
    expect(left).toBe(0);
  });

  it('is busy while it tells, and between enter and leave, however deep', () => {
    const bus = new Bus();
    const busy: boolean[] = [bus.busy];
    bus.post(() => {
      busy.push(bus.busy);
      bus.post(() => busy.push(bus.busy));
    });
    busy.push(bus.busy);
    expect(busy).toEqual([false, true, true, false]);

    bus.enter();
    bus.enter();
    bus.leave();
    expect(bus.busy).toBe(true);
    bus.leave();
    expect(bus.busy).toBe(false);
  });

  describe('where a telling throws', () => {
    beforeEach(() => {
      jest.useFakeTimers();
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    it('goes on, and reports it on a later turn', () => {
      const bus = new Bus();
      const told: string[] = [];
      bus.post(() => {
        bus.post(() => {
          told.push('b');
          throw new Error('thrown by b');
        });
        bus.post(() => told.push('c'));
        throw new Error('thrown by a');
      });
      expect(told).toEqual(['b', 'c']);
      expect(bus.busy).toBe(false);
      expect(() => {
        jest.advanceTimersToNextTimer();
      }).toThrow('thrown by a');
      expect(() => {
        jest.advanceTimersToNextTimer();
      }).toThrow('thrown by b');
      bus.post(() => told.push('d'));
      expect(told).toEqual(['b', 'c', 'd']);
    });
  });
});

describe('reportUncaught', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('throws the error, as it is, on a later turn', () => {
    const error = { no: 'Error' };
    expect(() => {
      reportUncaught(error);
    }).not.toThrow();
    let thrown: unknown;
    try {
      jest.runAllTimers();
    } catch (each) {
      thrown = each;
    }
    expect(thrown).toBe(error);
  });
});
