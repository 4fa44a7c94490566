import { Supervisor } from '../../lib/index.js';
import { statusServer, type StatusServerOptions } from '../../lib/node.js';
import { statusServerSettings } from '../../lib/node/status-server-settings.js';

type Bad = Record<string, unknown>;

function made(options: unknown): () => unknown {
  return () => statusServer(new Supervisor([]), options as StatusServerOptions);
}

describe('statusServerSettings', () => {
  it('fills in what is not given', () => {
    expect(statusServerSettings({ port: 80 })).toEqual({
      name: 'status',
      port: 80,
      host: '127.0.0.1',
      allowedHosts: ['127.0.0.1'],
      commands: undefined,
      stacks: false,
      heartbeat: 15_000,
      history: 1_000,
      maxBuffered: 1_048_576,
      service: { port: 80, significant: false, readyOn: 'value' },
    });
  });

  it('takes what is given', () => {
    const options: StatusServerOptions = {
      name: 'http',
      port: 0,
      host: '::',
      allowedHosts: ['status.example.test'],
      commands: { token: 'secret' },
      stacks: true,
      heartbeat: 1,
      history: 0,
      maxBuffered: 0,
      significant: true,
      readyOn: 'start',
      shutdown: 1,
      restart: 'never',
      startTimeout: 5,
    };
    const { service, ...rest } = statusServerSettings(options);
    expect(rest).toMatchObject({
      name: 'http',
      allowedHosts: ['::', 'status.example.test'],
      commands: { token: 'secret' },
      stacks: true,
      heartbeat: 1,
      history: 0,
      maxBuffered: 0,
    });
    expect(service).toMatchObject({
      significant: true,
      readyOn: 'start',
      shutdown: 1,
      restart: 'never',
      startTimeout: 5,
    });
  });

  it.each<[string, Bad, new () => Error, string]>([
    ['port', {}, TypeError, 'a whole number from 0 to 65535, got `undefined`'],
    ['port', { port: '80' }, TypeError, 'a whole number from 0 to 65535, got `"80"`'],
    ['port', { port: -1 }, RangeError, 'a whole number from 0 to 65535, got `-1`'],
    ['port', { port: 65_536 }, RangeError, 'a whole number from 0 to 65535, got `65536`'],
    ['port', { port: 80.5 }, RangeError, 'a whole number from 0 to 65535, got `80.5`'],
    ['port', { port: NaN }, RangeError, 'a whole number from 0 to 65535, got `NaN`'],
    ['name', { name: '' }, TypeError, `a string that is not empty and has no '/', got \`""\``],
    ['name', { name: 'a/b' }, TypeError, `a string that is not empty and has no '/', got \`"a/b"\``],
    ['host', { host: '' }, TypeError, 'a string that is not empty, got `""`'],
    ['host', { host: 5 }, TypeError, 'a string that is not empty, got `5`'],
    ['host', { host: null }, TypeError, 'a string that is not empty, got `null`'],
    ['allowedHosts', { allowedHosts: 'a.test' }, TypeError, 'an array of names, got `"a.test"`'],
    ['allowedHosts', { allowedHosts: null }, TypeError, 'an array of names, got `null`'],
    ['allowedHosts[1]', { allowedHosts: ['a.test', ''] }, TypeError, 'the name of a host, got `""`'],
    ['allowedHosts[0]', { allowedHosts: [5] }, TypeError, 'the name of a host, got `5`'],
    ['allowedHosts[0]', { allowedHosts: ['http://a.test'] }, TypeError, 'the name of a host, got `"http://a.test"`'],
    ['allowedHosts[0]', { allowedHosts: ['a.test/'] }, TypeError, 'the name of a host, got `"a.test/"`'],
    ['commands', { commands: true }, TypeError, 'an object, got `true`'],
    ['commands', { commands: '' }, TypeError, 'an object, got `""`'],
    ['commands', { commands: null }, TypeError, 'an object, got `null`'],
    ['commands.token', { commands: {} }, TypeError, 'a string of visible ASCII characters, got `undefined`'],
    ['commands.token', { commands: { token: '' } }, TypeError, 'a string of visible ASCII characters, got `""`'],
    ['commands.token', { commands: { token: 5 } }, TypeError, 'a string of visible ASCII characters, got `5`'],
    ['stacks', { stacks: 'yes' }, TypeError, 'true or false, got `"yes"`'],
    ['heartbeat', { heartbeat: 0 }, RangeError, 'a number above 0, and at most 2147483647, got `0`'],
    ['heartbeat', { heartbeat: NaN }, RangeError, 'a number above 0, and at most 2147483647, got `NaN`'],
    ['heartbeat', { heartbeat: 2 ** 31 }, RangeError, 'a number above 0, and at most 2147483647, got `2147483648`'],
    ['heartbeat', { heartbeat: '1s' }, TypeError, 'a number above 0, and at most 2147483647, got `"1s"`'],
    ['history', { history: -1 }, RangeError, 'a whole number from 0 up, got `-1`'],
    ['history', { history: 1.5 }, RangeError, 'a whole number from 0 up, got `1.5`'],
    ['history', { history: Infinity }, RangeError, 'a whole number from 0 up, got `Infinity`'],
    ['history', { history: true }, TypeError, 'a whole number from 0 up, got `true`'],
    ['maxBuffered', { maxBuffered: -1 }, RangeError, 'a number from 0 up, got `-1`'],
    ['maxBuffered', { maxBuffered: NaN }, RangeError, 'a number from 0 up, got `NaN`'],
    ['maxBuffered', { maxBuffered: '1MB' }, TypeError, 'a number from 0 up, got `"1MB"`'],
    ['shutdown', { shutdown: -1 }, RangeError, 'a number from 0 up, got `-1`'],
    ['startTimeout', { startTimeout: 'soon' }, TypeError, 'a number from 0 up, got `"soon"`'],
    ['significant', { significant: 1 }, TypeError, 'true or false, got `1`'],
    ['readyOn', { readyOn: 'listen' }, TypeError, `one of 'start', 'value', 'ready', got \`"listen"\``],
    ['restart', { restart: 'sometimes' }, TypeError, 'got `"sometimes"`'],
  ])('refuses a bad `%s` at the call: %p', (name, options, type, rule) => {
    const bad = made(name === 'port' ? options : { port: 0, ...options });
    expect(bad).toThrow(type);
    expect(bad).toThrow(`Expected \`${name}`);
    expect(bad).toThrow(rule);
  });

  it.each([undefined, null, 80, 'http'])('refuses %p for its options', (options) => {
    expect(made(options)).toThrow(TypeError);
    expect(made(options)).toThrow('Expected `options` to be an object');
  });

  it.each(['secret\n', ' secret', 'se cret', 'schlüssel', 'sécret', '\u0000'])(
    'refuses a token that no header carries, and does not tell it: %p',
    (token) => {
      const bad = made({ port: 0, commands: { token } });
      expect(bad).toThrow(TypeError);
      expect(bad).toThrow(
        'Expected `commands.token` to be a string of visible ASCII characters, got `"another string"`',
      );
    },
  );

  it('takes the bounds of each', () => {
    const bounds = [{ port: 65_535 }, { heartbeat: 2 ** 31 - 1 }, { heartbeat: 0.5 }, { maxBuffered: Infinity }];
    for (const options of bounds) expect(made({ port: 0, ...options })).not.toThrow();
  });
});
