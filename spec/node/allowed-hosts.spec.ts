import { hostname, isAllowedHost } from '../../lib/node/allowed-hosts.js';

const allowed = ['127.0.0.1', 'Status.Example.test', 'with-port.example.test:8080', 'bücher.example', '::1'];

describe('isAllowedHost', () => {
  it.each([
    undefined, // HTTP/1.0; no browser
    'localhost',
    'LocalHost',
    'localhost:8080',
    'localhost:',
    '127.0.0.1',
    '127.0.0.1:9000',
    '10.1.2.3',
    '0.0.0.0:80',
    '127.1', // what a browser makes an address of
    '[::1]',
    '[::1]:8080',
    '[FE80::1]',
    '[::ffff:127.0.0.1]:80',
    'status.example.test',
    'STATUS.example.TEST:443',
    'with-port.example.test',
    'with-port.example.test:9090',
    'xn--bcher-kva.example',
  ])('takes %p', (header) => {
    expect(isAllowedHost(header, allowed)).toBe(true);
  });

  it.each([
    '',
    ' ',
    ':80',
    'evil.test',
    'evil.test:8080',
    'localhost.evil.test',
    'evil-localhost',
    'localhost.', // another name, to a browser
    'evil.test.',
    '127.0.0.1.evil.test',
    '127.0.0.1.nip.io',
    'evil.test.127.0.0.1x',
    '1.2.3.4.5',
    '256.0.0.1',
    'sub.status.example.test',
    'xstatus.example.test',
    'status.example.test.evil.test',
    'localhost@evil.test',
    'evil.test@localhost',
    'localhost:80@evil.test',
    'evil.test#localhost',
    'evil.test/localhost',
    'localhost/../evil.test',
    'localhost?evil.test',
    'localhost\\evil.test',
    'localhost:99999',
    'localhost:port',
    'localhost, evil.test',
    'local host',
    '[::1',
    '::1',
    '[evil.test]',
    '[::1].evil.test',
    '[fe80::1%25eth0]',
    '*',
    '\u0000',
    'a'.repeat(10_000),
    '%',
  ])('refuses %p', (header) => {
    expect(isAllowedHost(header, allowed)).toBe(false);
  });

  it('takes no name but `localhost` where none is allowed', () => {
    expect(isAllowedHost('status.example.test', [])).toBe(false);
    expect(isAllowedHost('localhost', [])).toBe(true);
  });
});

describe('hostname', () => {
  it.each([
    ['Example.TEST:80', 'example.test'],
    ['[::1]:80', '[::1]'],
    ['https://example.test', undefined],
    ['', undefined],
  ])('of %p is %p', (header, name) => {
    expect(hostname(header)).toBe(name);
  });
});
