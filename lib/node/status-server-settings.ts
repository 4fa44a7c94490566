import {
  checkArray,
  checkBoolean,
  checkFromZero,
  checkName,
  checkNumber,
  checkObject,
  checkWhole,
  expected,
} from '../check.js';
import type { ServiceOptions } from '../service.js';
import { hostname } from './allowed-hosts.js';

/** Options of a status server, and of the service that it is. Times are in ms. */
export interface StatusServerOptions extends ServiceOptions {
  /** Where it listens; 0 for any port that is free, which it keeps when it is restarted. */
  port: number;
  /** Default `'127.0.0.1'`, which can be reached from this machine alone; `'0.0.0.0'` is all of IPv4, `'::'` all there is. */
  host?: string;
  /** Its name as a service. Default `'status'`. */
  name?: string;
  /**
   * Names that requests may give in their Host header, besides `host`, `localhost` and all addresses: `'status.example.test'`.
   * Others are refused, or a page of another site could read the status by a name that it lets lead here (DNS rebinding).
   */
  allowedHosts?: readonly string[];
  /** Allows to restart, stop and start services, to who has the token (visible ASCII characters). Default: read only. */
  commands?: { readonly token: string };
  /** Whether errors are shown with their stacks. Default `false`: they tell of the code, and of its paths. */
  stacks?: boolean;
  /** Time in ms between two signs of life in `/events`. Default 15 000. */
  heartbeat?: number;
  /** How many events are kept for those who connect, and for those who come back. Default 1 000. */
  history?: number;
  /** How many bytes may wait for a reader of `/events` that does not read; then it is dropped. Default 1 048 576. */
  maxBuffered?: number;
}

/** The same, complete. */
export interface StatusServerSettings {
  readonly name: string;
  readonly port: number;
  readonly host: string;
  readonly allowedHosts: readonly string[];
  readonly commands: { readonly token: string } | undefined;
  readonly stacks: boolean;
  readonly heartbeat: number;
  readonly history: number;
  readonly maxBuffered: number;
  readonly service: ServiceOptions;
}

const LONGEST_TIMER = 2 ** 31 - 1;

export function statusServerSettings(options: StatusServerOptions): StatusServerSettings {
  checkObject('options', options);
  const { name = 'status', port, host = '127.0.0.1', allowedHosts = [], commands, stacks = false } = options;
  const { heartbeat = 15_000, history = 1_000, maxBuffered = 2 ** 20 } = options;
  checkName('name', name);
  checkWhole('port', port, 0, 65_535);
  checkText('host', host);
  checkArray('allowedHosts', allowedHosts, 'an array of names');
  allowedHosts.forEach((each, index) => {
    checkHost(`allowedHosts[${index}]`, each);
  });
  if (commands !== undefined) {
    checkObject('commands', commands);
    checkToken('commands.token', commands.token);
  }
  checkBoolean('stacks', stacks);
  checkNumber(
    'heartbeat',
    heartbeat,
    `a number above 0, and at most ${LONGEST_TIMER}`,
    (value) => value > 0 && value <= LONGEST_TIMER,
  );
  checkNumber('history', history, 'a whole number from 0 up', (value) => Number.isInteger(value) && value >= 0);
  checkFromZero('maxBuffered', maxBuffered);
  const { significant = false, readyOn = 'value' } = options;
  const service = { ...options, significant, readyOn };
  return {
    name,
    port,
    host,
    allowedHosts: [host, ...allowedHosts],
    commands,
    stacks,
    heartbeat,
    history,
    maxBuffered,
    service,
  };
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string' || value === '')
    throw new TypeError(expected(name, 'a string that is not empty', value));
}

/** One that no request can name is a mistake: a URL, say. */
function checkHost(name: string, value: unknown): void {
  if (typeof value !== 'string' || hostname(value) === undefined)
    throw new TypeError(expected(name, 'the name of a host', value));
}

/** One that no header can carry is a mistake: of a file, with the end of its line. What it is remains a secret. */
function checkToken(name: string, value: unknown): void {
  const isText = typeof value === 'string' && value !== '';
  if (isText && /^[!-~]+$/.test(value)) return;
  throw new TypeError(expected(name, 'a string of visible ASCII characters', isText ? 'another string' : value));
}
