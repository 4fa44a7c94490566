import { setImmediate } from 'node:timers/promises';
import { once } from 'node:events';
import { Supervisor } from '../../lib/index.js';
import type { StatusEventJson } from '../../lib/node.js';
import { connected, endAll, idle, listeners, Puppet, Reader, run, serve, serveServices, socketsAre } from './http.js';

const LARGE = new AggregateError(Array.from({ length: 20 }, () => 'x'.repeat(10_000)));

describe('statusServer', () => {
  beforeAll(async () => {
    await socketsAre(); // of specs before
  });

  afterEach(async () => {
    await endAll();
    await socketsAre();
  });

  describe('/events', () => {
    it('begins with a snapshot, and tells each change', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const inner = new Supervisor([idle('db')], { name: 'api' });
      const { url, supervisor } = await serveServices([a.service, inner]);
      const reader = await Reader.of(url);
      expect(reader.response.headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      const snapshot = await reader.until('snapshot');
      expect(snapshot.data).toMatchObject({
        supervisor: 'supervisor',
        commands: false,
        services: [{ service: 'a' }, { service: 'api' }, { service: 'api/db' }],
        history: [],
      });
      a.fail(new Error('down'));
      await supervisor.restart('api/db');
      supervisor.add(idle('b'));
      await supervisor.remove('b');
      await reader.until('removed');
      expect(reader.words).toEqual(['a failed', 'api/db stopped', 'api/db running', 'b running', 'b stopped', '- b']);
      const ids = reader.frames.flatMap(({ id }) => (id === undefined ? [] : [Number(id.split('-')[1])]));
      expect(ids).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(reader.frames[0]).toEqual({ retry: '1000' });
      expect((reader.frames[2]?.data as StatusEventJson).error).toEqual({ name: 'Error', message: 'down' });
    });

    it('tells of services that come and go while nothing runs', async () => {
      const supervisor = new Supervisor([idle('a')]);
      const { url } = await serve(supervisor);
      const reader = await Reader.of(url);
      await reader.until('snapshot');
      supervisor.add(idle('b'));
      await supervisor.remove('a');
      await reader.until('status');
      expect(reader.words).toEqual(['- a', 'b idle']);
    });

    it('gives signs of life', async () => {
      const { url } = await serve(new Supervisor([]), { heartbeat: 5 });
      const reader = await Reader.of(url);
      const beat = await reader.until('heartbeat');
      expect(beat).toEqual({ comment: 'heartbeat', event: 'heartbeat', data: { time: expect.any(Number) as number } });
    });

    it('tells who comes back what was missed, and that alone', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const { url, supervisor } = await serveServices([a.service]);
      const stays = await Reader.of(url);
      const leaves = await Reader.of(url);
      a.fail(new Error('1'));
      await supervisor.start('a');
      await leaves.says('a', 'running');
      leaves.close();
      a.fail(new Error('2'));
      await supervisor.start('a');
      const back = await Reader.of(url, leaves.lastId);
      a.complete();
      await Promise.all([back.says('a', 'stopped'), stays.says('a', 'stopped')]);
      expect([...leaves.words, ...back.words]).toEqual(stays.words);
      expect(back.snapshots).toEqual([]);
    });

    it('gives a snapshot to who was away for too long', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const { url, supervisor } = await serveServices([a.service], { history: 1 });
      const reader = await Reader.of(url);
      await reader.until('snapshot');
      reader.close();
      a.fail(new Error('1'));
      await supervisor.start('a');
      const back = await Reader.of(url, reader.lastId);
      const { data } = await back.until('snapshot');
      expect(data).toMatchObject({ services: [{ status: 'running' }], history: [{ status: 'running' }] });
    });

    it('drops a reader that does not read, while others go on, and lets it come back', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const { url, supervisor, log } = await serveServices([a.service]);
      const [slow, fast] = [await Reader.of(url), await Reader.of(url)];
      await slow.until('snapshot');
      slow.socket.pause();
      const isDropped = () => log.some(({ level }) => level === 'warn');
      let count = 0;
      while (!isDropped()) {
        a.fail(LARGE);
        await supervisor.start('a');
        count++;
        await fast.until('status', ({ status, restarts }) => status === 'running' && restarts === count);
      }
      expect(log.filter(({ level }) => level === 'warn')).toEqual([
        {
          level: 'warn',
          message: 'dropped a reader of /events that does not keep up',
          data: { address: '127.0.0.1', port: slow.socket.localPort, service: 'status' },
        },
      ]);
      slow.socket.resume();
      await slow.ended();
      const back = await Reader.of(url, slow.lastId);
      await back.until('status', ({ status, restarts }) => status === 'running' && restarts === count);
      expect([...slow.words, ...back.words]).toEqual(fast.words);
      expect(fast.words).toHaveLength(2 * count);
    });

    it('tells 1,000 readers the same', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const { url, supervisor, log } = await serveServices([a.service]);
      const readers: Reader[] = [];
      // in groups, or the queue of those who wait to be accepted is too long for the system
      while (readers.length < 1_000)
        readers.push(...(await Promise.all(Array.from({ length: 100 }, async () => Reader.of(url)))));
      expect(listeners(supervisor)).toBe(1);
      for (let count = 0; count < 5; count++) {
        a.fail(new Error(String(count)));
        await supervisor.start('a');
        await setImmediate();
      }
      a.complete();
      await Promise.all(readers.map(async (reader) => reader.says('a', 'stopped')));
      const [first] = readers;
      expect(first?.words).toHaveLength(11);
      for (const reader of readers) expect(reader.frames.slice(2)).toEqual(first?.frames.slice(2));
      expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
    }, 60_000);

    it('keeps the order of events that an observer causes', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const supervisor = new Supervisor([a.service, idle('b')], { autoShutdown: 'never' });
      supervisor.status$.subscribe(({ service, status }) => {
        if (service === 'a' && status === 'failed') void supervisor.stop('b');
        if (service === 'b' && status === 'stopped') void supervisor.start('a');
      });
      void run(supervisor);
      const { url } = await serve(supervisor);
      const reader = await Reader.of(url);
      await reader.until('snapshot');
      a.fail(new Error('down'));
      await reader.says('a', 'running');
      expect(reader.words).toEqual(['a failed', 'b stopped', 'a running']);
    });

    it('is not kept for connections that ask for it more than once, and go', async () => {
      const a = new Puppet('a', { restart: 'never' });
      const { port, log, supervisor } = await serveServices([a.service], { maxBuffered: 1_000 });
      const socket = await connected(port);
      socket.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(5));
      await once(socket, 'data');
      socket.destroy();
      await socketsAre('TCPServerWrap');
      // nobody is left to be dropped
      for (let count = 0; count < 10; count++) {
        a.fail(LARGE);
        await supervisor.start('a');
      }
      expect(log.filter(({ level }) => level === 'warn')).toEqual([]);
    });
  });
});
