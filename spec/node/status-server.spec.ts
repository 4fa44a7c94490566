import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { request } from 'node:http';
import { NEVER, of, Subject } from 'rxjs';
import { ofService, service, supervise, Supervisor } from '../../lib/index.js';
import { statusServer } from '../../lib/node.js';
import {
  answerTo,
  ask,
  connected,
  endAll,
  first,
  idle,
  listeners,
  Puppet,
  Reader,
  run,
  serve,
  serveServices,
  snapshotOf,
  socketsAre,
  timers,
  until,
} from './http.js';

describe('statusServer', () => {
  beforeAll(async () => {
    await socketsAre(); // of specs before
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await endAll();
  });

  it.each([undefined, null, {}, 'tree', service('a', NEVER), { statuses: () => new Map() }])(
    'refuses %p for a supervisor, at the call',
    (what) => {
      expect(() => statusServer(what as unknown as Supervisor, { port: 0 })).toThrow(TypeError);
      expect(() => statusServer(what as unknown as Supervisor, { port: 0 })).toThrow(
        'Expected `supervisor` to be a Super',
      );
    },
  );

  it(`is called 'status', or another`, () => {
    const supervisor = new Supervisor([]);
    expect(statusServer(supervisor, { port: 0 }).name).toBe('status');
    expect(statusServer(supervisor, { port: 0, name: 'http' }).name).toBe('http');
  });

  describe('as a service', () => {
    it('is running when it listens, and its value says where', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const server = statusServer(supervisor, { port: 0 });
      supervisor.add(server);
      const address = first(supervisor.valuesOf(server));
      const statuses: unknown[] = [];
      supervisor.status$.pipe(ofService('status')).subscribe(({ status }) => statuses.push(status));
      void run(supervisor);
      expect(statuses).toEqual(['starting']);
      const { url, host, port } = await address;
      expect(statuses).toEqual(['starting', 'running']);
      expect({ url, host }).toEqual({ url: `http://127.0.0.1:${port}/`, host: '127.0.0.1' });
      expect((await snapshotOf(url)).services).toMatchObject([
        { service: 'a' },
        { service: 'status', status: 'running' },
      ]);
    });

    it.each(['ready', 'start'] as const)('takes `readyOn: %p`', async (readyOn) => {
      const { root, url } = await serve(new Supervisor([]), { readyOn });
      expect(root.statuses().get('status')?.status).toBe('running');
      expect((await ask(url, '/livez')).status).toBe(200);
    });

    it('keeps no supervisor alive, unless it is told to', async () => {
      const ended = async (significant?: boolean) => {
        const work = new Puppet('work', { restart: 'never' });
        const supervisor = new Supervisor([work.service]);
        const options = significant === undefined ? { port: 0 } : { port: 0, significant };
        supervisor.add(statusServer(supervisor, options));
        const end = run(supervisor).then(() => 'ended');
        await until(supervisor.status$, 'status', 'running');
        work.complete();
        const later = new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        return Promise.race([end, significant === true ? later : NEVER_ENDS]);
      };
      expect(await ended()).toBe('ended');
      expect(await ended(true)).toBeUndefined();
    });

    it('is of this machine alone where no host is given', async () => {
      const { port } = await serve(new Supervisor([]));
      const socket = await connected(port);
      expect(socket.remoteAddress).toBe('127.0.0.1');
      await expect(ask(`http://127.0.0.2:${port}`, '/livez')).rejects.toThrow('ECONNREFUSED');
    });

    it('listens at the host that it is given, and writes an address of IPv6 as a URL has it', async () => {
      const { url, host, port } = await serve(new Supervisor([]), { host: '::1' });
      expect({ url, host }).toEqual({ url: `http://[::1]:${port}/`, host: '::1' });
      expect((await ask(url, '/livez')).status).toBe(200);
      const all = await serve(new Supervisor([]), { host: '0.0.0.0' });
      expect((await ask(`http://127.0.0.2:${all.port}`, '/livez')).status).toBe(200);
    });

    it('listens by a name, which requests may then give', async () => {
      const { url, port } = await serve(new Supervisor([]), { host: 'localhost' });
      expect(url).toBe(`http://localhost:${port}/`);
      expect((await ask(url, '/livez')).status).toBe(200);
    });
  });

  describe('beside the supervisor that it serves', () => {
    it('tells of it before it runs and after its end', async () => {
      const supervisor = new Supervisor([idle('a')], { name: 'tree' });
      const { url } = await serve(supervisor);
      const statusOfA = async () => (await snapshotOf(url)).services[0]?.status;
      expect(await statusOfA()).toBe('idle');
      const end = run(supervisor);
      expect(await statusOfA()).toBe('running');
      await supervisor.shutdown();
      await end;
      expect(await statusOfA()).toBe('stopped');
      void run(supervisor);
      expect(await statusOfA()).toBe('running');
    });

    it('serves one supervisor by several servers', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const [one, two] = [await serve(supervisor), await serve(supervisor)];
      void run(supervisor);
      expect(await snapshotOf(one.url)).toMatchObject({ services: (await snapshotOf(two.url)).services });
    });

    it('serves a supervisor that is a service of another', async () => {
      const inner = new Supervisor([idle('db')], { name: 'api' });
      await serveServices([inner]);
      const { url } = await serve(inner);
      expect(await snapshotOf(url)).toMatchObject({
        supervisor: 'api',
        services: [{ service: 'db', status: 'running' }],
      });
    });

    it('tells right of 1,000 services', async () => {
      const services = Array.from({ length: 1_000 }, (_, index) => idle(`service ${index}`));
      const { url, supervisor } = await serveServices(services);
      await supervisor.stop('service 500');
      const snapshot = await snapshotOf(url);
      expect(snapshot.services.map((each) => each.service)).toEqual(services.map(({ name }) => name));
      expect(snapshot.services.filter(({ status }) => status !== 'running')).toMatchObject([
        { service: 'service 500' },
      ]);
      expect((await ask(url, '/readyz')).status).toBe(503);
    });
  });

  describe('asked to stop', () => {
    it('leaves nothing behind', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const counted = timers();
      const { root, url } = await serve(supervisor);
      expect(listeners(supervisor)).toBe(1);
      await ask(url, '/status');
      await root.shutdown();
      expect([counted(), listeners(supervisor)]).toEqual([0, 0]);
      await socketsAre();
      expect(root.statuses().get('status')).toMatchObject({ status: 'stopped', final: true });
    });

    it('ends streams, and does not wait for connections on which nothing is asked', async () => {
      const { root, url, port } = await serveServices([idle('a')], { shutdown: Infinity });
      const reader = await Reader.of(url);
      await reader.until('snapshot');
      const silent = await connected(port);
      const kept = request(`${url}livez`, { headers: { connection: 'keep-alive' } });
      kept.end();
      await answerTo(kept);
      await root.shutdown();
      await reader.ended();
      expect(reader.response.complete).toBe(true); // ended, not cut
      if (!silent.closed) await once(silent, 'close');
      expect(root.statuses().get('status')).toMatchObject({ status: 'stopped' });
    });

    it('is done though a reader does not take what it is sent', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const { root, url, supervisor } = await serveServices([a.service], { maxBuffered: Infinity });
      const reader = await Reader.of(url);
      await reader.until('snapshot');
      reader.socket.pause();
      const large = new AggregateError(Array.from({ length: 90 }, () => 'x'.repeat(9_999)));
      for (let count = 0; count < 20; count++) {
        a.fail(large);
        await supervisor.start('a');
      }
      await expect(root.shutdown()).resolves.toBeUndefined();
      expect(root.statuses().get('status')).toMatchObject({ status: 'stopped' });
    });

    it('answers a command that is under way', async () => {
      const { root, url, supervisor } = await serveServices([], { commands: { token: 't' }, shutdown: Infinity });
      const end$ = new Subject<void>();
      supervisor.add(service('slow', async ({ signal }) => (signal.aborted ? undefined : first(end$))));
      const answer = ask(url, '/services/slow/stop', POST);
      await until(supervisor.status$, 'slow', 'stopping');
      await root.shutdown();
      expect((await answer).status).toBe(202);
      end$.next();
    });

    it('is cut after its grace, where that is short', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const { root, url, supervisor } = await serveServices([a.service], { maxBuffered: Infinity, shutdown: 20 });
      const reader = await Reader.of(url);
      await reader.until('snapshot');
      reader.socket.pause();
      const large = new AggregateError(Array.from({ length: 90 }, () => 'x'.repeat(9_999)));
      for (let count = 0; count < 20; count++) {
        a.fail(large);
        await supervisor.start('a');
      }
      await root.shutdown();
      const { status, error } = root.statuses().get('status') as { status: string; error?: Error };
      expect([status, error?.name]).toEqual(['failed', 'ShutdownTimeoutError']);
      reader.close();
      await socketsAre();
    });
  });

  describe('unsubscribed from', () => {
    it('cuts all that is under way, and leaves nothing behind', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const counted = timers();
      const { url, port, cut } = await cuttable(supervisor);
      const reader = await Reader.of(url);
      await reader.until('snapshot');
      await connected(port);
      cut();
      await reader.ended();
      expect([counted(), listeners(supervisor)]).toEqual([0, 0]);
      await socketsAre();
    });

    it('leaves no timer of a command that is under way', async () => {
      const supervisor = new Supervisor([]);
      void run(supervisor);
      const end$ = new Subject<void>();
      supervisor.add(service('slow', async ({ signal }) => (signal.aborted ? undefined : first(end$)), ENDLESS));
      const counted = timers();
      const { url, cut } = await cuttable(supervisor);
      const answer = ask(url, '/services/slow/stop', POST).catch(() => undefined);
      await until(supervisor.status$, 'slow', 'stopping');
      cut();
      expect(counted()).toBe(0);
      end$.next();
      await answer;
    });

    it('leaves nothing behind where it does not listen yet', async () => {
      const supervisor = new Supervisor([]);
      const counted = timers();
      const server = statusServer(supervisor, { port: 0, host: 'localhost' });
      supervise([server]).subscribe().unsubscribe();
      expect([counted(), listeners(supervisor)]).toEqual([0, 0]);
      await socketsAre();
    });
  });

  describe('where its port is in use', () => {
    it('fails, tries again by its backoff, and runs when the port is free', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const supervisor = new Supervisor([]);
      const root = new Supervisor([statusServer(supervisor, { port, restart: 5 })]);
      void run(root);
      const failed = await until(root.status$, 'status', 'failed');
      expect(failed).toMatchObject({ final: false, restartIn: 5, error: { code: 'EADDRINUSE' } });
      expect(await until(root.status$, 'status', 'failed')).toMatchObject({ restarts: 1 });
      other.close();
      await until(root.status$, 'status', 'running');
      expect((await ask(`http://127.0.0.1:${port}`, '/livez')).status).toBe(200);
      expect(listeners(supervisor)).toBe(1);
    });

    it('fails for good where it is not to be restarted', async () => {
      const { port } = await serve(new Supervisor([]));
      const root = new Supervisor([statusServer(new Supervisor([]), { port, restart: 'never' }), idle('a')]);
      void run(root);
      expect(await until(root.status$, 'status', 'failed')).toMatchObject({ final: true });
    });
  });

  it('gives up a port that was free, and is no more', async () => {
    const { root, port } = await serve(new Supervisor([]), { restart: 5 });
    await root.stop('status');
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    void root.start('status');
    expect(await until(root.status$, 'status', 'failed')).toMatchObject({ error: { code: 'EADDRINUSE' } });
    await until(root.status$, 'status', 'running');
    other.close();
  });

  it('begins anew when it is restarted, at the same port: others come back to a snapshot', async () => {
    const { root, url } = await serveServices([idle('a')]);
    const before = await Reader.of(url);
    await before.until('snapshot');
    await root.restart('status');
    await before.ended();
    const after = await Reader.of(url, before.lastId);
    const { id } = await after.until('snapshot');
    expect(id).not.toBe(before.lastId);
  });

  it('serves a service that has done its work, as part of the supervisor', async () => {
    const supervisor = new Supervisor([service('migration', of(1), { restart: 'never' }), idle('a')]);
    supervisor.add(statusServer(supervisor, { port: 0, name: 'http' }));
    void run(supervisor);
    await until(supervisor.status$, 'http', 'running');
    expect(supervisor.statuses().get('http')?.status).toBe('running');
  });
});

const NEVER_ENDS = new Promise<never>(() => undefined);
const ENDLESS = { shutdown: Infinity };
const POST = { method: 'POST', headers: { authorization: 'Bearer t' } };

/** A server that can be unsubscribed from. */
async function cuttable(supervisor: Supervisor): Promise<{ url: string; port: number; cut: () => void }> {
  const server = statusServer(supervisor, { port: 0, commands: { token: 't' } });
  // its values are told by a supervisor
  const root = new Supervisor([server]);
  const address = first(root.valuesOf(server));
  const running = supervise([root]).subscribe();
  return {
    ...(await address),
    cut: () => {
      running.unsubscribe();
    },
  };
}
