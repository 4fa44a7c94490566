import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { Subject } from 'rxjs';
import { service, Supervisor } from '../../lib/index.js';
import { type ErrorJson, type StatusEventJson, statusServer, type StatusServerOptions } from '../../lib/node.js';
import {
  type Answer,
  answerTo,
  ask,
  connected,
  endAll,
  first,
  idle,
  Puppet,
  Reader,
  run,
  say,
  serve,
  serveServices,
  snapshotOf,
  socketsAre,
  until,
} from './http.js';

const PATHS = ['/', '/livez', '/readyz', '/status', '/events', '/services/a/stop', '/nothing'];
const COMMANDS: Partial<StatusServerOptions> = { commands: { token: 'secret' } };

function errorIn({ body }: Answer): ErrorJson {
  return (JSON.parse(body) as { error: ErrorJson }).error;
}

/** What a POST to a path is answered. */
async function post(url: string, path: string, authorization?: string): Promise<Answer> {
  return ask(url, path, { method: 'POST', headers: authorization === undefined ? {} : { authorization } });
}

async function command(url: string, path: string): Promise<Answer> {
  return post(url, `/services/${path}`, 'Bearer secret');
}

describe('statusServer', () => {
  beforeAll(async () => {
    await socketsAre(); // of specs before
  });

  afterEach(async () => {
    await endAll();
    await socketsAre();
  });

  describe('every answer', () => {
    it.each(PATHS)('of %s has the headers that keep others away', async (path) => {
      const { url } = await serveServices([idle('a')]);
      for (const method of ['HEAD', 'POST', 'DELETE', 'OPTIONS']) {
        const { headers } = await ask(url, path, { method, headers: { origin: 'http://evil.test' } });
        expect(headers).toMatchObject({
          'cache-control': 'no-store',
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
        });
        expect(headers['content-security-policy']).toContain(`default-src 'none'`);
        expect(headers['content-security-policy']).toContain(`frame-ancestors 'none'`);
        expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    });

    it.each(PATHS)('of %s is a refusal where the host is not allowed', async (path) => {
      const { url } = await serveServices([idle('a')], COMMANDS);
      for (const method of ['GET', 'POST']) {
        const headers = { host: 'evil.test', authorization: 'Bearer secret' };
        const answer = await ask(url, path, { method, headers });
        expect(answer.status).toBe(403);
        expect(errorIn(answer).message).toContain(`'evil.test'`);
      }
      expect((await snapshotOf(url)).services).toMatchObject([{ status: 'running' }]);
    });

    it('is given to a host that is allowed', async () => {
      const { url } = await serve(new Supervisor([]), { allowedHosts: ['status.example.test'] });
      for (const host of ['status.example.test', 'localhost', '10.0.0.1:80', '[::1]'])
        expect((await ask(url, '/livez', { headers: { host } })).status).toBe(200);
    });
  });

  describe('/', () => {
    it('is a page that may run and look like what is in it, and nothing else', async () => {
      const { url } = await serve(new Supervisor([]));
      const { status, headers, body } = await ask(url, '/');
      expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      const policy = String(headers['content-security-policy']);
      for (const element of ['script', 'style']) {
        const [, text = ''] = new RegExp(`<${element}>([^]*?)</${element}>`).exec(body) ?? [];
        expect(text).not.toBe('');
        const hash = createHash('sha256').update(text).digest('base64');
        expect(policy).toContain(`${element}-src 'sha256-${hash}'`);
      }
      expect(policy).toContain(`require-trusted-types-for 'script'`);
      expect(policy).not.toMatch(/unsafe|\*|http/);
      expect(body).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//i);
    });
  });

  describe('/livez', () => {
    it('is 200 whatever the services do', async () => {
      const { url } = await serve(new Supervisor([idle('a')]));
      expect(await ask(url, '/livez')).toMatchObject({ status: 200, body: '{"live":true}' });
    });
  });

  describe('/readyz', () => {
    it('is 200 where all services are ready, and 503 with those that are not', async () => {
      const a = new Puppet('a', { readyOn: 'value', restart: 'never' });
      const { url } = await serveServices([a.service, idle('b')]);
      const starting = await ask(url, '/readyz');
      expect(starting.status).toBe(503);
      expect(JSON.parse(starting.body)).toEqual({
        ready: false,
        notReady: [{ service: 'a', status: 'starting', time: expect.any(Number) as number, restarts: 0 }],
      });
      a.emit();
      expect(await ask(url, '/readyz')).toMatchObject({ status: 200, body: '{"ready":true,"notReady":[]}' });
      a.fail(new Error('down', { cause: 'cable' }));
      const { notReady } = JSON.parse((await ask(url, '/readyz')).body) as { notReady: StatusEventJson[] };
      expect(notReady).toMatchObject([
        { status: 'failed', final: true, error: { message: 'down', cause: { message: 'cable' } } },
      ]);
    });

    it.each([
      ['/readyz?exclude=a', 503],
      ['/readyz?exclude=a&exclude=api/db', 200],
      ['/readyz?exclude=a&exclude=api%2Fdb&exclude=unknown', 200],
      ['/readyz?exclude=', 503],
      ['/readyz?exclude', 503],
      ['/readyz?other=a&exclude=api/db', 503],
      ['/readyz?exclude=%zz&exclude=%', 503],
      ['/readyz?', 503],
    ])('%s is %d where `a` and `api/db` are not ready', async (path, status) => {
      const starting = { readyOn: 'value' } as const;
      const { url } = await serveServices([
        idle('a', starting),
        new Supervisor([idle('db', starting)], { name: 'api' }),
      ]);
      expect((await ask(url, path)).status).toBe(status);
    });

    it('is 503 after the shutdown of the supervisor', async () => {
      const { url, supervisor } = await serveServices([idle('a')]);
      expect((await ask(url, '/readyz')).status).toBe(200);
      await supervisor.shutdown();
      expect((await ask(url, '/readyz')).status).toBe(503);
    });
  });

  describe('/status', () => {
    it('is what the supervisor says', async () => {
      const { url, supervisor } = await serveServices([idle('a'), new Supervisor([idle('db')], { name: 'api' })]);
      const { status, headers, body } = await ask(url, '/status');
      expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
      expect(JSON.parse(body)).toEqual({
        supervisor: 'supervisor',
        time: expect.any(Number) as number,
        commands: false,
        services: [...supervisor.statuses().values()],
      });
    });

    it('says whether there are commands', async () => {
      expect(await snapshotOf((await serveServices([], COMMANDS)).url)).toMatchObject({ commands: true });
    });

    it.each([true, false])('has stacks: %p', async (stacks) => {
      const a = new Puppet('a', { restart: 'never' });
      const { url } = await serveServices([a.service], { stacks });
      a.fail(new Error('down', { cause: new Error('cable') }));
      for (const path of ['/status', '/readyz', '/events']) {
        const text = path === '/events' ? await firstOf(url) : (await ask(url, path)).body;
        expect(text).toContain('cable');
        expect(text.includes('"stack"')).toBe(stacks);
        expect(text.includes(__filename)).toBe(stacks);
      }
    });

    it('shows what a service is called and throws as text', async () => {
      const a = new Puppet('<img src=x onerror=alert(1)>', { restart: 'never' });
      const { url } = await serveServices([a.service]);
      a.fail(new Error('</script><script>alert(1)</script>'));
      const { headers, body } = await ask(url, '/status');
      expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' });
      expect((JSON.parse(body) as { services: unknown[] }).services).toMatchObject([
        { service: '<img src=x onerror=alert(1)>', error: { message: '</script><script>alert(1)</script>' } },
      ]);
    });
  });

  describe('requests of other kinds', () => {
    it.each(['/', '/livez', '/readyz', '/status', '/events'])('HEAD %s has no body', async (path) => {
      const { url } = await serveServices([idle('a')]);
      const { status, headers, body } = await ask(url, path, { method: 'HEAD' });
      const type = { '/': 'text/html', '/events': 'text/event-stream' }[path] ?? 'application/json';
      expect([status, headers['content-type'], body]).toEqual([200, `${type}; charset=utf-8`, '']);
    });

    it.each([
      '/nothing',
      '//',
      '/livez/',
      '/LIVEZ',
      '/status.json',
      '/services',
      '/__proto__',
      '/%2Flivez',
      '/../status',
    ])('%s is not found', async (path) => {
      const { url } = await serve(new Supervisor([]), COMMANDS);
      for (const method of ['GET', 'POST']) expect((await ask(url, path, { method })).status).toBe(404);
    });

    it.each([
      ['/', 'POST', 'GET, HEAD'],
      ['/status', 'DELETE', 'GET, HEAD'],
      ['/events', 'PUT', 'GET, HEAD'],
      ['/readyz', 'OPTIONS', 'GET, HEAD'],
      ['/services/a/stop', 'GET', 'POST'],
      ['/services/a/restart', 'HEAD', 'POST'],
      ['/services/a/start', 'OPTIONS', 'POST'],
      ['/services/a/start', 'PATCH', 'POST'],
    ])('%s takes no %s, but %s', async (path, method, allow) => {
      const { url } = await serveServices([idle('a')], COMMANDS);
      const headers = { authorization: 'Bearer secret' };
      expect(await ask(url, path, { method, headers })).toMatchObject({ status: 405, headers: { allow } });
      expect((await snapshotOf(url)).services).toMatchObject([{ status: 'running', restarts: 0 }]);
    });

    it.each([
      ['GET http://evil.test/livez HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n', 403],
      ['GET http://localhost/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
      ['OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
      ['GET /livez HTTP/1.0\r\n\r\n', 200],
      ['GET /livez HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n', 403],
      ['GET /livez HTTP/1.1\r\n\r\n', 400],
      ['GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: evil.test\r\nConnection: close\r\n\r\n', undefined],
      ['GET /livez HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: upgrade, close\r\n\r\n', undefined],
      ['GET /livez HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n', 100],
      ['GET /livez HTTP/1.1\r\nHost: localhost\r\nExpect: wonders\r\nConnection: close\r\n\r\n', 417],
      ['CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n', undefined],
      ['GET \u0000 HTTP/1.1\r\n\r\n', 400],
      ['GET /% HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
      ['\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001', 400], // TLS
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
      ['nonsense\r\n\r\n', 400],
      ['GET /LONG HTTP/1.1\r\n', 431],
      ['POST /services/a/stop HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 403],
    ])('is not broken by %j', async (text, status) => {
      const { port, url } = await serveServices([idle('a')]);
      // longer than Node allows, and short enough to be read in one piece: what is not read resets the connection
      const answer = await say(port, text.replace('LONG', 'x'.repeat(20_000)));
      if (status !== undefined) expect(answer).toContain(`HTTP/1.1 ${status} `);
      expect((await ask(url, '/livez')).status).toBe(200);
    });

    it('reads no body: one without end is answered at once', async () => {
      const { url } = await serveServices([idle('a')], COMMANDS);
      const headers = { 'content-length': 2 ** 30, authorization: 'Bearer secret' };
      const asked = request(url, { agent: false, path: '/services/a/stop', method: 'POST', headers });
      asked.on('error', () => undefined);
      asked.write('begun');
      expect((await answerTo(asked)).status).toBe(200);
      asked.destroy();
    });

    it('answers what is sent without waiting, in order', async () => {
      const { port } = await serve(new Supervisor([]));
      const last = 'GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
      const answers = await say(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50) + last);
      const statuses = Array.from(answers.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status]) => status);
      expect(statuses).toEqual([...Array.from({ length: 50 }, () => '200'), '404']);
    });

    it('goes on where a connection is half closed, or reset', async () => {
      const { port, url } = await serveServices([idle('a')]);
      const half = await connected(port);
      half.end('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await once(half, 'data');
      const reset = await connected(port);
      reset.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n');
      reset.resetAndDestroy();
      await once(reset, 'close');
      expect((await ask(url, '/livez')).status).toBe(200);
    });
  });

  describe('commands', () => {
    it('are not there where they are not asked for, whatever token comes', async () => {
      const { url } = await serveServices([idle('a')]);
      for (const authorization of [undefined, 'Bearer ', 'Bearer undefined', 'Bearer secret']) {
        const answer = await post(url, '/services/a/stop', authorization);
        expect(answer.status).toBe(403);
        expect(errorIn(answer).message).toContain('`commands`');
      }
      expect((await snapshotOf(url)).services).toMatchObject([{ status: 'running' }]);
    });

    it.each([undefined, 'Bearer', 'Bearer secre', 'Bearer secret2', 'Basic secret', 'secret', 'Bearer \u00ff'])(
      'need the token: %p is refused',
      async (authorization) => {
        const { url, log } = await serveServices([idle('a')], COMMANDS);
        const answer = await post(url, '/services/a/stop', authorization);
        expect(log).toContainEqual(
          expect.objectContaining({ level: 'warn', message: 'refused a command: wrong token' }),
        );
        expect(JSON.stringify(log)).not.toContain('secre');
        expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
        expect(answer.body).not.toContain('"secret"');
        expect((await snapshotOf(url)).services).toMatchObject([{ status: 'running' }]);
      },
    );

    it('do not tell who has no token whether there is such a service', async () => {
      const { url } = await serveServices([idle('a')], COMMANDS);
      const [known, unknown] = [await post(url, '/services/a/stop'), await post(url, '/services/b/stop')];
      expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    });

    it('stop, start and restart a service', async () => {
      const { url, supervisor, log } = await serveServices([idle('a')], COMMANDS);
      const a = () => supervisor.statuses().get('a');
      const stopped = await command(url, 'a/stop');
      expect([stopped.status, stopped.body]).toEqual([200, '{"verb":"stop","service":"a","done":true}']);
      expect(a()).toMatchObject({ status: 'stopped', final: true });
      expect((await command(url, 'a/stop')).status).toBe(200);
      expect((await command(url, 'a/start')).status).toBe(200);
      expect(a()).toMatchObject({ status: 'running', restarts: 1 });
      expect((await command(url, 'a/restart')).status).toBe(200);
      expect(a()).toMatchObject({ status: 'running', restarts: 2 });
      expect(log).toContainEqual({
        level: 'info',
        data: { command: 'restart', target: 'a', service: 'status' },
        message: 'restart a, by HTTP',
      });
    });

    it.each([
      ['db', 'api/db'],
      ['two words', 'api/two%20words'],
      ['100%', 'api/100%25'],
      ['☃', 'api/%E2%98%83'],
      ['..', 'api/..'],
      ['..', 'api%2F%2E%2E'],
      ['stop', 'api/stop'],
      ['a?b#c', 'api/a%3Fb%23c'],
      ['<img src=x onerror=alert(1)>', 'api/%3Cimg%20src=x%20onerror=alert(1)%3E'],
      ['__proto__', 'api/__proto__'],
    ])('find %p in a supervisor by %p', async (name, path) => {
      const { url, supervisor } = await serveServices([new Supervisor([idle(name)], { name: 'api' })], COMMANDS);
      expect((await command(url, `${path}/restart`)).status).toBe(200);
      expect(supervisor.statuses().get(`api/${name}`)).toMatchObject({ status: 'running', restarts: 1 });
    });

    it.each([
      ['b/stop', 404],
      ['a/b/restart', 404],
      ['api/unknown/start', 404],
      ['%00/start', 404],
      ['constructor/start', 404],
      ['%/start', 404],
      ['%E2%98/start', 404],
    ])('%s is answered %d', async (path, status) => {
      const { url } = await serveServices([idle('a'), new Supervisor([], { name: 'api' })], COMMANDS);
      expect((await command(url, path)).status).toBe(status);
    });

    it('say which service is unknown', async () => {
      const { url } = await serveServices([], COMMANDS);
      expect(errorIn(await command(url, 'x/stop'))).toEqual({
        name: 'UnknownServiceError',
        message: `There is no service 'x'`,
      });
    });

    it('are answered 409 where the supervisor does not run', async () => {
      const { url } = await serve(new Supervisor([idle('a')]), COMMANDS);
      for (const verb of ['restart', 'start']) {
        const answer = await command(url, `a/${verb}`);
        expect([answer.status, errorIn(answer).name]).toEqual([409, 'SupervisorStoppedError']);
      }
      expect((await command(url, 'a/stop')).status).toBe(200);
    });

    it('are answered 202 where they take long', async () => {
      const end$ = new Subject<void>();
      const slow = service('slow', async ({ signal }) => (signal.aborted ? undefined : first(end$)));
      const { url, supervisor } = await serveServices([slow], COMMANDS);
      const answer = await command(url, 'slow/stop');
      expect([answer.status, answer.body]).toEqual([202, '{"verb":"stop","service":"slow","done":false}']);
      expect(supervisor.statuses().get('slow')).toMatchObject({ status: 'stopping' });
      const stopped = until(supervisor.status$, 'slow', 'stopped');
      end$.next();
      await stopped;
    });

    it('go on though who asked for it goes away', async () => {
      const end$ = new Subject<void>();
      const slow = service('slow', async ({ signal }) => (signal.aborted ? undefined : first(end$)));
      const { url, supervisor } = await serveServices([slow], COMMANDS);
      const headers = { authorization: 'Bearer secret' };
      const asked = request(url, { agent: false, path: '/services/slow/stop', method: 'POST', headers });
      asked.on('error', () => undefined);
      asked.end();
      await until(supervisor.status$, 'slow', 'stopping');
      asked.destroy();
      await socketsAre('TCPServerWrap');
      const stopped = until(supervisor.status$, 'slow', 'stopped');
      end$.next();
      await stopped;
      expect((await ask(url, '/livez')).status).toBe(200);
    });

    it.each([
      ['restart', 'running'],
      ['stop', 'stopped'],
    ])('can %s the very server that answers', async (verb, status) => {
      const { url, root } = await serveItself();
      const done = until(root.status$, 'status', status);
      expect((await command(url, `status/${verb}`)).status).toBe(202);
      await done;
    });
  });
});

/** A server in the supervisor that it serves. */
async function serveItself(): Promise<{ url: string; root: Supervisor }> {
  const root = new Supervisor([], { name: 'root' });
  const server = statusServer(root, { port: 0, ...COMMANDS });
  root.add(server);
  const address = first(root.valuesOf(server));
  void run(root);
  return { url: (await address).url, root };
}

/** The snapshot of `/events`, as text. */
async function firstOf(url: string): Promise<string> {
  const reader = await Reader.of(url);
  return JSON.stringify(await reader.until('snapshot'));
}
