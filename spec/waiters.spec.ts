import { Waiters } from '../lib/waiters.js';

describe('Waiters', () => {
  /** What has been resolved of these waits, in the order in which it happened. */
  function wait(waiters: Waiters, ...goals: ('running' | 'ended')[]): string[] {
    const resolved: string[] = [];
    goals.forEach((goal, index) => void waiters.until(goal).then(() => resolved.push(`${goal} ${index}`)));
    return resolved;
  }

  it('resolves all that wait for this goal, in their order, and no others', async () => {
    const waiters = new Waiters();
    const resolved = wait(waiters, 'running', 'ended', 'running');
    await Promise.resolve();
    expect(resolved).toEqual([]);
    waiters.resolve('running');
    await Promise.resolve();
    expect(resolved).toEqual(['running 0', 'running 2']);
    waiters.resolve('ended');
    await Promise.resolve();
    expect(resolved).toEqual(['running 0', 'running 2', 'ended 1']);
  });

  it('lets those wait that come after', async () => {
    const waiters = new Waiters();
    waiters.resolve('ended');
    const resolved = wait(waiters, 'ended');
    await Promise.resolve();
    expect(resolved).toEqual([]);
    waiters.resolve('ended');
    await Promise.resolve();
    expect(resolved).toEqual(['ended 0']);
  });

  it('resolves with nothing', async () => {
    const waiters = new Waiters();
    const waiting = waiters.until('ended');
    waiters.resolve('ended');
    await expect(waiting).resolves.toBeUndefined();
  });
});
