import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Guardian } from '../../lib/node/guardian.js';
import { isGone, processes, programs, until } from './fixtures/programs.js';

function guardians(): number[] {
  return processes()
    .filter(({ parent, command }) => parent === process.pid && command.includes('rxjs-supervisor-guardian'))
    .map(({ pid }) => pid);
}

describe('Guardian', () => {
  const { start } = programs('guarded');
  const leaders = new Set<ChildProcess>();

  /** The number of a new group. */
  function group(): number {
    const leader = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
    leaders.add(leader);
    return leader.pid ?? 0;
  }

  afterEach(async () => {
    for (const leader of leaders) leader.kill('SIGKILL');
    leaders.clear();
    await until(() => guardians().length === 0);
  });

  it('kills, when it hears no more, the groups that it knows, and no other', async () => {
    const guardian = new Guardian();
    const [a, b, c, d, e] = [group(), group(), group(), group(), group()];
    guardian.wake([a]);
    for (const each of [b, c, d]) guardian.add(each);
    for (const each of [b, d]) guardian.remove(each);
    guardian.dismiss();
    await until(() => isGone(a) && isGone(c));
    await until(() => guardians().length === 0);
    expect([b, d, e].map(isGone)).toEqual([false, false, false]);
  });

  it('goes on to the next group where one is gone', async () => {
    const guardian = new Guardian();
    const leader = spawn('true', { detached: true, stdio: 'ignore' });
    await once(leader, 'exit');
    const other = group();
    guardian.wake([leader.pid ?? 0, other]);
    guardian.dismiss();
    await until(() => isGone(other));
  });

  it('is there from when it is woken to when it is dismissed, once', async () => {
    const guardian = new Guardian();
    guardian.wake([]);
    guardian.wake([]);
    expect(guardians()).toHaveLength(1);
    guardian.dismiss();
    guardian.dismiss();
    await until(() => guardians().length === 0);
    guardian.wake([]);
    expect(guardians()).toHaveLength(1);
    guardian.dismiss();
  });

  it('knows the groups that it is woken with where it was killed', async () => {
    const guardian = new Guardian();
    const [a, b] = [group(), group()];
    guardian.wake([]);
    guardian.add(a);
    process.kill(guardians()[0] ?? 0, 'SIGKILL');
    // a second one is there as soon as it is known that the first is gone
    await until(() => {
      guardian.wake([a]);
      return guardians().length === 1;
    });
    guardian.add(b);
    guardian.dismiss();
    await until(() => isGone(a) && isGone(b));
  });

  it('does not mind where it was killed and nobody knows yet', async () => {
    const guardian = new Guardian();
    const a = group();
    guardian.wake([]);
    process.kill(guardians()[0] ?? 0, 'SIGKILL');
    // in this very turn, so that its end has not been told
    for (let look = 0; guardians().length > 0 && look < 500; look++);
    expect(guardians()).toEqual([]);
    guardian.add(a);
    guardian.remove(a);
    guardian.dismiss();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isGone(a)).toBe(false);
  });

  it('does not keep the process alive', async () => {
    expect(await start('guarded').ended).toMatchObject({ code: 0, stderr: '' });
  });

  it.each(['/nowhere/sh', '/dev/null', '/bin/sh\0'])('is done without where there is no shell: %j', async (shell) => {
    const guardian = new Guardian(shell);
    const other = group();
    guardian.wake([other]);
    guardian.add(other);
    guardian.remove(other);
    // whatever it has to say about it comes on a later turn
    await new Promise((resolve) => setImmediate(resolve));
    guardian.wake([other]);
    guardian.dismiss();
    expect(guardians()).toEqual([]);
    expect(isGone(other)).toBe(false);
  });
});
