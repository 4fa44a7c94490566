import { onAbort } from '../lib/abort.js';

describe('onAbort', () => {
  it('calls once, with the reason, when the signal is aborted', () => {
    const controller = new AbortController();
    const reasons: unknown[] = [];
    onAbort(controller.signal, (reason) => reasons.push(reason));
    expect(reasons).toEqual([]);
    controller.abort('enough');
    controller.abort('again');
    expect(reasons).toEqual(['enough']);
  });

  it('calls within the abort', () => {
    const controller = new AbortController();
    const log: string[] = [];
    onAbort(controller.signal, () => log.push('called'));
    controller.abort();
    log.push('aborted');
    expect(log).toEqual(['called', 'aborted']);
  });

  it('listens to nothing where there is no signal', () => {
    const called = jest.fn();
    const listening = onAbort(undefined, called);
    expect(listening.closed).toBe(true);
    expect(called).not.toHaveBeenCalled();
  });

  it('takes its one listener away when it is unsubscribed from', () => {
    const controller = new AbortController();
    const add = jest.spyOn(controller.signal, 'addEventListener');
    const remove = jest.spyOn(controller.signal, 'removeEventListener');
    const called = jest.fn();
    onAbort(controller.signal, called).unsubscribe();
    controller.abort();
    expect(called).not.toHaveBeenCalled();
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove).toHaveBeenCalledTimes(1);
    expect(remove.mock.calls[0]?.slice(0, 2)).toEqual(add.mock.calls[0]?.slice(0, 2));
  });
});
