import { send, urlOf } from '../../lib/dashboard/commands.js';

const command = { name: 'restart', service: 'api/db' } as const;

function answering(answer: Promise<Response>): jest.Mock {
  const fetch = jest.fn(() => answer);
  jest.spyOn(globalThis, 'fetch').mockImplementation(fetch);
  return fetch;
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('urlOf', () => {
  it('encodes each segment of the path', () => {
    expect(urlOf({ name: 'stop', service: 'api/<b>?#%/ä' })).toBe('services/api/%3Cb%3E%3F%23%25/%C3%A4/stop');
  });
});

describe('send', () => {
  it('asks nobody where there is no token', async () => {
    const fetch = answering(Promise.resolve(new Response()));
    expect(await send(command, undefined)).toEqual({ kind: 'refused', command, wrong: false });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    [200, 'done'],
    [202, 'accepted'],
  ])('at %d is %s', async (status, kind) => {
    const fetch = answering(Promise.resolve(new Response('{}', { status })));
    expect(await send(command, 'secret')).toEqual({ kind, command });
    expect(fetch).toHaveBeenCalledWith('services/api/db/restart', {
      method: 'POST',
      headers: { Authorization: 'Bearer secret' },
    });
  });

  it.each(['', 'wrong\u20ac', 'a b', 'a\nb', '\u201cquoted\u201d'])(
    'is refused without asking where no header can carry the token: %j',
    async (token) => {
      const fetch = answering(Promise.resolve(new Response()));
      expect(await send(command, token)).toEqual({ kind: 'refused', command, wrong: true });
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  it('is refused at 401', async () => {
    answering(Promise.resolve(new Response('{}', { status: 401 })));
    expect(await send(command, 'wrong')).toEqual({ kind: 'refused', command, wrong: true });
  });

  it('fails with what the server says', async () => {
    const body = JSON.stringify({ error: { name: 'UnknownServiceError', message: `There is no service 'api/db'` } });
    answering(Promise.resolve(new Response(body, { status: 404 })));
    expect(await send(command, 'secret')).toEqual({ kind: 'failed', command, reason: `There is no service 'api/db'` });
  });

  it('fails with the number of an answer that says nothing', async () => {
    answering(Promise.resolve(new Response('<html>', { status: 502 })));
    expect(await send(command, 'secret')).toEqual({ kind: 'failed', command, reason: 'the server answered 502' });
  });

  it('fails where nobody answers', async () => {
    answering(Promise.reject(new TypeError('Failed to fetch')));
    expect(await send(command, 'secret')).toEqual({ kind: 'failed', command, reason: 'Failed to fetch' });
  });
});
