import { Guardian } from '../../lib/node/guardian.js';
import { startGroup } from '../../lib/node/process-group.js';
import { gone, isGone } from './fixtures/programs.js';

describe('startGroup', () => {
  let watched: string[];

  beforeEach(() => {
    watched = [];
    for (const method of ['wake', 'add', 'remove', 'dismiss'] as const) {
      jest.spyOn(Guardian.prototype, method).mockImplementation((given?: number | Iterable<number>) => {
        const groups = typeof given === 'object' ? [...given] : given === undefined ? [] : [given];
        watched.push([method, ...groups].join(' '));
      });
    }
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  function start(command = 'sleep', args = ['1000']) {
    const { leader, group } = startGroup({ command, args, cwd: undefined, env: undefined });
    if (group === undefined || leader.pid === undefined) throw new Error('It could not be started');
    return { leader, group, pid: leader.pid };
  }

  it('has the guardian there before, and tells it of each group and of its end', async () => {
    const listeners = process.listenerCount('exit');
    const a = start();
    expect(watched.splice(0)).toEqual(['wake', `add ${a.pid}`]);
    const b = start();
    expect(watched.splice(0)).toEqual([`wake ${a.pid}`, `add ${b.pid}`]);
    expect(process.listenerCount('exit')).toBe(listeners + 1);
    a.group.kill();
    expect(watched.splice(0)).toEqual([`remove ${a.pid}`]);
    b.group.kill();
    expect(watched.splice(0)).toEqual([`remove ${b.pid}`, 'dismiss']);
    expect(process.listenerCount('exit')).toBe(listeners);
    await gone(a.pid, b.pid);
  });

  it('lets the guardian go where nothing could be started', () => {
    const listeners = process.listenerCount('exit');
    const { leader, group } = startGroup({ command: '/nowhere', args: [], cwd: undefined, env: undefined });
    leader.on('error', () => undefined);
    expect(group).toBeUndefined();
    expect(() => startGroup({ command: 'a\0', args: [], cwd: undefined, env: undefined })).toThrow();
    expect(watched).toEqual(['wake', 'dismiss', 'wake', 'dismiss']);
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it('sends nothing more to a group that it has killed, whose number may be of another', async () => {
    const { group, pid } = start();
    group.kill();
    expect(group.isOver).toBe(true);
    await gone(pid);
    const kill = jest.spyOn(process, 'kill');
    group.kill();
    group.terminate();
    group.forgetIfEmpty();
    expect(kill).not.toHaveBeenCalled();
  });

  it('forgets a group where nobody is left in it', async () => {
    const { leader, group, pid } = start('sh', ['-c', 'sleep 1000 & echo $!']);
    const said = new Promise((resolve) => leader.stdout.once('data', resolve));
    const exited = new Promise((resolve) => leader.once('exit', resolve));
    const other = Number(String(await said));
    await exited;
    group.forgetIfEmpty();
    expect(group.isOver).toBe(false);
    process.kill(other, 'SIGKILL');
    // somebody has to take note of its death
    await gone(other);
    jest.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill ESRCH'), { code: 'ESRCH' });
    });
    group.forgetIfEmpty();
    expect(group.isOver).toBe(true);
    expect(watched).toEqual(['wake', `add ${pid}`, `remove ${pid}`, 'dismiss']);
  });

  it('keeps a group that it may not signal', () => {
    const { group, pid } = start();
    const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    group.forgetIfEmpty();
    group.terminate();
    expect(kill.mock.calls).toEqual([
      [-pid, 0],
      [-pid, 'SIGTERM'],
    ]);
    kill.mockRestore();
    expect(group.isOver).toBe(false);
    expect(isGone(pid)).toBe(false);
    group.kill();
  });
});
